"""The model StageStatus."""

# ruff: noqa: N803, N815 - the names are those on the wire

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from Formance import shapes
from Formance.schemas import Member, Model, Unset, unset

__all__ = ["StageStatus"]


class StageStatus(Model):
    """The state of one stage that has begun: running without `terminatedAt`, failed with an `error`."""

    __slots__ = ()
    _shape: ClassVar[type] = shapes.StageStatusShape
    stage = Member[float]()
    occurrenceID = Member[str]()
    startedAt = Member[str]()
    terminatedAt = Member[str | None]()
    error = Member[str | None]()

    def __init__(
        self,
        *args: Mapping[str, object],
        stage: float,
        occurrenceID: str,
        startedAt: str | datetime,
        terminatedAt: str | datetime | Unset | None = unset,
        error: str | Unset | None = unset,
        _configuration: object = None,
        **kwargs: object,
    ) -> None:
        named = {"stage": stage, "occurrenceID": occurrenceID, "startedAt": startedAt}
        self._fill(args, named | {"terminatedAt": terminatedAt, "error": error} | kwargs)
