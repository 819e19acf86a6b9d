"""What the journeys read of the server's answers."""

import msgspec

from flowgauge.editions.run_load import decoder, seconds_between

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
    def is_over(self) -> bool:
        """An instance says so itself."""
        return self.terminated

    @property
    def has_failed(self) -> bool:
        """In the field an error may be empty where there is none."""
        return bool(self.error)

    @property
    def gap(self) -> None:
        """Which stages it went through need not be shown."""

    @property
    def server_time(self) -> float | None:
        """Seconds from its start to its end by the server's own clock, or None where it does not say."""
        return seconds_between(self.created_at, self.terminated_at)


class _WorkflowAnswer(msgspec.Struct, gc=False):
    data: _Workflow


class _InstanceAnswer(msgspec.Struct, gc=False):
    data: SeenInstance


class _Page(msgspec.Struct, gc=False, rename="camel"):
    data: list[SeenInstance]
    has_more: bool = False
    next: str | None = None


class _InstancesAnswer(msgspec.Struct, gc=False):
    """A page of a list; where there are no pages, all of it."""

    cursor: _Page | None = None
    data: list[SeenInstance] | None = None


_WORKFLOW, _INSTANCE, _INSTANCES = (
    decoder(_WorkflowAnswer),
    decoder(_InstanceAnswer),
    decoder(_InstancesAnswer),
)


def new_workflow_in(body: bytes) -> str | None:
    """The id of the workflow that an answer holds, or None where it holds none."""
    answer = _WORKFLOW(body)
    return answer.data.id if answer is not None else None


def seen_instance_in(body: bytes, workflow: str = "") -> SeenInstance | None:
    """The instance that an answer holds, or None where it holds none."""
    del workflow
    answer = _INSTANCE(body)
    return answer.data if answer is not None else None


def listed_instances(body: bytes, workflow: str) -> tuple[list[str], str | None] | None:
    """The ids of a workflow's instances on a page, and the cursor of the next; None where it is no page."""
    answer = _INSTANCES(body)
    if answer is None or (answer.cursor is None and answer.data is None):
        return None
    page = answer.cursor or _Page(answer.data or [])
    ids = [instance.id for instance in page.data if instance.workflow_id == workflow]
    return ids, page.next if page.has_more else None
