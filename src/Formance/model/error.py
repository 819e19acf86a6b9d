"""The model Error."""

# ruff: noqa: N803, N815 - the names are those on the wire

from collections.abc import Mapping
from typing import ClassVar, Literal

import msgspec

from Formance.schemas import Member, Model

__all__ = ["Error"]


class _Shape(msgspec.Struct):
    # The client takes any code that a server sends; the model is as strict as the document.
    errorCode: Literal["VALIDATION"]
    errorMessage: str


class Error(Model):
    """Why a request was refused."""

    __slots__ = ()
    _shape: ClassVar[type] = _Shape
    errorCode = Member[str]()
    errorMessage = Member[str]()

    def __init__(
        self,
        *args: Mapping[str, object],
        errorCode: str,
        errorMessage: str,
        _configuration: object = None,
        **kwargs: object,
    ) -> None:
        self._fill(args, {"errorCode": errorCode, "errorMessage": errorMessage, **kwargs})
