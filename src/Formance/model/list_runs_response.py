"""The models ListRunsResponse and, in it, Cursor."""

# ruff: noqa: N803, N815 - the names are those on the wire

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from Formance import shapes
from Formance.model.workflow_occurrence import WorkflowOccurrence
from Formance.schemas import Member, Model, Unset, unset

__all__ = ["Cursor", "ListRunsResponse"]


def _runs(items: Iterable[dict[str, Any]]) -> tuple[WorkflowOccurrence, ...]:
    return tuple([WorkflowOccurrence.wrap(item) for item in items])


class Cursor(Model):
    """One page of runs, and where it stands among its siblings."""

    __slots__ = ()
    _shape: ClassVar[type] = shapes.CursorShape
    _within = {"data": _runs}  # noqa: RUF012 - a ClassVar of Model
    pageSize = Member[int]()
    hasMore = Member[bool | None]()
    previous = Member[str | None]()
    next = Member[str | None]()
    data = Member[tuple[WorkflowOccurrence, ...]]()

    def __init__(
        self,
        *args: Mapping[str, object],
        pageSize: int,
        data: Sequence[Mapping[str, object]],
        hasMore: bool | Unset | None = unset,
        previous: str | Unset | None = unset,
        next: str | Unset | None = unset,  # noqa: A002 - the name on the wire
        _configuration: object = None,
        **kwargs: object,
    ) -> None:
        named = {"pageSize": pageSize, "hasMore": hasMore, "previous": previous, "next": next, "data": data}
        self._fill(args, named | kwargs)


class ListRunsResponse(Model):
    """The envelope of a page of runs."""

    __slots__ = ()
    _shape: ClassVar[type] = shapes.RunsReplyShape
    _within = {"cursor": Cursor.wrap}  # noqa: RUF012 - a ClassVar of Model
    cursor = Member[Cursor]()

    def __init__(
        self,
        *args: Mapping[str, object],
        cursor: Mapping[str, object],
        _configuration: object = None,
        **kwargs: object,
    ) -> None:
        self._fill(args, {"cursor": cursor, **kwargs})
