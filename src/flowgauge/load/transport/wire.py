"""The bytes of requests, compiled once per operation and target.

Paths and methods come from the table of operations; what is left to do per request is to put ids and a
body between ready pieces.
"""

from collections.abc import Sequence
from urllib.parse import quote, urlsplit

import msgspec

from flowgauge.client.proxy import Proxy
from flowgauge.errors import UsageError
from flowgauge.openapi import Operation
from flowgauge.openapi.media_types import JSON, is_declared, is_json, json_among

__all__ = ["Template", "Wire", "WireCall"]


class WireCall(msgspec.Struct, frozen=True, gc=False):
    """A request ready to be sent: the operation's short name in the scenario, and the bytes.

    `root` is what stands in its target in front of the path that the document has.
    """

    name: str
    wire: bytes
    root: str = ""


class Wire:
    """One target, and as whom; `headers` go with every request, by way of the `proxy` if there is one."""

    def __init__(
        self,
        url: str,
        bearer: str | None,
        headers: Sequence[tuple[str, str]] = (),
        proxy: Proxy | None = None,
    ) -> None:
        parts = urlsplit(url)
        self.path = parts.path
        self._host = parts.netloc.encode("idna" if not parts.netloc.isascii() else "ascii")
        if proxy is not None and parts.scheme == "http":
            self.path = f"http://{self._host.decode()}{parts.path}"
            headers = (*headers, *proxy.headers)
        self._more = b"".join(f"{name}: {value}\r\n".encode("ascii") for name, value in headers)
        self.authorize(bearer)

    def authorize(self, bearer: str | None) -> None:
        """Send this token from now on, or none."""
        self.head = b" HTTP/1.1\r\nHost: " + self._host + b"\r\n"
        if bearer is not None:
            self.head += b"Authorization: Bearer " + bearer.encode("latin-1") + b"\r\n"
        self.head += self._more


class Template:
    """Requests of one operation, called `name` in the results. It succeeds with any of `successes`."""

    __slots__ = ("_memo", "_pieces", "_query", "_tail", "_type", "_wire", "name", "operation_id", "successes")

    def __init__(self, wire: Wire, name: str, operation: Operation, query: str = "") -> None:
        self.name, self.operation_id = name, operation.id
        self.successes = operation.possible_successes
        self._wire = wire
        # The last call without ids: journeys send the same one over and over.
        self._memo: tuple[bytes, bytes | None, str, WireCall] | None = None
        self._tail = f"Accept: {_accepted(operation)}\r\n".encode("ascii")
        self._type = f"Content-Type: {json_among(operation.request_media_types)}\r\n".encode("ascii")
        self._query = f"?{query}".encode("ascii") if query else b""
        path = wire.path + operation.path
        for parameter in operation.path_parameters:
            path = path.replace("{" + parameter + "}", "\0")
        first, *rest = path.encode("ascii").split(b"\0")
        self._pieces = (operation.method.encode("ascii") + b" " + first, *rest)

    def call(self, *ids: str, body: bytes | None = None, query: str = "") -> WireCall:
        """A request for the resource that `ids` name, in path order; `query` is encoded already."""
        head, memo = self._wire.head, self._memo
        if memo is not None and not ids and memo[0] is head and memo[1] is body and memo[2] == query:
            return memo[3]
        first, *rest = self._pieces
        if len(ids) != len(rest):
            raise UsageError(f"a call of {self.operation_id} takes {len(rest)} ids, not {len(ids)}")
        if query and not (query.isascii() and query.isprintable() and " " not in query):
            raise UsageError(f"a call of {self.operation_id}: the query {query!r} is not encoded")
        target = first
        for value, piece in zip(ids, rest, strict=False):
            target += quote(value, safe="").encode("ascii") + piece
        target += f"?{query}".encode("ascii") if query else self._query
        if body is None:
            call = WireCall(self.name, target + head + self._tail + b"\r\n", self._wire.path)
        else:
            framing = self._tail + self._type + b"Content-Length: %d\r\n\r\n" % len(body)
            call = WireCall(self.name, target + head + framing + body, self._wire.path)
        if not ids:
            self._memo = (head, body, query, call)
        return call


def _accepted(operation: Operation) -> str:
    """The Accept of its requests: JSON, as the answers of its successes are labelled in the document.

    A server may refuse to answer with anything else (RFC 9110, section 15.5.7).
    """
    answers = (operation.response(status) for status in sorted(operation.possible_successes))
    declared = [each for answer in answers if answer is not None for each in answer.media_types]
    is_other = declared and not is_declared(JSON, declared) and not any(map(is_json, declared))
    return "*/*" if is_other else json_among(declared)
