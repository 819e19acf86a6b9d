"""The model CreateWorkflowResponse."""

from collections.abc import Mapping
from typing import ClassVar

from Formance import shapes
from Formance.model.workflow import Workflow
from Formance.schemas import Member, Model

__all__ = ["CreateWorkflowResponse"]


class CreateWorkflowResponse(Model):
    """The workflow that was created."""

    __slots__ = ()
    _shape: ClassVar[type] = shapes.WorkflowReplyShape
    _within = {"data": Workflow.wrap}  # noqa: RUF012 - a ClassVar of Model
    data = Member[Workflow]()

    def __init__(
        self,
        *args: Mapping[str, object],
        data: Mapping[str, object],
        _configuration: object = None,
        **kwargs: object,
    ) -> None:
        self._fill(args, {"data": data, **kwargs})
