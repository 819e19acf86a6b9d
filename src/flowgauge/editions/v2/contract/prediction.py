"""What an instance must do, from its workflow's stages and its variables.

Written from the contract, not from the reference server: two readings of the same words that have to agree.
Where the words leave it open, or an event decides, the answer is "cannot tell".
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

__all__ = ["KINDS", "WAIT", "may_wait", "predicted"]

WAIT = "wait_event"
KINDS = ("noop", "delay", WAIT)
_MONEY = frozenset({"send", "update"})


def predicted(
    stages: Sequence[Mapping[str, Any]],
    variables: Mapping[str, str],
    *,
    start: float | None = None,
    abilities: Collection[str] | None = None,
) -> Prediction:
    """The outcome of each stage that the instance will reach, up to the first that waits for an event.

    `start` is when it began; without it, how long a delay until an instant takes cannot be told. Nor can what
    a server does that is only known to have these `abilities`.
    """
    return foretold(
        stages, lambda stage, begins: _outcome(stage, variables, begins), start=start, abilities=abilities
    )


def may_wait(stages: Sequence[Any]) -> bool:
    """Whether one of the stages may wait for an event."""
    return any(isinstance(stage, dict) and WAIT in stage for stage in stages)


def _outcome(
    stage: Mapping[str, Any], variables: Mapping[str, str], begins: float | None
) -> StageOutcome | None:
    fails = StageOutcome(0.0, ANY_ERROR)
    if len(stage) == 1 and not _MONEY.isdisjoint(stage):
        # What moves money is told by nobody here.
        return None
    match filled_stage(stage, variables):
        case "noop", {**rest}:
            return fails if rest else StageOutcome(0.0)
        case "delay", {"duration": str() as text, **rest} if not rest:
            return after(text)
        case "delay", {"until": str() as text, **rest} if not rest:
            return until(text, begins)
        case "wait_event", {"event": str(), **rest} if not rest:
            return None
    # Of each kind, every right form is above.
    return fails
