"""The steps of a call, as generators that do no I/O.

A generator yields what is to be done (`Send` a request, or pause for a float of seconds) and is sent what
came of it: a response whose body has been read, or the TransportError that came instead. The sync and the
async client carry the steps out, so redirects, retries and polling are written once.
"""

import re
from collections.abc import Generator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias, TypeVar

import httpx
import msgspec

from flowgauge.client.answers.refusal import intact, refusal, secret_of
from flowgauge.client.errors import InvalidRequest, TransportError
from flowgauge.client.http.retry import Retry
from flowgauge.client.http.timing import AsyncClock, Clock, Deadline, Timeout
from flowgauge.client.http.wire import Call, parsed

__all__ = ["Endpoint", "Send", "Steps", "answered", "bearer", "exchange", "origin_of", "url_of"]

T = TypeVar("T")

_MAX_HOPS = 5
# These two repeat the method and the body; the others would turn a POST into a GET.
_SAME_METHOD = frozenset({307, 308})
_MOVED = frozenset({301, 302, 303, 307, 308})
_CREDENTIALS = frozenset({"authorization", "cookie", "proxy-authorization"})
_VISIBLE = re.compile(r"[\x21-\x7e]+")
_HIGHEST_PORT = 65535
_LONGEST_QUOTE = 200
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Send(msgspec.Struct, frozen=True):
    """Send this request by the deadline. The body of a streamed success is left unread."""

    request: httpx.Request
    deadline: Deadline
    is_streamed: bool


Steps: TypeAlias = Generator[Send | float, httpx.Response | TransportError | None, T]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where calls go and how. `url` has no trailing slash; `headers` go with each request."""

    url: str
    headers: tuple[tuple[str, str], ...] = ()
    token: str | None = field(default=None, repr=False)
    retry: Retry | None = None
    follow_redirects: bool = False

    def request(self, call: Call[Any]) -> httpx.Request:
        """The request of a call to this server. Raises InvalidRequest."""
        headers = list(self.headers)
        if self.token is not None:
            headers.append(("Authorization", bearer(self.token)))
        if call.body is not None:
            headers.append(("Content-Type", "application/json"))
        url = url_of(self.url + call.target)
        try:
            return httpx.Request(call.method, url, headers=headers, content=call.body)
        except UnicodeEncodeError as error:
            raise InvalidRequest(f"no request can be made of {self.url}: {error}") from None


# Parsing takes a tenth of a call's time, and most calls ask for few URLs again and again.
@lru_cache(maxsize=256)
def url_of(text: str) -> httpx.URL:
    """The URL that a text is. Raises InvalidRequest."""
    try:
        url = httpx.URL(text)
        # Some international names are found out only when they are asked for.
        _ = url.host
    except (httpx.InvalidURL, UnicodeError) as error:
        raise InvalidRequest(f"{text[:_LONGEST_QUOTE]!r} is not a URL: {error}") from None
    return url


def bearer(token: str) -> str:
    """The value of the Authorization header. Raises InvalidRequest for what cannot stand in one."""
    if not isinstance(token, str) or not _VISIBLE.fullmatch(token):
        # The token itself stays out of the message.
        raise InvalidRequest(
            "the bearer token is empty, or holds a space, a line break or a character beyond ASCII",
            hint="strip what surrounds the token, for instance the line break at a file's end",
        )
    return f"Bearer {token}"


def exchange(
    call: Call[Any],
    endpoint: Endpoint,
    timeout: Timeout,
    clock: Clock | AsyncClock,
    *,
    is_streamed: bool = False,
) -> Steps[httpx.Response]:
    """Send a call until it succeeds, is refused, or is not worth another attempt.

    Returns the success; raises ApiError, TransportError, or UnexpectedReply where it cannot be unpacked.
    """
    request = endpoint.request(call)
    deadline = Deadline(timeout, clock.monotonic)
    attempt, hops = 1, 0
    while True:
        outcome = yield Send(request, deadline, is_streamed)
        if isinstance(outcome, httpx.Response):
            if 200 <= outcome.status_code < 300:
                return intact(outcome)
            moved = _moved(request, outcome) if endpoint.follow_redirects and hops < _MAX_HOPS else None
            if moved is not None:
                request, hops = moved, hops + 1
                continue
        assert outcome is not None
        pause = None
        if endpoint.retry is not None:
            pause = endpoint.retry.pause_after(
                attempt, call.method, outcome, chance=clock.chance(), wall=clock.wall()
            )
        if pause is None:
            raise outcome if isinstance(outcome, TransportError) else refusal(outcome)
        yield pause
        deadline = Deadline(timeout, clock.monotonic)
        attempt += 1


def answered(call: Call[T], endpoint: Endpoint, timeout: Timeout, clock: Clock | AsyncClock) -> Steps[T]:
    """Send a call and read its success. Raises ClientError."""
    return parsed(call, (yield from exchange(call, endpoint, timeout, clock)))


def origin_of(url: httpx.URL) -> tuple[str, str, int | None]:
    """Scheme, host and port: what credentials are given to."""
    return url.scheme, url.host, url.port or _DEFAULT_PORTS.get(url.scheme)


def _moved(request: httpx.Request, response: httpx.Response) -> httpx.Request | None:
    """The request to make instead, or None where following would change what is asked.

    Credentials stay behind when the other address is another origin. An address that holds some is not
    followed: addresses are shown and logged.
    """
    status, location = response.status_code, response.headers.get("location")
    if status not in _MOVED or not location or (request.method != "GET" and status not in _SAME_METHOD):
        return None
    try:
        url = request.url.join(location)
        is_address = url.scheme in _DEFAULT_PORTS and url.host and (url.port or 0) <= _HIGHEST_PORT
    except (httpx.InvalidURL, UnicodeError):
        return None
    secret = secret_of(request)
    if not is_address or url.userinfo or (secret and secret in location):
        return None
    is_same = origin_of(url) == origin_of(request.url)
    headers = [
        (name, value)
        for name, value in request.headers.multi_items()
        if name not in {"host", "content-length"} and (is_same or name not in _CREDENTIALS)
    ]
    return httpx.Request(request.method, url, headers=headers, content=request.content or None)
