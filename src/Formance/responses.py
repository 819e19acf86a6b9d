"""What a call returns: the raw response, and its body as a model."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from Formance.absence import Unset, unset
from Formance.rest import HTTPResponse

__all__ = [
    "ApiResponse",
    "ApiResponseFor200",
    "ApiResponseFor201",
    "ApiResponseForDefault",
    "ApiResponseWithoutDeserialization",
]

B = TypeVar("B")


@dataclass(frozen=True)
class ApiResponse:
    """The raw response, its decoded body, and its declared headers, of which this API has none."""

    response: HTTPResponse
    body: Any
    headers: Unset = unset


@dataclass(frozen=True)
class ApiResponseFor200(ApiResponse, Generic[B]):
    """A success of an operation that reads."""

    body: B


@dataclass(frozen=True)
class ApiResponseFor201(ApiResponse, Generic[B]):
    """A success of an operation that makes something."""

    body: B


@dataclass(frozen=True)
class ApiResponseForDefault(ApiResponse):
    """An answer that is not a success. `body` is an Error, or whatever JSON came, or `unset`."""


@dataclass(frozen=True)
class ApiResponseWithoutDeserialization(ApiResponse):
    """A success whose body was left as it came: see `response.data`, or `response.read()` of a stream."""

    body: Unset = unset
