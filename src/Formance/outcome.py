"""From the client's errors to the exceptions of this package."""

import httpx

from flowgauge.client.answers.reading import UnreadableBody, decoded
from flowgauge.client.answers.refusal import secrets_of
from flowgauge.client.errors import ApiError, InvalidRequest, TimedOut, UnexpectedReply
from Formance.absence import unset
from Formance.exceptions import (
    ApiBodyError,
    ApiConnectionError,
    ApiException,
    ApiInputError,
    ApiTimeoutError,
    OpenApiException,
)
from Formance.model.error import Error
from Formance.responses import ApiResponseForDefault, ApiResponseWithoutDeserialization
from Formance.rest import HTTPResponse
from Formance.schemas import frozen

__all__ = ["body_error", "connection_error", "input_error", "refused", "stream_error"]


def refused(error: ApiError) -> ApiException:
    """The exception for an answer that is not a success."""
    response = HTTPResponse(error.response)
    return ApiException(
        response.status,
        response.reason,
        ApiResponseForDefault(response, _decoded_error(response.data)),
        secrets=secrets_of(error.response.request),
    )


def body_error(error: UnexpectedReply) -> ApiBodyError:
    """The exception for a success whose body breaks the contract."""
    response = HTTPResponse(error.response)
    return ApiBodyError(
        response.status,
        error.message,
        ApiResponseWithoutDeserialization(response),
        secrets=secrets_of(error.response.request),
    )


def connection_error(error: Exception) -> ApiConnectionError:
    """The exception for an answer that did not come, or not completely."""
    kind = ApiTimeoutError if isinstance(error, TimedOut) else ApiConnectionError
    return kind(0, str(error))


def stream_error(status: int, error: Exception) -> ApiException:
    """The exception for a stream whose rest does not come, or came and cannot be unpacked."""
    if isinstance(error, httpx.DecodingError):
        return ApiBodyError(status, f"{status}, but the body cannot be unpacked ({error})")
    return connection_error(error)


def input_error(error: InvalidRequest) -> ApiInputError:
    """The exception for arguments that cannot make a request."""
    return ApiInputError(f"{error.message}; {error.hint}" if error.hint else error.message)


def _decoded_error(content: bytes) -> object:
    try:
        body = decoded(content)
    except UnreadableBody:
        return unset
    try:
        return Error.from_openapi_data_oapg(body)
    except OpenApiException:
        kept: object = frozen(body)
        return kept
