"""From the client's errors to the exceptions of this package."""

from flowgauge.client.errors import ApiError, InvalidRequest, UnexpectedReply
from flowgauge.client.reading import Unreadable, decoded
from Formance.exceptions import ApiBodyError, ApiException, ApiInputError, OpenApiException
from Formance.model.error import Error
from Formance.responses import ApiResponseForDefault, ApiResponseWithoutDeserialization
from Formance.rest import HTTPResponse
from Formance.schemas import frozen, unset

__all__ = ["body_error", "input_error", "refused"]


def refused(error: ApiError, token: str | None) -> ApiException:
    """The exception for an answer that is no success."""
    response = HTTPResponse(error.response)
    return ApiException(
        response.status,
        response.reason,
        ApiResponseForDefault(response, _decoded_error(response.data)),
        secrets=[token] if token else (),
    )


def body_error(error: UnexpectedReply, token: str | None) -> ApiBodyError:
    """The exception for a success whose body breaks the contract."""
    response = HTTPResponse(error.response)
    return ApiBodyError(
        response.status,
        error.message,
        ApiResponseWithoutDeserialization(response),
        secrets=[token] if token else (),
    )


def input_error(error: InvalidRequest) -> ApiInputError:
    """The exception for arguments that make no request."""
    return ApiInputError(f"{error.message}; {error.hint}" if error.hint else error.message)


def _decoded_error(content: bytes) -> object:
    try:
        body = decoded(content)
    except Unreadable:
        return unset
    try:
        return Error.from_openapi_data_oapg(body)
    except OpenApiException:
        kept: object = frozen(body)
        return kept
