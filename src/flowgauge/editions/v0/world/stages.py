"""What the stages of a run do, kind by kind."""

from collections.abc import Mapping
from typing import Any

from flowgauge.editions.stage_parameters import StageError, delay_end, members, text
from flowgauge.editions.v2.world.stages import StageKind

__all__ = ["STAGE_KINDS"]

Parameters = Mapping[str, Any]


def _noop(parameters: Parameters, begins: float) -> float:
    members("noop", parameters)
    return begins


def _echo(parameters: Parameters, begins: float) -> float:
    text("echo.message", members("echo", parameters, required=["message"])["message"])
    return begins


def _fail(parameters: Parameters, begins: float) -> float:  # noqa: ARG001 - one signature for all kinds
    raise StageError(text("fail.message", members("fail", parameters, required=["message"])["message"]))


def _wallet(where: str, value: Any) -> None:
    members(where, value, required=["kind", "wallet"], optional=["balance"])
    if value["kind"] != "wallet":
        raise StageError(f"{where}.kind: must be 'wallet'")
    for name in ("wallet", "balance"):
        text(f"{where}.{name}", value.get(name, ""))


def _payin(parameters: Parameters, begins: float) -> float:
    members("payin", parameters, required=["source", "destination"])
    text("payin.source", parameters["source"])
    _wallet("payin.destination", parameters["destination"])
    return begins


def _payout(parameters: Parameters, begins: float) -> float:
    members("payout", parameters, required=["source", "amount"])
    _wallet("payout.source", parameters["source"])
    amount = members("payout.amount", parameters["amount"], required=["amount", "asset"])
    value = amount["amount"]
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise StageError("payout.amount.amount: must be an integer or a string")
    text("payout.amount.asset", amount["asset"])
    return begins


STAGE_KINDS: dict[str, StageKind] = {
    "noop": _noop,
    "echo": _echo,
    "delay": delay_end,
    "fail": _fail,
    "payin": _payin,
    "payout": _payout,
}
