"""The model Workflow."""

# ruff: noqa: N803, N815 - the names are those on the wire

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from Formance import shapes
from Formance.model.workflow_config import WorkflowConfig
from Formance.schemas import Member, Model

__all__ = ["Workflow"]


class Workflow(Model):
    """A registered workflow. Times are text, as they came: some servers leave the offset out."""

    __slots__ = ()
    _shape: ClassVar[type] = shapes.WorkflowShape
    _within = {"config": WorkflowConfig.wrap}  # noqa: RUF012 - a ClassVar of Model
    id = Member[str]()
    config = Member[WorkflowConfig]()
    createdAt = Member[str]()
    updatedAt = Member[str]()

    def __init__(
        self,
        *args: Mapping[str, object],
        id: str,  # noqa: A002 - the name on the wire
        config: Mapping[str, object],
        createdAt: str | datetime,
        updatedAt: str | datetime,
        _configuration: object = None,
        **kwargs: object,
    ) -> None:
        named = {"id": id, "config": config, "createdAt": createdAt, "updatedAt": updatedAt}
        self._fill(args, named | kwargs)
