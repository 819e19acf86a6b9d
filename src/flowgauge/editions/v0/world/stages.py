"""What a run does: each stage kind, and the timeline of a whole run.

A run is a function of time. Its timeline is computed when it starts and read at any later instant;
nothing ticks in the background, and an injected clock makes every run instant and repeatable.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flowgauge.reference.world.wire import instant

__all__ = ["MAX_RESOLVED", "STAGE_KINDS", "Span", "StageError", "go_duration", "timeline"]

Parameters = Mapping[str, Any]
# (parameters, when the stage begins) -> when it ends
StageKind = Callable[[Parameters, float], float]

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
# Possessive: a text of a million digits that is no duration is found out in one pass, without going back.
_NUMBER_AND_UNIT = r"([0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(ns|us|µs|μs|ms|s|m|h)"
_DURATION_PART = re.compile(_NUMBER_AND_UNIT)
_DURATION = re.compile(f"(?:{_NUMBER_AND_UNIT})++")
_NANOSECONDS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
# Go counts nanoseconds in 63 bits.
_LONGEST_DURATION = 2**63 - 1
# What variables may bring into one stage, in characters: a body of 1 MiB could name a long one often enough
# to fill any memory.
MAX_RESOLVED = 1 << 20
# RFC 3339 has four digits for the year: the last second of 9999 is the last that a status can show.
_LAST_INSTANT = 253_402_300_799.0


class StageError(Exception):
    """The stage fails with this message, which the run's status shows."""


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


def go_duration(text: str) -> float:
    """Seconds of a duration in Go's syntax ("1h2m", "250ms", ".5s", "0"). Raises ValueError."""
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text.removeprefix("+"))
    if digits == "0":
        return 0.0
    if not _DURATION.fullmatch(digits):
        raise ValueError("not a duration")
    parts = _DURATION_PART.findall(digits)
    nanoseconds = sum(Decimal(number) * _NANOSECONDS[unit] for number, unit in parts)
    if nanoseconds > _LONGEST_DURATION:
        raise ValueError("too long a duration")
    return sign * float(nanoseconds) / 1e9


def _ended(stage: Parameters, variables: Mapping[str, str], begins: float) -> float:
    if len(stage) != 1:
        raise StageError(f"a stage names exactly one kind, this one names {len(stage)}")
    [(kind, parameters)] = stage.items()
    if kind not in STAGE_KINDS:
        raise StageError(f"unknown stage kind {kind!r}")
    if not isinstance(parameters, dict):
        raise StageError(f"{kind}: the parameters must be an object")
    return STAGE_KINDS[kind](_Resolution(variables).of(parameters), begins)


class _Resolution:
    """Replaces `${name}` in every string of a stage; a replacement is not looked at again."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self._room = MAX_RESOLVED

    def of(self, value: Any) -> Any:
        if isinstance(value, str):
            return _VARIABLE.sub(self._replacement, value)
        if isinstance(value, dict):
            return {key: self.of(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.of(item) for item in value]
        return value

    def _replacement(self, match: re.Match[str]) -> str:
        name = match[1]
        if name not in self._variables:
            raise StageError(f"unknown variable {name!r}")
        found = self._variables[name]
        self._room -= len(found)
        if self._room < 0:
            raise StageError(f"the variables bring more than {MAX_RESOLVED} characters")
        return found


def _members(where: str, value: Any, *, required: Sequence[str] = (), optional: Sequence[str] = ()) -> Any:
    if not isinstance(value, dict):
        raise StageError(f"{where}: must be an object")
    for name in required:
        if name not in value:
            raise StageError(f"{where}: {name} is required")
    for name in value:
        if name not in required and name not in optional:
            raise StageError(f"{where}: unknown parameter {name!r}")
    return value


def _string(where: str, value: Any) -> str:
    if not isinstance(value, str):
        raise StageError(f"{where}: must be a string")
    return value


def _noop(parameters: Parameters, begins: float) -> float:
    _members("noop", parameters)
    return begins


def _echo(parameters: Parameters, begins: float) -> float:
    _string("echo.message", _members("echo", parameters, required=["message"])["message"])
    return begins


def _fail(parameters: Parameters, begins: float) -> float:  # noqa: ARG001 - one signature for all kinds
    raise StageError(_string("fail.message", _members("fail", parameters, required=["message"])["message"]))


def _delay(parameters: Parameters, begins: float) -> float:
    _members("delay", parameters, optional=["duration", "until"])
    if len(parameters) != 1:
        raise StageError("delay: give either duration or until")
    [(name, value)] = parameters.items()
    text = _string(f"delay.{name}", value)
    try:
        ends = begins + go_duration(text) if name == "duration" else max(begins, instant(text))
    except (ValueError, OverflowError) as error:
        raise StageError(f"delay.{name}: {error}") from None
    if ends < begins:
        raise StageError("delay.duration: must not be negative")
    if ends > _LAST_INSTANT:
        raise StageError(f"delay.{name}: ends after the year 9999")
    return ends


def _wallet(where: str, value: Any) -> None:
    _members(where, value, required=["kind", "wallet"], optional=["balance"])
    if value["kind"] != "wallet":
        raise StageError(f"{where}.kind: must be 'wallet'")
    for name in ("wallet", "balance"):
        _string(f"{where}.{name}", value.get(name, ""))


def _payin(parameters: Parameters, begins: float) -> float:
    _members("payin", parameters, required=["source", "destination"])
    _string("payin.source", parameters["source"])
    _wallet("payin.destination", parameters["destination"])
    return begins


def _payout(parameters: Parameters, begins: float) -> float:
    _members("payout", parameters, required=["source", "amount"])
    _wallet("payout.source", parameters["source"])
    amount = _members("payout.amount", parameters["amount"], required=["amount", "asset"])
    value = amount["amount"]
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise StageError("payout.amount.amount: must be an integer or a string")
    _string("payout.amount.asset", amount["asset"])
    return begins


STAGE_KINDS: dict[str, StageKind] = {
    "noop": _noop,
    "echo": _echo,
    "delay": _delay,
    "fail": _fail,
    "payin": _payin,
    "payout": _payout,
}
