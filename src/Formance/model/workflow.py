"""The model Workflow."""

# ruff: noqa: N803, N815 - the names are those on the wire

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from flowgauge.client import models
from Formance.model.workflow_config import WorkflowConfig
from Formance.schemas import Member, Model

__all__ = ["Workflow"]


class Workflow(Model):
    """A registered workflow. Times are RFC 3339 text, as they came."""

    __slots__ = ()
    _shape: ClassVar[type] = models.Workflow
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
