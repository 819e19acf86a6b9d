"""Conversations that take several calls: a run from its start to its end, and a walk over pages."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from flowgauge.client.calls import get_flow, get_workflow_occurrence, run_workflow
from flowgauge.client.errors import InvalidRequest, RunUnfinished, UnexpectedReply
from flowgauge.client.exchange import Steps
from flowgauge.client.models import RunPage, WorkflowOccurrence
from flowgauge.client.timing import AsyncClock, Clock
from flowgauge.client.wire import Call

__all__ = ["PageWalk", "Patience", "run_to_end"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Patience:
    """How to wait for a run: looks at it after `first_pause`, then ever later up to `longest_pause`.

    `limit` (seconds) is how long to keep looking, counted from the start of the run; one look may outlast
    it by the client's own timeout.
    """

    limit: float = 60.0
    first_pause: float = 0.02
    longest_pause: float = 2.0
    growth: float = 1.5

    def __post_init__(self) -> None:
        for name in ("limit", "first_pause", "longest_pause", "growth"):
            number = getattr(self, name)
            if isinstance(number, bool) or not isinstance(number, int | float) or not 0 < number < math.inf:
                raise InvalidRequest(f"{name} must be a positive number, not {number!r}")
        if self.first_pause > self.longest_pause or self.growth < 1:
            raise InvalidRequest(f"{self} cannot be: pauses do not shrink")


def run_to_end(
    say: Callable[[Call[Any]], Steps[Any]],
    flow_id: str,
    variables: Mapping[str, str] | None,
    stage_count: int | None,
    patience: Patience,
    clock: Clock | AsyncClock,
) -> Steps[WorkflowOccurrence]:
    """Start a run and look at it until it is over. `say` makes the conversation of one call.

    Asks for the workflow first where its number of stages is not given. Raises RunUnfinished.
    """
    if stage_count is not None and (
        isinstance(stage_count, bool) or not isinstance(stage_count, int) or stage_count < 0
    ):
        raise InvalidRequest(f"stage_count must be a number of stages, not {stage_count!r}")
    if stage_count is None:
        workflow = yield from say(get_flow(flow_id))
        stage_count = len(workflow.config.stages)
    run: WorkflowOccurrence = yield from say(run_workflow(flow_id, variables))
    gives_up_at = clock.monotonic() + patience.limit
    pause = patience.first_pause
    while not run.is_terminal(stage_count):
        left = gives_up_at - clock.monotonic()
        if left <= 0:
            raise _unfinished(flow_id, run, stage_count, patience)
        yield min(pause, left)
        pause = min(pause * patience.growth, patience.longest_pause)
        run = yield from say(get_workflow_occurrence(flow_id, run.id))
    return run


def _unfinished(flow_id: str, run: WorkflowOccurrence, stage_count: int, patience: Patience) -> RunUnfinished:
    ended = sum(status.is_terminated for status in run.statuses)
    error = RunUnfinished(
        f"run {run.id} of workflow {flow_id} is not over after {patience.limit:g} s:"
        f" {ended} of {stage_count} stages have ended",
        hint="the run goes on; allow more time with a Patience, or look again by its id",
    )
    error.flow_id, error.run_id = flow_id, run.id
    return error


class PageWalk:
    """Knows which page comes next, and refuses to walk in circles."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def after(self, page: RunPage) -> str | None:
        """The cursor of the page after this one, or None at the end. Raises UnexpectedReply."""
        cursor = page.next
        if page.has_more is False or (cursor is None and not page.has_more):
            return None
        if cursor is None:
            raise UnexpectedReply("a page of runs says that there are more, and not where", status=200)
        if cursor in self._seen:
            raise UnexpectedReply(f"the pages of runs go in circles: {cursor!r} came twice", status=200)
        self._seen.add(cursor)
        return cursor
