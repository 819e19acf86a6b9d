"""The exceptions of the seed's SDK, under its names, with the defects of the original corrected.

OpenApiException
├── ApiTypeError (TypeError)            a value of the wrong type
├── ApiValueError (ValueError)          a value that cannot be
│   └── ApiInputError (also ApiTypeError)   arguments that make no request; nothing was sent
├── ApiKeyError (KeyError)              an unknown name
├── ApiAttributeError (AttributeError)  a missing member
└── ApiException                        the call went out and did not succeed
    ├── ApiConnectionError              no whole answer came: status 0, the cause is chained
    │   └── ApiTimeoutError             none came in time
    └── ApiBodyError (also ApiTypeError, ApiValueError)   a success whose body breaks the contract
"""

from collections.abc import Sequence

from flowgauge.client.answers.refusal import REDACTED
from flowgauge.inert import inert
from flowgauge.redaction import Redaction
from Formance.responses import ApiResponse
from Formance.rest import HTTPHeaders

__all__ = [
    "ApiAttributeError",
    "ApiBodyError",
    "ApiConnectionError",
    "ApiException",
    "ApiInputError",
    "ApiKeyError",
    "ApiTimeoutError",
    "ApiTypeError",
    "ApiValueError",
    "OpenApiException",
]


# Bytes of an answer's body in a message; all of it is in the exception.
_LONGEST_BODY = 100_000


class OpenApiException(Exception):
    """Root of everything that this package raises."""


class ApiTypeError(OpenApiException, TypeError):
    """A value is of the wrong type."""


class ApiValueError(OpenApiException, ValueError):
    """A value is of the right type, and still not allowed."""


class ApiInputError(ApiTypeError, ApiValueError):
    """The arguments cannot make a request. Nothing was sent."""


class ApiAttributeError(OpenApiException, AttributeError):
    """A declared member is absent, or an attempt was made to set one."""


class ApiKeyError(OpenApiException, KeyError):
    """An unknown name."""

    def __str__(self) -> str:
        # KeyError shows the repr of its argument, which is right for a key and wrong for a sentence.
        return str(self.args[0]) if self.args else ""


class ApiException(OpenApiException):
    """A call did not succeed.

    `status` is the HTTP status, 0 where no answer came; `reason` its phrase, or what went wrong on the
    way; `api_response` the answer, its body decoded where that is possible.
    """

    def __init__(
        self,
        status: int = 0,
        reason: str | None = None,
        api_response: ApiResponse | None = None,
        *,
        secrets: Sequence[str] = (),
    ) -> None:
        # Described at once, so that the secrets need not be kept.
        self._text = _described(status, reason, api_response, secrets)
        super().__init__(self._text)
        self.status = status
        self.reason = reason
        self.api_response = api_response

    @property
    def body(self) -> bytes | None:
        """The answer's body as it came, or None where no answer came."""
        return self.api_response.response.data if self.api_response is not None else None

    @property
    def headers(self) -> HTTPHeaders | None:
        """The answer's headers, or None where no answer came."""
        return self.api_response.response.headers if self.api_response is not None else None

    def __str__(self) -> str:
        return self._text

    def __reduce__(self) -> tuple[object, ...]:
        return _revived, (type(self), dict(self.__dict__))


class ApiConnectionError(ApiException):
    """No complete answer came. `__cause__` says why."""


class ApiTimeoutError(ApiConnectionError):
    """No complete answer came in time."""


class ApiBodyError(ApiException, ApiTypeError, ApiValueError):
    """The answer is a success, and its body is not what the contract promises. `reason` says where."""


def _described(
    status: int, reason: str | None, api_response: ApiResponse | None, secrets: Sequence[str]
) -> str:
    text = f"({status})\nReason: {reason}\n"
    if api_response is not None:
        response = api_response.response
        text += f"HTTP response headers: {dict(response.headers)}\n"
        if response.data:
            said = response.data[:_LONGEST_BODY].decode("utf-8", "replace")
            more = "..." if len(response.data) > _LONGEST_BODY else ""
            text += f"HTTP response body: {said}{more}\n"
    return inert(Redaction((REDACTED, secret) for secret in secrets).of(text))


def _revived(kind: type[ApiException], state: dict[str, object]) -> ApiException:
    error = kind.__new__(kind)
    error.__dict__.update(state)
    error.args = (error._text,)  # noqa: SLF001 - its own module
    return error
