"""What stages are told, in any edition: parameters with their variables filled in, and Go's durations."""

import re
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from flowgauge.reference.world.wire import instant

__all__ = ["MAX_RESOLVED", "StageError", "delay_end", "go_duration", "members", "resolved_stage", "text"]

Parameters = Mapping[str, Any]

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


def resolved_stage(
    stage: Parameters, kinds: Collection[str], variables: Mapping[str, str]
) -> tuple[str, Parameters]:
    """The kind that a stage names, and its parameters with each `${name}` replaced.

    Raises StageError where it does not name one of the kinds, or names a variable that there is not.
    """
    if len(stage) != 1:
        raise StageError(f"a stage names exactly one kind, this one names {len(stage)}")
    [(kind, parameters)] = stage.items()
    if kind not in kinds:
        raise StageError(f"unknown stage kind {kind!r}")
    if not isinstance(parameters, dict):
        raise StageError(f"{kind}: the parameters must be an object")
    return kind, _Resolution(variables).of(parameters)


def members(where: str, value: Any, *, required: Sequence[str] = (), optional: Sequence[str] = ()) -> Any:
    """An object of these members. Raises StageError."""
    if not isinstance(value, dict):
        raise StageError(f"{where}: must be an object")
    for name in required:
        if name not in value:
            raise StageError(f"{where}: {name} is required")
    for name in value:
        if name not in required and name not in optional:
            raise StageError(f"{where}: unknown parameter {name!r}")
    return value


def text(where: str, value: Any) -> str:
    """A string. Raises StageError."""
    if not isinstance(value, str):
        raise StageError(f"{where}: must be a string")
    return value


def delay_end(parameters: Parameters, begins: float) -> float:
    """When a delay ends that begins then. Raises StageError."""
    members("delay", parameters, optional=["duration", "until"])
    if len(parameters) != 1:
        raise StageError("delay: give either duration or until")
    [(name, value)] = parameters.items()
    given = text(f"delay.{name}", value)
    try:
        ends = begins + go_duration(given) if name == "duration" else max(begins, instant(given))
    except (ValueError, OverflowError) as error:
        raise StageError(f"delay.{name}: {error}") from None
    if ends < begins:
        raise StageError("delay.duration: must not be negative")
    if ends > _LAST_INSTANT:
        raise StageError(f"delay.{name}: ends after the year 9999")
    return ends


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
