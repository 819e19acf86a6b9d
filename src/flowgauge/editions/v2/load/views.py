"""What the journeys read of the server's answers."""

from datetime import datetime

import msgspec

__all__ = ["SeenInstance", "listed_instances", "new_workflow_in", "seen_instance_in"]


class _Workflow(msgspec.Struct, gc=False):
    id: str


class SeenInstance(msgspec.Struct, gc=False, rename="camel"):
    """An instance, as far as the journeys look."""

    id: str
    workflow_id: str = msgspec.field(name="workflowID")
    created_at: str
    terminated: bool
    terminated_at: str | None = None
    error: str | None = None

    @property
    def server_time(self) -> float | None:
        """Seconds from its start to its end by the server's own clock, or None where it does not say."""
        try:
            created = datetime.fromisoformat(self.created_at)
            seconds = (datetime.fromisoformat(self.terminated_at or "") - created).total_seconds()
        except (ValueError, TypeError):
            return None
        return seconds if seconds >= 0 else None


class _WorkflowAnswer(msgspec.Struct, gc=False):
    data: _Workflow


class _InstanceAnswer(msgspec.Struct, gc=False):
    data: SeenInstance


class _Cursor(msgspec.Struct, gc=False, rename="camel"):
    data: list[SeenInstance]
    has_more: bool = False
    next: str | None = None


class _InstancesAnswer(msgspec.Struct, gc=False):
    cursor: _Cursor


_WORKFLOW = msgspec.json.Decoder(_WorkflowAnswer)
_INSTANCE = msgspec.json.Decoder(_InstanceAnswer)
_INSTANCES = msgspec.json.Decoder(_InstancesAnswer)


def new_workflow_in(body: bytes) -> str | None:
    """The id of the workflow that an answer holds, or None where it holds none."""
    try:
        return _WORKFLOW.decode(body).data.id
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def seen_instance_in(body: bytes) -> SeenInstance | None:
    """The instance that an answer holds, or None where it holds none."""
    try:
        return _INSTANCE.decode(body).data
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def listed_instances(body: bytes) -> tuple[list[SeenInstance], str | None] | None:
    """The instances on one page and the cursor of the next, or None where the answer holds no page."""
    try:
        cursor = _INSTANCES.decode(body).cursor
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return cursor.data, cursor.next if cursor.has_more else None
