"""The members that each response must have: those of the typed client's models, but a time needs no offset.

The original reads such a time. The typed client refuses it, because it can be compared with no other.
A subclass moves the members that it declares to the end; so those with a default stand here once more.
"""

from datetime import datetime

from flowgauge.client.answers import models

__all__ = [
    "CursorShape",
    "RunReplyShape",
    "RunsReplyShape",
    "StageStatusShape",
    "WorkflowOccurrenceShape",
    "WorkflowReplyShape",
    "WorkflowShape",
    "WorkflowsReplyShape",
]


class WorkflowShape(models.Workflow, frozen=True, rename="camel"):
    """A workflow."""

    created_at: datetime
    updated_at: datetime


class StageStatusShape(models.StageStatus, frozen=True, rename="camel"):
    """The state of a stage."""

    started_at: datetime
    terminated_at: datetime | None = None
    error: str | None = None


class WorkflowOccurrenceShape(models.WorkflowOccurrence, frozen=True, rename="camel"):
    """A run."""

    created_at: datetime
    updated_at: datetime
    statuses: tuple[StageStatusShape, ...]


class CursorShape(models.RunPage, frozen=True, rename="camel"):
    """A page of runs."""

    data: tuple[WorkflowOccurrenceShape, ...]
    has_more: bool | None = None
    previous: str | None = None
    next: str | None = None


class WorkflowReplyShape(models.WorkflowReply, frozen=True):
    """The envelope of a workflow."""

    data: WorkflowShape


class WorkflowsReplyShape(models.WorkflowsReply, frozen=True):
    """The envelope of all workflows."""

    data: tuple[WorkflowShape, ...]


class RunReplyShape(models.RunReply, frozen=True):
    """The envelope of a run."""

    data: WorkflowOccurrenceShape


class RunsReplyShape(models.RunsReply, frozen=True):
    """The envelope of a page of runs."""

    cursor: CursorShape
