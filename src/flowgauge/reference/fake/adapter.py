"""Between an HTTP library's values and the world's: requests in, responses and failures out."""

import importlib
import importlib.util
from collections.abc import AsyncIterator, Callable, Iterator
from functools import cache, lru_cache
from types import ModuleType
from typing import Any, Literal
from urllib.parse import urlsplit

import h11

from flowgauge.errors import UsageError
from flowgauge.reference.fake.conformance import Criterion
from flowgauge.reference.fake.recordings.mismatch import NetworkFailure, for_the_caller
from flowgauge.reference.fake.responder import PacedReply, Responder, Timeouts
from flowgauge.reference.world.message import Headers, WorldRequest

__all__ = ["Adapter", "LibraryName", "library"]

__tracebackhide__ = for_the_caller

# httpx or its successor: both have the same names, and share those of their errors with the core below them.
LibraryName = Literal["httpx", "httpx2"]
# Makes the library's own error of a failure on the way.
Failed = Callable[[NetworkFailure], Exception]
_NO_LIMITS: Timeouts = {}
_PORTS = {"http": 80, "https": 443}


def library(name: LibraryName = "httpx") -> ModuleType:
    """The library of that name. Raises UsageError where it is not installed."""
    if name not in {"httpx", "httpx2"}:
        raise UsageError(f"there is no fake for the library {name!r}", hint="httpx or httpx2")
    if importlib.util.find_spec(name) is None:
        raise UsageError(f"{name} is not installed", hint=f"pip install {name}")
    return importlib.import_module(name)


class Adapter:
    """Translates for one fake, whose server stands at `url`."""

    def __init__(self, url: str, responder: Callable[[], Responder[Any]]) -> None:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            parts, port = urlsplit(""), None
        more = parts.query or parts.fragment or parts.username
        if parts.scheme not in _PORTS or not parts.hostname or more:
            hint = "for instance http://server.test"
            raise UsageError(f"{url!r} is not the root URL of a server", hint=hint)
        self._responder = responder
        self._origin = (parts.scheme, parts.hostname, port or _PORTS[parts.scheme])
        self._prefix = parts.path.rstrip("/")
        self._ours = Criterion("origin", True, f"{parts.scheme}://{parts.netloc}{self._prefix}")

    def response(self, request: Any, library: ModuleType, failed: Failed) -> Any:
        """The library's response to its request, whose body has been read."""
        limits: Timeouts = request.extensions.get("timeout") or _NO_LIMITS
        message, origin = self._message(request)
        try:
            if self._responder().is_strict:
                _check_sendable(request.method, _target(request), tuple(request.headers.raw))
            answer = self._responder().answer(message, limits, origin)
        except NetworkFailure as cause:
            raise failed(cause) from None
        return self._written(answer, library, limits, failed)

    def is_ours(self, request: Any) -> bool:
        """Whether a request is for this fake's server at all."""
        return self._message(request)[1].holds

    def _message(self, request: Any) -> tuple[WorldRequest, Criterion]:
        url = request.url
        path, _, query = _target(request).decode("latin-1").partition("?")
        origin = self._ours
        if (url.scheme, url.host, url.port or _PORTS.get(url.scheme)) != self._origin:
            theirs = f"{url.scheme}://{url.netloc.decode('ascii', 'replace')}"
            origin = Criterion("origin", False, f"{theirs}, the fake is {self._ours.detail}")
        elif self._prefix:
            if path.startswith(f"{self._prefix}/"):
                path = path.removeprefix(self._prefix)
            else:
                origin = Criterion("origin", False, f"{path} is not below {self._ours.detail}")
        headers = _decoded(tuple(request.headers.raw))
        return WorldRequest(request.method, path, query, headers, request.content), origin

    def _written(self, answer: PacedReply, library: ModuleType, limits: Timeouts, failed: Failed) -> Any:
        reply = answer.reply
        headers = list(reply.headers)
        if reply.status != 204:
            headers.append(("content-length", str(len(reply.body))))
        # A stream, not content: the library would work out headers that stand here already.
        if answer.pieces is None:
            stream = library.ByteStream(b"" if reply.head_only else reply.body)
        else:
            stream = _stream_type(library)(self._pieces(answer, limits, failed))
        return library.Response(reply.status, headers=headers, stream=stream)

    def _pieces(self, answer: PacedReply, limits: Timeouts, failed: Failed) -> Iterator[bytes]:
        sent = 0
        for piece in answer.pieces or ():
            limit = limits.get("read")
            if limit is not None and answer.interval > limit:
                self._responder().passes(limit)
                raise failed(NetworkFailure("ReadTimeout", "timed out"))
            self._responder().passes(answer.interval)
            sent += len(piece)
            yield piece
        if answer.is_cut:
            size = len(answer.reply.body)
            # The words of httpcore, so that a client that reads them reads the same here.
            said = "peer closed connection without sending complete message body"
            counts = f"(received {sent} bytes, expected {size})"
            raise failed(NetworkFailure("RemoteProtocolError", f"{said} {counts}"))


def _target(request: Any) -> bytes:
    # What httpcore puts on the wire instead of the URL's path, for those who must say it exactly.
    return request.extensions.get("target") or request.url.raw_path  # type: ignore[no-any-return]


# Clients ask for few things again and again.
@lru_cache(maxsize=512)
def _check_sendable(method: str, target: bytes, headers: tuple[tuple[bytes, bytes], ...]) -> None:
    """Raises the NetworkFailure that a client meets whose own library would refuse to write the request."""
    try:
        h11.Request(method=method, target=target, headers=list(headers))
    except (h11.LocalProtocolError, UnicodeError) as error:
        # Of a header it names the value, which may be a secret.
        raise NetworkFailure("LocalProtocolError", str(error).partition(" b'")[0]) from None


@lru_cache(maxsize=64)
def _decoded(raw: tuple[tuple[bytes, bytes], ...]) -> Headers:
    """The headers with lower-case names; most requests of a client have the same."""
    return tuple((name.lower().decode("latin-1"), value.decode("latin-1")) for name, value in raw)


@cache
def _stream_type(module: Any) -> Callable[[Iterator[bytes]], Any]:
    """A body that arrives piece by piece, for sync and async clients of the library."""

    class Pieces(module.SyncByteStream, module.AsyncByteStream):  # type: ignore[misc]
        def __init__(self, pieces: Iterator[bytes]) -> None:
            self._pieces = pieces

        def __iter__(self) -> Iterator[bytes]:
            return self._pieces

        async def __aiter__(self) -> AsyncIterator[bytes]:
            for piece in self._pieces:
                yield piece

    return Pieces
