"""A response that reads like urllib3's, over httpx."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias, overload

import httpx

from flowgauge.client.errors import TransportError

__all__ = ["Failed", "HTTPHeaders", "HTTPResponse"]

# Makes the exception for a stream, with this status, whose rest does not come.
Failed: TypeAlias = Callable[[int, Exception], Exception]

_CHUNK = 65536


class HTTPHeaders(Mapping[str, str]):
    """Headers by name, whatever its case. Several of one name read as one, joined by commas."""

    def __init__(self, headers: httpx.Headers) -> None:
        self._headers = headers

    def __getitem__(self, name: str) -> str:
        return self._headers[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._headers)

    def __len__(self) -> int:
        # httpx counts two of one name twice.
        return len(self._headers.keys())

    def __repr__(self) -> str:
        return f"HTTPHeaders({dict(self)!r})"

    def getlist(self, name: str) -> list[str]:
        """Each value of that name by itself."""
        return self._headers.get_list(name)


class HTTPResponse:
    """The raw response of a call: `status`, `reason`, `headers` and the body, read at once or as a stream.

    With `failed` it is a stream, and reading raises what that makes where the rest does not come.
    """

    def __init__(self, response: httpx.Response, *, failed: Failed | None = None) -> None:
        self._response = response
        self._failed = failed
        self.status = response.status_code
        self.reason = response.reason_phrase
        self.headers = HTTPHeaders(response.headers)
        self._chunks: Iterator[bytes] | None = None
        self._buffer = bytearray()
        self._is_ended = False

    def __repr__(self) -> str:
        return f"<HTTPResponse [{self.status}]>"

    def __reduce__(self) -> tuple[object, ...]:
        # A stream cannot travel, and neither can the request, which holds the token.
        headers = [(name, value) for name, value in self.headers.items() if name != "content-encoding"]
        return HTTPResponse, (httpx.Response(self.status, headers=headers, content=self.data),)

    @property
    def data(self) -> bytes:
        """The whole body; of a stream that was read from, what is left of it."""
        if self._failed is None:
            return self._response.content
        if self._chunks is None:
            self.load()
            return self._response.content
        left = self.read()
        self._buffer += left
        return left

    @overload
    def getheader(self, name: str) -> str | None: ...
    @overload
    def getheader(self, name: str, default: str) -> str: ...
    def getheader(self, name: str, default: str | None = None) -> str | None:
        """The header of that name, or `default`."""
        return self.headers.get(name, default)

    def getheaders(self) -> HTTPHeaders:
        """All headers."""
        return self.headers

    def read(self, amt: int | None = None) -> bytes:
        """The next `amt` bytes of the body, or (None, or negative) all that is left; empty at the end."""
        if amt is not None and amt < 0:
            amt = None
        while not self._is_ended and (amt is None or len(self._buffer) < amt):
            self._fetch()
        size = len(self._buffer) if amt is None else amt
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    def stream(self, amt: int = _CHUNK) -> Iterator[bytes]:
        """The rest of the body in pieces of at most `amt` bytes."""
        while piece := self.read(amt):
            yield piece

    def release_conn(self) -> None:
        """Give the connection back; what is unread is lost."""
        self.close()

    def close(self) -> None:
        """Give the connection back; what is unread is lost."""
        self._is_ended = True
        self._response.close()

    def load(self) -> None:
        """Read the whole body of a stream at once."""
        try:
            self._response.read()
        except (TransportError, httpx.DecodingError) as error:
            raise self._failure(error) from error
        finally:
            self._response.close()
        self._failed = None

    def _fetch(self) -> None:
        if self._chunks is None:
            self._chunks = self._response.iter_bytes()
        try:
            self._buffer += next(self._chunks)
        except StopIteration:
            self.close()
        except (TransportError, httpx.DecodingError) as error:
            self.close()
            raise self._failure(error) from error

    def _failure(self, error: Exception) -> Exception:
        return error if self._failed is None else self._failed(self.status, error)
