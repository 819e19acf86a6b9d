"""What the journeys read of the server's answers, and when a run is over."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

__all__ = [
    "SeenRun",
    "SeenStatus",
    "SeenWorkflow",
    "is_over",
    "listed_runs",
    "run_in",
    "server_time",
    "workflow_in",
]


class _Config(msgspec.Struct, gc=False):
    stages: list[msgspec.Raw]


class SeenWorkflow(msgspec.Struct, gc=False):
    """A workflow, as far as the journeys look."""

    id: str
    config: _Config

    @property
    def stage_count(self) -> int:
        """How many stages have to terminate before a run is over."""
        return len(self.config.stages)


class SeenStatus(msgspec.Struct, gc=False, rename="camel"):
    """The state of one stage that has begun."""

    stage: float
    started_at: str | None = None
    terminated_at: str | None = None
    error: str | None = None


class SeenRun(msgspec.Struct, gc=False, rename="camel"):
    """A run, as far as the journeys look."""

    id: str
    workflow_id: str = msgspec.field(name="workflowID")
    created_at: str
    updated_at: str
    statuses: list[SeenStatus]


class _FlowAnswer(msgspec.Struct, gc=False):
    data: SeenWorkflow


class _RunAnswer(msgspec.Struct, gc=False):
    data: SeenRun


class _Cursor(msgspec.Struct, gc=False, rename="camel"):
    data: list[SeenRun]
    has_more: bool = False
    next: str | None = None


class _RunsAnswer(msgspec.Struct, gc=False):
    cursor: _Cursor


_FLOW = msgspec.json.Decoder(_FlowAnswer)
_RUN = msgspec.json.Decoder(_RunAnswer)
_RUNS = msgspec.json.Decoder(_RunsAnswer)


def workflow_in(body: bytes) -> SeenWorkflow | None:
    """The workflow that an answer holds, or None where it holds none."""
    try:
        return _FLOW.decode(body).data
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def run_in(body: bytes) -> SeenRun | None:
    """The run that an answer holds, or None where it holds none."""
    try:
        return _RUN.decode(body).data
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def listed_runs(body: bytes) -> tuple[list[SeenRun], str | None] | None:
    """The runs on one page and the cursor of the next, or None where the answer holds no page."""
    try:
        cursor = _RUNS.decode(body).cursor
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return cursor.data, cursor.next if cursor.has_more else None


def is_over(statuses: Sequence[SeenStatus], stage_count: int) -> bool:
    """Whether the run of a workflow with that many stages is over: a stage failed, or all have terminated."""
    terminated = 0
    for status in statuses:
        if status.error is not None:
            return True
        if status.terminated_at is not None:
            terminated += 1
    return terminated >= stage_count


def server_time(run: SeenRun) -> float | None:
    """Seconds from creation to the last change by the server's own clock, or None where it does not say."""
    try:
        created, updated = datetime.fromisoformat(run.created_at), datetime.fromisoformat(run.updated_at)
        seconds = (updated - created).total_seconds()
    except (ValueError, TypeError):
        return None
    return seconds if seconds >= 0 else None
