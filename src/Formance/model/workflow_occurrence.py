"""The model WorkflowOccurrence."""

# ruff: noqa: N803, N815 - the names are those on the wire

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from Formance import shapes
from Formance.model.stage_status import StageStatus
from Formance.schemas import Member, Model

__all__ = ["WorkflowOccurrence"]


def _statuses(items: Iterable[dict[str, Any]]) -> tuple[StageStatus, ...]:
    return tuple([StageStatus.wrap(item) for item in items])


class WorkflowOccurrence(Model):
    """A run of a workflow, with one status for each stage that has begun."""

    __slots__ = ()
    _shape: ClassVar[type] = shapes.WorkflowOccurrenceShape
    _within = {"statuses": _statuses}  # noqa: RUF012 - a ClassVar of Model
    id = Member[str]()
    workflowID = Member[str]()
    createdAt = Member[str]()
    updatedAt = Member[str]()
    statuses = Member[tuple[StageStatus, ...]]()

    def __init__(
        self,
        *args: Mapping[str, object],
        id: str,  # noqa: A002 - the name on the wire
        workflowID: str,
        createdAt: str | datetime,
        updatedAt: str | datetime,
        statuses: Sequence[Mapping[str, object]],
        _configuration: object = None,
        **kwargs: object,
    ) -> None:
        named = {"id": id, "workflowID": workflowID, "createdAt": createdAt, "updatedAt": updatedAt}
        self._fill(args, named | {"statuses": statuses} | kwargs)
