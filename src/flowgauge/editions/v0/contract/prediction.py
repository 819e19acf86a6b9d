"""What a run must do, from its workflow's stages and its variables.

Written from the contract, not from the reference server: two readings of the same words that have to agree.
Where the words leave it open, or this reading does not go that far, the answer is "cannot tell".
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flowgauge.contract.date_times import moment

__all__ = ["ANY_ERROR", "KINDS", "VARIABLES", "Prediction", "StageOutcome", "predicted"]

ANY_ERROR = "any error"
KINDS = ("noop", "echo", "delay", "fail", "payin", "payout")
VARIABLES = "variables"
"""What a server can do that puts a run's variables into its stages; it can do a kind of stage by its name."""
_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
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


def predicted(
    stages: Sequence[Mapping[str, Any]],
    variables: Mapping[str, str],
    *,
    start: float | None = None,
    abilities: Collection[str] | None = None,
) -> Prediction:
    """The outcome of each stage that the run will reach.

    `start` is when the run began; without it, how long a delay until an instant takes cannot be told. Nor can
    what a server does that is only known to have these `abilities`: its other kinds, its other parameters.
    """
    outcomes: list[StageOutcome | None] = []
    for stage in stages:
        outcome = _outcome(stage, variables, start)
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
    has_variables = any(_VARIABLE.search(text) for text in _strings(stage))
    if has_variables and VARIABLES not in abilities:
        return False
    return outcome is not None and (outcome.error != ANY_ERROR or has_variables)


def _outcome(
    stage: Mapping[str, Any], variables: Mapping[str, str], begins: float | None
) -> StageOutcome | None:
    fails = StageOutcome(0.0, ANY_ERROR)
    if len(stage) != 1:
        return fails
    [(kind, parameters)] = stage.items()
    if kind not in KINDS or not isinstance(parameters, dict):
        return fails
    if any(name not in variables for text in _strings(parameters) for name in _VARIABLE.findall(text)):
        return fails
    filled = {
        name: _VARIABLE.sub(lambda match: variables[match[1]], value) if isinstance(value, str) else value
        for name, value in parameters.items()
    }
    match kind, filled:
        case "noop", {**rest}:
            return fails if rest else StageOutcome(0.0)
        case "echo", {"message": str(), **rest} if not rest:
            return StageOutcome(0.0)
        case "fail", {"message": str() as message, **rest} if not rest:
            return StageOutcome(0.0, message)
        case "delay", {"duration": str() as text, **rest} if not rest:
            return _after(text)
        case "delay", {"until": str() as text, **rest} if not rest:
            return _until(text, begins)
        case "payin", {"source": str(), "destination": wallet, **rest} if not rest and _is_wallet(wallet):
            return StageOutcome(0.0)
        case "payout", {"source": wallet, "amount": amount, **rest} if not rest and _is_wallet(wallet):
            return StageOutcome(0.0) if _is_amount(amount) else fails
        case _:
            # Of each kind, every right form is above.
            return fails


def _after(text: str) -> StageOutcome | None:
    if text == "0":
        return StageOutcome(0.0)
    parts = _PART.findall(text)
    if parts and "".join(number + unit for number, unit in parts) == text:
        return StageOutcome(sum(float(number) * _SECONDS[unit] for number, unit in parts))
    is_negative = text.startswith("-") and _PART.fullmatch(text[1:]) and float(text[1:].rstrip("nuµmsh")) > 0
    has_no_unit = text == "" or text.isdigit()
    is_clearly_wrong = is_negative or has_no_unit or not _DIGIT_OR_UNIT.fullmatch(text) or text.isalpha()
    return StageOutcome(0.0, ANY_ERROR) if is_clearly_wrong else None


def _until(text: str, begins: float | None) -> StageOutcome | None:
    at = moment(text)
    if at is None:
        # A date-time always holds a digit.
        return StageOutcome(0.0, ANY_ERROR) if not any(c.isdigit() for c in text) else None
    return None if begins is None else StageOutcome(max(0.0, at - begins))


def _is_wallet(value: Any) -> bool:
    match value:
        case {"kind": "wallet", "wallet": str(), **rest}:
            return set(rest) <= {"balance"} and isinstance(rest.get("balance", ""), str)
    return False


def _is_amount(value: Any) -> bool:
    match value:
        case {"amount": (int() | str()) as amount, "asset": str(), **rest}:
            return not rest and not isinstance(amount, bool)
    return False


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for child in children for text in _strings(child)]
