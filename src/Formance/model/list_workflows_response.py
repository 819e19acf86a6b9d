"""The model ListWorkflowsResponse."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from Formance import shapes
from Formance.model.workflow import Workflow
from Formance.schemas import Member, Model

__all__ = ["ListWorkflowsResponse"]


def _workflows(items: Iterable[dict[str, Any]]) -> tuple[Workflow, ...]:
    return tuple([Workflow.wrap(item) for item in items])


class ListWorkflowsResponse(Model):
    """All workflows."""

    __slots__ = ()
    _shape: ClassVar[type] = shapes.WorkflowsReplyShape
    _within = {"data": _workflows}  # noqa: RUF012 - a ClassVar of Model
    data = Member[tuple[Workflow, ...]]()

    def __init__(
        self,
        *args: Mapping[str, object],
        data: Sequence[Mapping[str, object]],
        _configuration: object = None,
        **kwargs: object,
    ) -> None:
        self._fill(args, {"data": data, **kwargs})
