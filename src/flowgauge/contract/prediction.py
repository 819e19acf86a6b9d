"""What a run must do, from its workflow's stages and its variables.

Written from the contract, not from the reference server: two readings of the same words that have to agree.
Where the words leave it open, or this reading does not go that far, the answer is "cannot tell".
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["ANY_ERROR", "Outcome", "Prediction", "predicted"]

ANY_ERROR = "any error"
_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_SIMPLE_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)(ms|s|m|h|us|ns)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one stage ends: after `seconds`, and with `error` where it must fail (ANY_ERROR: whichever)."""

    seconds: float
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Prediction:
    """The outcomes of a run's stages up to the first that fails; None from where nothing can be told."""

    outcomes: tuple[Outcome | None, ...]

    @property
    def is_certain(self) -> bool:
        """Whether every outcome is known."""
        return None not in self.outcomes

    @property
    def seconds(self) -> float:
        """How long the run takes; only where `is_certain`."""
        return sum(outcome.seconds for outcome in self.outcomes if outcome)


def predicted(stages: Sequence[Mapping[str, Any]], variables: Mapping[str, str]) -> Prediction:
    """The outcome of each stage that the run will reach."""
    outcomes: list[Outcome | None] = []
    for stage in stages:
        outcome = _outcome(stage, variables)
        outcomes.append(outcome)
        if outcome is None or outcome.error is not None:
            break
    return Prediction(tuple(outcomes))


def _outcome(stage: Mapping[str, Any], variables: Mapping[str, str]) -> Outcome | None:
    fails = Outcome(0.0, ANY_ERROR)
    if len(stage) != 1:
        return fails
    [(kind, parameters)] = stage.items()
    if kind not in {"noop", "echo", "delay", "fail", "payin", "payout"} or not isinstance(parameters, dict):
        return fails
    if any(name not in variables for text in _strings(parameters) for name in _VARIABLE.findall(text)):
        return fails
    filled = {
        name: _VARIABLE.sub(lambda match: variables[match[1]], value) if isinstance(value, str) else value
        for name, value in parameters.items()
    }
    match kind, filled:
        case "noop", {**rest}:
            return fails if rest else Outcome(0.0)
        case "echo", {"message": str(), **rest} if not rest:
            return Outcome(0.0)
        case "fail", {"message": str() as message, **rest} if not rest:
            return Outcome(0.0, message)
        case "delay", {"duration": str() as text, **rest} if not rest:
            return _after(text)
        case "payin", {"source": str(), "destination": wallet, **rest} if not rest and _is_wallet(wallet):
            return Outcome(0.0)
        case "payout", {"source": wallet, "amount": amount, **rest} if not rest and _is_wallet(wallet):
            return Outcome(0.0) if _is_amount(amount) else None
        case (("echo" | "fail"), _):
            return fails
        case _:
            return None


def _after(text: str) -> Outcome | None:
    match = _SIMPLE_DURATION.fullmatch(text)
    return Outcome(float(match[1]) * _SECONDS[match[2]]) if match else None


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
