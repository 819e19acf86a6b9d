"""What takes several calls: a run from its start to its end, and all pages of a list."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from flowgauge.client.answers.models import RunPage, WorkflowOccurrence
from flowgauge.client.calls import get_flow, get_workflow_occurrence, run_workflow
from flowgauge.client.errors import InvalidRequest, RunUnfinished, UnexpectedReply
from flowgauge.client.http.exchange import Steps
from flowgauge.client.http.timing import AsyncClock, Clock
from flowgauge.client.http.wire import Call

__all__ = ["PageWalk", "Polling", "run_to_end"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Polling:
    """How often to ask for a run that is to end, and for how long. All pauses are in seconds.

    The first question comes `first_pause` after the start of the run; each pause is `growth` times the one
    before, up to `longest_pause`. The last question is asked `limit` seconds after the start, and may take
    as long as the client's timeout allows. Raises InvalidRequest for numbers that make no sense.
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
            raise InvalidRequest(
                f"{self}: growth must be 1 or more, and longest_pause no less than first_pause"
            )


def run_to_end(
    ask: Callable[[Call[Any]], Steps[Any]],
    flow_id: str,
    variables: Mapping[str, str] | None,
    stage_count: int | None,
    polling: Polling,
    clock: Clock | AsyncClock,
) -> Steps[WorkflowOccurrence]:
    """Start a run and poll it until it is over. `ask` makes the steps of one call.

    Asks for the workflow first where its number of stages is not given. Raises RunUnfinished.
    """
    if stage_count is not None and (
        isinstance(stage_count, bool) or not isinstance(stage_count, int) or stage_count < 0
    ):
        raise InvalidRequest(f"stage_count must be 0 or a positive integer, not {stage_count!r}")
    if stage_count is None:
        workflow = yield from ask(get_flow(flow_id))
        stage_count = len(workflow.config.stages)
    run: WorkflowOccurrence = yield from ask(run_workflow(flow_id, variables))
    gives_up_at = clock.monotonic() + polling.limit
    pause = polling.first_pause
    while not run.is_terminal(stage_count):
        left = gives_up_at - clock.monotonic()
        if left <= 0:
            raise _unfinished(flow_id, run, stage_count, polling)
        yield min(pause, left)
        pause = min(pause * polling.growth, polling.longest_pause)
        run = yield from ask(get_workflow_occurrence(flow_id, run.id))
    return run


def _unfinished(flow_id: str, run: WorkflowOccurrence, stage_count: int, polling: Polling) -> RunUnfinished:
    ended = sum(status.is_terminated for status in run.statuses)
    error = RunUnfinished(
        f"run {run.id} of workflow {flow_id} is not over after {polling.limit:g} s:"
        f" {ended} of {stage_count} stages have ended",
        hint="the run goes on: wait longer with polling=Polling(limit=...), or ask for it by its id",
    )
    error.flow_id, error.run_id = flow_id, run.id
    return error


class PageWalk:
    """Knows which page comes next, and refuses a page that it has seen."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def after(self, page: RunPage) -> str | None:
        """The cursor of the page after this one, or None at the end. Raises UnexpectedReply."""
        cursor = page.next
        if page.has_more is False or (cursor is None and not page.has_more):
            return None
        if cursor is None:
            raise UnexpectedReply("a page of runs says that there are more, and has no `next`", status=200)
        if cursor in self._seen:
            raise UnexpectedReply(f"the pages of runs go in circles: {cursor!r} came twice", status=200)
        self._seen.add(cursor)
        return cursor
