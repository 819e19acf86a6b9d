"""What an instance does: each stage kind, and the steps that it has gone through at an instant.

An instance is a function of time, and of what was sent to it: when the events came that its stages wait for,
and when it was aborted.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flowgauge.editions.stage_parameters import StageError, delay_end, members, resolved_stage, text

__all__ = ["ABORTED", "STAGE_KINDS", "InstanceStep", "StageKind", "steps_of"]

Parameters = Mapping[str, Any]
# (parameters, when the stage begins) -> when it ends: never, by itself, where it waits
StageKind = Callable[[Parameters, float], float]

ABORTED = "aborted"
_SIDES = ("wallet", "account", "payment")
# Where money comes from or goes to: what each must say of itself, and what it may.
_ACCOUNT = (("id",), ("ledger", "throughAccount", "allowOverdraft"))
_FORMS: Mapping[str, Mapping[str, tuple[Sequence[str], Sequence[str]]]] = {
    "source": {
        "wallet": (("id",), ("balance",)),
        "account": _ACCOUNT,
        "payment": (("id",), (*_ACCOUNT[1], "holdingAccount")),
    },
    "destination": {
        "wallet": (("id",), ("balance",)),
        "account": _ACCOUNT,
        "payment": (("psp",), ("type", "sourceAccount")),
    },
}


@dataclass(frozen=True, slots=True)
class InstanceStep:
    """One stage of one instance: when it begins and ends (seconds since the epoch), and its error, if any.

    One that waits ends at infinity until its `event` has come. `kind` and `parameters` are None where the
    stage could not be made sense of.
    """

    stage: int
    begins: float
    ends: float
    error: str | None = None
    kind: str | None = None
    parameters: Parameters | None = None

    @property
    def event(self) -> str | None:
        """The event that it waits for."""
        return self.parameters["event"] if self.kind == "wait_event" and self.parameters else None


def steps_of(
    stages: Sequence[Parameters],
    variables: Mapping[str, str],
    start: float,
    came: Mapping[int, float],
    aborted: float | None,
    kinds: Mapping[str, StageKind],
) -> tuple[InstanceStep, ...]:
    """The steps of an instance that starts at `start`: one per stage, up to the first that fails or waits.

    `came` is when the event came that a stage waits for, by the stage's number; `kinds` are those that there
    are.
    """
    steps: list[InstanceStep] = []
    begins = start
    for number, stage in enumerate(stages):
        step = _step(number, stage, variables, begins, kinds)
        if number in came:
            step = replace(step, ends=came[number])
        if aborted is not None and step.ends > aborted:
            step = InstanceStep(number, begins, aborted, ABORTED, step.kind, step.parameters)
        steps.append(step)
        if step.error is not None or step.ends == math.inf:
            break
        begins = step.ends
    return tuple(steps)


def _step(
    number: int,
    stage: Parameters,
    variables: Mapping[str, str],
    begins: float,
    kinds: Mapping[str, StageKind],
) -> InstanceStep:
    try:
        kind, parameters = resolved_stage(stage, kinds, variables)
        ends = kinds[kind](parameters, begins)
    except StageError as failure:
        return InstanceStep(number, begins, begins, str(failure))
    return InstanceStep(number, begins, ends, None, kind, parameters)


def _noop(parameters: Parameters, begins: float) -> float:
    members("noop", parameters)
    return begins


def _wait_event(parameters: Parameters, begins: float) -> float:  # noqa: ARG001 - one signature for all kinds
    text("wait_event.event", members("wait_event", parameters, required=["event"])["event"])
    return math.inf


def _send(parameters: Parameters, begins: float) -> float:
    optional = ("source", "destination", "amount", "metadata", "timestamp")
    members("send", parameters, required=["source", "destination"], optional=optional)
    source, destination = (_side(name, parameters[name]) for name in _FORMS)
    if source == destination == "payment":
        raise StageError("send: a payment cannot be sent to a payment")
    if "amount" in parameters:
        amount = members("send.amount", parameters["amount"], required=["amount", "asset"])
        if isinstance(amount["amount"], bool) or not isinstance(amount["amount"], int):
            raise StageError("send.amount.amount: must be an integer")
        text("send.amount.asset", amount["asset"])
    elif source != "payment":
        raise StageError("send: amount must be specified")
    if "timestamp" in parameters:
        delay_end({"until": parameters["timestamp"]}, begins)
    _texts("send.metadata", parameters.get("metadata", {}))
    return begins


def _side(name: str, value: Any) -> str:
    """Which of the three a source or a destination is."""
    members(f"send.{name}", value, optional=_SIDES)
    if len(value) != 1:
        raise StageError(f"send.{name}: give exactly one of {', '.join(_SIDES)}")
    [(side, told)] = value.items()
    required, optional = _FORMS[name][side]
    members(f"send.{name}.{side}", told, required=required, optional=optional)
    for member, given in told.items():
        if member == "allowOverdraft":
            if not isinstance(given, bool):
                raise StageError(f"send.{name}.{side}.{member}: must be true or false")
        else:
            text(f"send.{name}.{side}.{member}", given)
    if told.get("type", "PAYOUT") not in {"PAYOUT", "TRANSFER"}:
        raise StageError(f"send.{name}.{side}.type: must be PAYOUT or TRANSFER")
    return str(side)


def _update(parameters: Parameters, begins: float) -> float:
    account = members("update", parameters, required=["account"])["account"]
    members("update.account", account, required=["id", "metadata", "ledger"])
    for name in ("id", "ledger"):
        text(f"update.account.{name}", account[name])
    _texts("update.account.metadata", account["metadata"])
    return begins


def _texts(where: str, value: Any) -> None:
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
        raise StageError(f"{where}: must hold texts")


STAGE_KINDS: dict[str, StageKind] = {
    "noop": _noop,
    "delay": delay_end,
    "wait_event": _wait_event,
    "send": _send,
    "update": _update,
}
