"""What a run must do, from its workflow's stages and its variables.

Written from the contract, not from the reference server: two readings of the same words that have to agree.
Where the words leave it open, or this reading does not go that far, the answer is "cannot tell".
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from flowgauge.editions.stage_outcomes import (
    ANY_ERROR,
    Prediction,
    StageOutcome,
    after,
    filled_stage,
    foretold,
    until,
)

__all__ = ["KINDS", "predicted"]

KINDS = ("noop", "echo", "delay", "fail", "payin", "payout")


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
    return foretold(
        stages, lambda stage, begins: _outcome(stage, variables, begins), start=start, abilities=abilities
    )


def _outcome(
    stage: Mapping[str, Any], variables: Mapping[str, str], begins: float | None
) -> StageOutcome | None:
    fails = StageOutcome(0.0, ANY_ERROR)
    match filled_stage(stage, variables):
        case "noop", {**rest}:
            return fails if rest else StageOutcome(0.0)
        case "echo", {"message": str(), **rest} if not rest:
            return StageOutcome(0.0)
        case "fail", {"message": str() as message, **rest} if not rest:
            return StageOutcome(0.0, message)
        case "delay", {"duration": str() as text, **rest} if not rest:
            return after(text)
        case "delay", {"until": str() as text, **rest} if not rest:
            return until(text, begins)
        case "payin", {"source": str(), "destination": wallet, **rest} if not rest and _is_wallet(wallet):
            return StageOutcome(0.0)
        case "payout", {"source": wallet, "amount": amount, **rest} if not rest and _is_wallet(wallet):
            return StageOutcome(0.0) if _is_amount(amount) else fails
        case _:
            # Of each kind, every right form is above.
            return fails


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
