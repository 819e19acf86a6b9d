"""What the journeys read of the server's answers, and when a run is over."""

import msgspec

from flowgauge.editions.run_load import decoder, seconds_between

__all__ = ["SeenFlowRun", "SeenStatus", "SeenWorkflow", "listed_runs", "run_in", "workflow_in"]


class _Config(msgspec.Struct, gc=False):
    stages: list[msgspec.Raw]


class _Workflow(msgspec.Struct, gc=False):
    id: str
    config: _Config


class SeenWorkflow(msgspec.Struct, gc=False):
    """A workflow, as far as the journeys look: `stage_count` stages terminate before a run is over.

    Kept as long as its runs are, so without the stages: their text holds on to the whole answer.
    """

    id: str
    stage_count: int


class SeenStatus(msgspec.Struct, gc=False, rename="camel"):
    """The state of one stage that has begun."""

    stage: float
    started_at: str | None = None
    terminated_at: str | None = None
    error: str | None = None


class _Run(msgspec.Struct, gc=False, rename="camel"):
    id: str
    workflow_id: str = msgspec.field(name="workflowID")
    created_at: str
    updated_at: str
    statuses: list[SeenStatus]


class SeenFlowRun(msgspec.Struct, gc=False):
    """A run of a workflow with so many stages."""

    shown: _Run
    stage_count: int

    @property
    def id(self) -> str:
        """Its own id."""
        return self.shown.id

    @property
    def is_over(self) -> bool:
        """Whether a stage failed, or all have terminated."""
        terminated = 0
        for status in self.shown.statuses:
            if status.error is not None:
                return True
            if status.terminated_at is not None:
                terminated += 1
        return terminated >= self.stage_count

    @property
    def has_failed(self) -> bool:
        """Whether a stage failed."""
        return any(status.error is not None for status in self.shown.statuses)

    @property
    def gap(self) -> str | None:
        """Which stages it shows, where these are not those that it must have gone through."""
        stages = [status.stage for status in self.shown.statuses]
        due = len(stages) if self.has_failed else self.stage_count
        if stages == list(range(due)):
            return None
        return f"and of its {self.stage_count} stages there are statuses for {stages}"

    @property
    def server_time(self) -> float | None:
        """Seconds from creation to the last change by the server's own clock; None where it does not say."""
        return seconds_between(self.shown.created_at, self.shown.updated_at)


class _FlowAnswer(msgspec.Struct, gc=False):
    data: _Workflow


class _RunAnswer(msgspec.Struct, gc=False):
    data: _Run


class _Cursor(msgspec.Struct, gc=False, rename="camel"):
    data: list[_Run]
    has_more: bool = False
    next: str | None = None


class _RunsAnswer(msgspec.Struct, gc=False):
    cursor: _Cursor


_FLOW, _RUN, _RUNS = decoder(_FlowAnswer), decoder(_RunAnswer), decoder(_RunsAnswer)


def workflow_in(body: bytes) -> SeenWorkflow | None:
    """The workflow that an answer holds, or None where it holds none."""
    answer = _FLOW(body)
    return SeenWorkflow(answer.data.id, len(answer.data.config.stages)) if answer is not None else None


def run_in(body: bytes, workflow: SeenWorkflow) -> SeenFlowRun | None:
    """The run that an answer holds, or None where it holds none."""
    answer = _RUN(body)
    return SeenFlowRun(answer.data, workflow.stage_count) if answer is not None else None


def listed_runs(body: bytes, workflow: SeenWorkflow) -> tuple[list[str], str | None] | None:
    """The ids of the runs on a page, and the cursor of the next; None where the answer holds no page."""
    del workflow
    answer = _RUNS(body)
    if answer is None:
        return None
    return [run.id for run in answer.cursor.data], answer.cursor.next if answer.cursor.has_more else None
