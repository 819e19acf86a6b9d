"""What a run does: each stage kind, and the timeline of a whole run.

A run is a function of time. Its timeline is computed when it starts and read at any later instant;
nothing ticks in the background, and an injected clock makes every run instant and repeatable.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flowgauge.editions.stage_parameters import StageError, delay_end, members, resolved_stage, text

__all__ = ["STAGE_KINDS", "Span", "timeline"]

Parameters = Mapping[str, Any]
# (parameters, when the stage begins) -> when it ends
StageKind = Callable[[Parameters, float], float]


@dataclass(frozen=True, slots=True)
class Span:
    """One stage of one run: when it begins and ends (seconds since the epoch), and its error, if any."""

    stage: int
    begins: float
    ends: float
    error: str | None


def timeline(stages: Sequence[Parameters], variables: Mapping[str, str], start: float) -> tuple[Span, ...]:
    """The spans of a run that starts at `start`: one per stage, up to the first that fails."""
    spans: list[Span] = []
    begins = start
    for index, stage in enumerate(stages):
        try:
            span = Span(index, begins, _ended(stage, variables, begins), None)
        except StageError as failure:
            span = Span(index, begins, begins, str(failure))
        spans.append(span)
        if span.error is not None:
            break
        begins = span.ends
    return tuple(spans)


def _ended(stage: Parameters, variables: Mapping[str, str], begins: float) -> float:
    kind, parameters = resolved_stage(stage, STAGE_KINDS, variables)
    return STAGE_KINDS[kind](parameters, begins)


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
