"""The model WorkflowConfig."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from flowgauge.client.answers import models
from Formance.schemas import FrozenMapping, Member, Model, frozen_tuple

__all__ = ["WorkflowConfig"]


class WorkflowConfig(Model):
    """What a workflow does: its stages, each a free-form object."""

    __slots__ = ()
    _shape: ClassVar[type] = models.WorkflowConfig
    _within = {"stages": frozen_tuple}  # noqa: RUF012 - a ClassVar of Model
    stages = Member[tuple[FrozenMapping, ...]]()

    def __init__(
        self,
        *args: Mapping[str, object],
        stages: Sequence[Mapping[str, object]],
        _configuration: object = None,
        **kwargs: object,
    ) -> None:
        self._fill(args, {"stages": stages, **kwargs})
