"""The values of the API, frozen and typed: the one place in the client where their fields stand.

Field names are Python's; on the wire they are the document's. Reading ignores members that the document
does not declare, takes null for an absent optional member, and rounds times to the microsecond. Times
without a zone are refused.
"""

from datetime import datetime
from typing import Annotated, Any

import msgspec

__all__ = [
    "RunPage",
    "RunReply",
    "RunsReply",
    "ServerInfo",
    "StageStatus",
    "Workflow",
    "WorkflowConfig",
    "WorkflowOccurrence",
    "WorkflowReply",
    "WorkflowsReply",
]

# RFC 3339 demands an offset; without one a time cannot be compared with any other.
Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class ServerInfo(msgspec.Struct, frozen=True):
    """What the server says of itself."""

    version: str


class WorkflowConfig(msgspec.Struct, frozen=True):
    """What a workflow does: its stages, each a free-form object."""

    stages: tuple[dict[str, Any], ...]


class Workflow(msgspec.Struct, frozen=True, rename="camel"):
    """A registered workflow."""

    id: str
    config: WorkflowConfig
    created_at: Instant
    updated_at: Instant


class StageStatus(msgspec.Struct, frozen=True, rename="camel"):
    """The state of one stage that has begun. `stage` is its index in the workflow, from 0."""

    stage: int | float
    occurrence_id: str = msgspec.field(name="occurrenceID")
    started_at: Instant
    terminated_at: Instant | None = None
    error: str | None = None

    @property
    def is_failed(self) -> bool:
        """The stage ended in an error."""
        return self.error is not None

    @property
    def is_terminated(self) -> bool:
        """The stage has ended, well or not."""
        return self.terminated_at is not None or self.error is not None


class WorkflowOccurrence(msgspec.Struct, frozen=True, rename="camel"):
    """A run of a workflow. `statuses` holds one entry for each stage that has begun."""

    id: str
    workflow_id: str = msgspec.field(name="workflowID")
    created_at: Instant
    updated_at: Instant
    statuses: tuple[StageStatus, ...]

    @property
    def failure(self) -> StageStatus | None:
        """The stage that failed, or None where none has."""
        return next((status for status in self.statuses if status.is_failed), None)

    def is_terminal(self, stage_count: int) -> bool:
        """The run is over: a stage has failed, or all `stage_count` stages of the workflow have ended.

        This edition of the API has no status of the run as a whole, hence the count.
        """
        ended = sum(status.is_terminated for status in self.statuses)
        return ended >= stage_count or self.failure is not None


class RunPage(msgspec.Struct, frozen=True, rename="camel"):
    """One page of a workflow's runs, newest first. `next` and `previous` are opaque cursors."""

    page_size: int
    data: tuple[WorkflowOccurrence, ...]
    has_more: bool | None = None
    previous: str | None = None
    next: str | None = None


class WorkflowReply(msgspec.Struct, frozen=True):
    """The envelope of one workflow."""

    data: Workflow


class WorkflowsReply(msgspec.Struct, frozen=True):
    """The envelope of all workflows."""

    data: tuple[Workflow, ...]


class RunReply(msgspec.Struct, frozen=True):
    """The envelope of one run."""

    data: WorkflowOccurrence


class RunsReply(msgspec.Struct, frozen=True):
    """The envelope of a page of runs."""

    cursor: RunPage
