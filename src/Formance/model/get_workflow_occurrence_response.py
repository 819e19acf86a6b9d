"""The model GetWorkflowOccurrenceResponse."""

from collections.abc import Mapping
from typing import ClassVar

from Formance import shapes
from Formance.model.workflow_occurrence import WorkflowOccurrence
from Formance.schemas import Member, Model

__all__ = ["GetWorkflowOccurrenceResponse"]


class GetWorkflowOccurrenceResponse(Model):
    """One run."""

    __slots__ = ()
    _shape: ClassVar[type] = shapes.RunReplyShape
    _within = {"data": WorkflowOccurrence.wrap}  # noqa: RUF012 - a ClassVar of Model
    data = Member[WorkflowOccurrence]()

    def __init__(
        self,
        *args: Mapping[str, object],
        data: Mapping[str, object],
        _configuration: object = None,
        **kwargs: object,
    ) -> None:
        self._fill(args, {"data": data, **kwargs})
