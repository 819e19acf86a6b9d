"""What a stage must come to, in any edition: read from the words of the contract, not from the reference.

Where the words leave it open, or this reading does not go that far, the answer is "cannot tell".
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flowgauge.contract.date_times import moment

__all__ = [
    "ANY_ERROR",
    "VARIABLE",
    "VARIABLES",
    "Prediction",
    "StageOutcome",
    "after",
    "filled_stage",
    "foretold",
    "texts_in",
    "until",
]

ANY_ERROR = "any error"
VARIABLES = "variables"
"""What a server can do that puts a run's variables into its stages; it can do a kind of stage by its name."""
VARIABLE = re.compile(r"\$\{([^{}]*)\}")
# Go's syntax, without its rarest spellings and without numbers that could be too long for it.
_PART = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)(ms|s|m|h|us|µs|ns)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_DIGIT_OR_UNIT = re.compile(r"[0-9.a-zµμ+-]*")


@dataclass(frozen=True, slots=True)
class StageOutcome:
    """How one stage ends: after `seconds`, and with `error` where it must fail (ANY_ERROR: whichever)."""

    seconds: float
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Prediction:
    """The outcomes of a run's stages up to the first that fails; None from where nothing can be told."""

    outcomes: tuple[StageOutcome | None, ...]

    @property
    def is_certain(self) -> bool:
        """Whether every outcome is known."""
        return None not in self.outcomes

    @property
    def seconds(self) -> float:
        """How long the run takes; only where `is_certain`."""
        return sum(outcome.seconds for outcome in self.outcomes if outcome)


def foretold(
    stages: Sequence[Mapping[str, Any]],
    outcome_of: Callable[[Mapping[str, Any], float | None], StageOutcome | None],
    *,
    start: float | None,
    abilities: Collection[str] | None,
) -> Prediction:
    """The outcome of each stage that a run will reach which began at `start`, as far as that is known.

    `outcome_of` is that of a stage by itself, which begins then. Nothing can be told of what a server does
    that is only known to have these `abilities`: its other kinds, its other parameters.
    """
    outcomes: list[StageOutcome | None] = []
    for stage in stages:
        outcome = outcome_of(stage, start)
        if abilities is not None and not _is_in_reach(stage, outcome, abilities):
            outcome = None
        outcomes.append(outcome)
        if outcome is not None and start is not None:
            start += outcome.seconds
        if outcome is None or outcome.error is not None:
            break
    return Prediction(tuple(outcomes))


def _is_in_reach(stage: Mapping[str, Any], outcome: StageOutcome | None, abilities: Collection[str]) -> bool:
    """Whether a server of these abilities must come to that outcome.

    That a stage with a surplus parameter fails is what the reference makes of it, and no promise.
    """
    if len(stage) != 1 or not set(stage) <= set(abilities):
        return False
    has_variables = any(VARIABLE.search(text) for text in texts_in(stage))
    if has_variables and VARIABLES not in abilities:
        return False
    return outcome is not None and (outcome.error != ANY_ERROR or has_variables)


def filled_stage(stage: Mapping[str, Any], variables: Mapping[str, str]) -> tuple[str, dict[str, Any]] | None:
    """A stage's kind, and its parameters with the variables in them; None where its form makes it fail."""
    if len(stage) != 1:
        return None
    [(kind, parameters)] = stage.items()
    if not isinstance(parameters, dict):
        return None
    if any(name not in variables for text in texts_in(parameters) for name in VARIABLE.findall(text)):
        return None
    return kind, {
        name: VARIABLE.sub(lambda match: variables[match[1]], value) if isinstance(value, str) else value
        for name, value in parameters.items()
    }


def after(text: str) -> StageOutcome | None:
    """The outcome of a delay of that duration, in Go's syntax."""
    if text == "0":
        return StageOutcome(0.0)
    parts = _PART.findall(text)
    if parts and "".join(number + unit for number, unit in parts) == text:
        return StageOutcome(sum(float(number) * _SECONDS[unit] for number, unit in parts))
    is_negative = text.startswith("-") and _PART.fullmatch(text[1:]) and float(text[1:].rstrip("nuµmsh")) > 0
    has_no_unit = text == "" or text.isdigit()
    is_clearly_wrong = is_negative or has_no_unit or not _DIGIT_OR_UNIT.fullmatch(text) or text.isalpha()
    return StageOutcome(0.0, ANY_ERROR) if is_clearly_wrong else None


def until(text: str, begins: float | None) -> StageOutcome | None:
    """The outcome of a delay until that instant, which begins then; None where that is not known."""
    at = moment(text)
    if at is None:
        # A date-time always holds a digit.
        return StageOutcome(0.0, ANY_ERROR) if not any(c.isdigit() for c in text) else None
    return None if begins is None else StageOutcome(max(0.0, at - begins))


def texts_in(value: Any) -> list[str]:
    """Every text in a JSON value but the names of members."""
    if isinstance(value, str):
        return [value]
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for child in children for text in texts_in(child)]
