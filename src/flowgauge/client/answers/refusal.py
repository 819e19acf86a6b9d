"""Which error a failed call raises, and what it says. Pure.

No message quotes a header of the request, so no message can hold a token; what the server wrote is cut
short, after whatever equals the request's credentials has been struck out of it.
"""

import ssl
from collections.abc import Iterator
from functools import lru_cache

import httpx

from flowgauge.client.answers.reading import UnreadableBody, decoded
from flowgauge.client.errors import (
    ApiError,
    BadRequest,
    ConnectFailed,
    ConnectionBroken,
    NotFound,
    Redirected,
    ServerError,
    Throttled,
    TimedOut,
    TlsFailed,
    TransportError,
    Unauthorized,
    UnexpectedReply,
)
from flowgauge.inert import inert
from flowgauge.redaction import Redaction, is_secret_header, without_known_secrets

__all__ = [
    "REDACTED",
    "TRANSPORT_FAILURES",
    "intact",
    "is_shown_in",
    "redacted",
    "refusal",
    "request_line",
    "secrets_of",
    "transport_error",
    "unexpected",
    "unpackable",
]

_LONGEST_QUOTE = 500
# A long body is cut before it is looked through, where no half of a secret can be among what is quoted.
_LOOKED_AT = 8 * _LONGEST_QUOTE
REDACTED = "[redacted]"
# h11's words for a head, or a line of a chunk, of more than the 100 KiB that httpcore lets it read.
_TOO_LONG = "Receive buffer too long"
# Under this name a response carries what is wrong with its body.
_FLAW = "flowgauge_flaw"
_BODY_HEADERS = frozenset({"content-encoding", "content-length", "transfer-encoding"})

# httpx wraps nearly everything; the last three leak from the socket layer for hosts and ports that no
# address can have, and from TLS under asyncio.
TRANSPORT_FAILURES = (httpx.HTTPError, UnicodeError, OverflowError, OSError)

_UNCONNECTED = (httpx.ConnectError, httpx.ProxyError, httpx.UnsupportedProtocol)

_BY_STATUS: dict[int, type[ApiError]] = {
    401: Unauthorized,
    403: Unauthorized,
    404: NotFound,
    429: Throttled,
}
_HINTS: dict[type[ApiError], str] = {
    Unauthorized: "the server refused the credentials: check the token, or the client's id and secret",
    NotFound: "check the ids, and that the URL is the server's root",
    Throttled: "try again later, or pass retry=Retry() to the client",
    ServerError: "the server is at fault; its own log says more",
}


def request_line(request: httpx.Request) -> str:
    """Method and URL."""
    return f"{request.method} {request.url}"


def redacted(text: str, *secrets: str | None) -> str:
    """The beginning of `text`, without these secrets or those that the process knows, and made inert."""
    return inert(without_known_secrets(_redaction(*filter(None, secrets)).of(text[:_LOOKED_AT])))


def is_shown_in(secrets: list[str], text: str) -> bool:
    """Whether `text` holds one of these."""
    return _redaction(*secrets).of(text) != text


def secrets_of(request: httpx.Request) -> list[str]:
    """The credentials in a request's headers."""
    values = (value for name, value in request.headers.multi_items() if is_secret_header(name))
    # Without the scheme, where there is one.
    return [value.partition(" ")[2] or value for value in values]


@lru_cache(maxsize=16)
def _redaction(*secrets: str) -> Redaction:
    return Redaction((REDACTED, secret) for secret in secrets)


def refusal(response: httpx.Response) -> ApiError:
    """The error for a response that is not a success. Its body has been read."""
    status = response.status_code
    code, said = _reason(response.content)
    kind = _kind(status)
    secrets = secrets_of(response.request)
    message = f"{status} {response.reason_phrase}".rstrip()
    # As UTF-8, whatever it says that it is: not every codec that a header can name decodes text.
    quote = said or response.extensions.get(_FLAW) or response.content.decode("utf-8", "replace").strip()
    if quote:
        # Cut after it was struck out, or half of a token could stay.
        message = f"{message}: {redacted(quote, *secrets)[:_LONGEST_QUOTE]}"
    hint = _HINTS.get(kind)
    if kind is Redirected:
        where = response.headers.get("location", "(it does not say where)")
        hint = f"the server redirects to {where}; call that address, or allow redirects"
    error = kind(
        redacted(message, *secrets),
        hint=redacted(hint, *secrets) if hint else None,
        request=request_line(response.request),
        status=status,
        code=code,
    )
    error.response = response
    return error


def unpackable(response: httpx.Response, error: httpx.DecodingError) -> httpx.Response:
    """A response without its body, which cannot be unpacked; `refusal` and `intact` say so.

    The answer has come, and its status says more than the flaw does.
    """
    headers = [(name, value) for name, value in response.headers.multi_items() if name not in _BODY_HEADERS]
    said = f"the body cannot be unpacked ({error})"
    return httpx.Response(
        response.status_code,
        headers=headers,
        content=b"",
        request=response.request,
        extensions=response.extensions | {_FLAW: said},
    )


def intact(response: httpx.Response) -> httpx.Response:
    """A success, unless its body could not be unpacked. Raises UnexpectedReply."""
    flaw = response.extensions.get(_FLAW)
    if flaw is not None:
        raise unexpected(response, flaw, is_json=True)
    return response


def unexpected(response: httpx.Response, detail: str, *, is_json: bool) -> UnexpectedReply:
    """The error for a success whose body is not what the contract promises."""
    hint = "the server breaks the contract" if is_json else "check that the URL is the server's root"
    error = UnexpectedReply(
        f"{response.status_code}, but {redacted(detail, *secrets_of(response.request))[:_LONGEST_QUOTE]}",
        hint=hint,
        request=request_line(response.request),
        status=response.status_code,
    )
    error.response = response
    return error


def transport_error(error: Exception, request: httpx.Request, *, total: float) -> TransportError:
    """The error for a request without a complete answer. `total` is the limit (seconds) that was set."""
    line = request_line(request)
    said = redacted(str(error) or type(error).__name__, *secrets_of(request))[:_LONGEST_QUOTE]
    if isinstance(error, httpx.TimeoutException):
        what = "no connection" if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout) else "no answer"
        return TimedOut(f"{what} in time (limit {total:g} s)", hint="allow a longer timeout", request=line)
    if any(isinstance(cause, ssl.SSLError) for cause in _causes(error)):
        hint = "check the server's certificate and the client's certificate authorities"
        return TlsFailed(f"TLS failed: {said}", hint=hint, request=line)
    if not isinstance(error, httpx.HTTPError | OSError) or isinstance(error, _UNCONNECTED):
        return ConnectFailed(
            f"no connection: {said}", hint="check the URL and that the server runs", request=line
        )
    if _TOO_LONG in said:
        return ConnectionBroken("the head of the answer is too long", request=line)
    return ConnectionBroken(f"the connection broke: {said}", request=line)


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _kind(status: int) -> type[ApiError]:
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if 300 <= status < 400:
        return Redirected
    return BadRequest if 400 <= status < 500 else ServerError


def _reason(content: bytes) -> tuple[str | None, str | None]:
    """The errorCode and errorMessage of an Error body, each None where the body has none."""
    try:
        body = decoded(content)
    except UnreadableBody:
        return None, None
    fields = body if isinstance(body, dict) else {}
    code, said = fields.get("errorCode"), fields.get("errorMessage")
    return code if isinstance(code, str) else None, said if isinstance(said, str) else None
