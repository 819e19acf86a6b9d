"""The model RunWorkflowRequest."""

from collections.abc import Mapping
from typing import ClassVar

from Formance.schemas import Model

__all__ = ["RunWorkflowRequest"]


class RunWorkflowRequest(Model):
    """The variables of a run, by name. Names that are no Python names go into a mapping: `({"a-b": "c"})`."""

    __slots__ = ()
    _shape: ClassVar[object] = dict[str, str]

    def __init__(self, *args: Mapping[str, str], _configuration: object = None, **kwargs: str) -> None:
        self._fill(args, kwargs)
