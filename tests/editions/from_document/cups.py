"""A small API, and its server on loopback: cups on a shelf, as somebody else might have written them."""

import contextlib
import json
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from email.errors import MissingHeaderBodySeparatorDefect
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TEXT, TIME = {"type": "string"}, {"type": "string", "format": "date-time"}
CUP = {
    "type": "object",
    "required": ["id", "label", "created"],
    "properties": {"id": {"type": "integer"}, "label": TEXT, "created": TIME},
}
DRAFT = {"type": "object", "required": ["label"], "properties": {"label": TEXT}}


def answers(schema: Any, status: str = "200") -> dict[str, Any]:
    return {
        status: {"description": "-", "content": {"application/json": {"schema": schema}}},
        "404": {"description": "there is none"},
    }


DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "cups", "version": "1"},
    "paths": {
        "/health": {"get": {"operationId": "health", "responses": answers({"type": "object"})}},
        "/shutdown": {"post": {"operationId": "shutDown", "responses": {"204": {"description": "-"}}}},
        "/cups": {
            "get": {"operationId": "all", "responses": answers({"type": "array", "items": CUP})},
            "delete": {"operationId": "breakAll", "responses": {"204": {"description": "-"}}},
            "post": {
                "operationId": "make",
                "requestBody": {"required": True, "content": {"application/json": {"schema": DRAFT}}},
                "responses": {**answers(CUP, "201"), "400": {"description": "no cup"}},
            },
        },
        "/cups/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
            "get": {"operationId": "read", "responses": answers(CUP)},
            "delete": {
                "operationId": "drop",
                "responses": {"204": {"description": "-"}, "404": {"description": "-"}},
            },
        },
    },
}


def _refused(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


class _Cups(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "_Server"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
        """Nothing is logged."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def _is_http(self) -> bool:
        """Whether the message is one (RFC 9112); the standard library takes others too."""
        hosts = self.headers.get_all("Host", [])
        lengths = self.headers.get_all("Content-Length", ["0"])
        coding = self.headers.get("Transfer-Encoding", "chunked").lower()
        is_of_one = len(hosts) == len(lengths) == 1 and re.fullmatch(r"[\w.:\[\]-]+", hosts[0]) is not None
        is_cut = any(isinstance(each, MissingHeaderBodySeparatorDefect) for each in self.headers.defects)
        return is_of_one and lengths[0].isdecimal() and coding == "chunked" and not is_cut

    def _answer(self) -> None:
        if not self._is_http():
            self.close_connection = True
            self.send_error(400)
            return
        self.path = re.sub(r"^http://[^/]+", "", self.path)
        body = self._body()
        with self.server.lock:
            status, value = self._answered(self.path.partition("?")[0], body)
        content = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        if status == 405:
            self.send_header("Allow", "POST" if self.path == "/shutdown" else "DELETE, GET, HEAD")
        if value is not None:
            self.send_header("Content-Type", "application/json")
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _answered(self, path: str, body: bytes) -> tuple[int, Any]:
        cups, reads = self.server.cups, self.command in {"GET", "HEAD"}
        if path == "/health" and reads:
            return 200, {}
        if path == "/shutdown" and self.command != "POST":
            return 405, None
        if path == "/shutdown" or (path == "/cups" and self.command == "DELETE"):
            self.server.spoilt.append(self.command)
            return 204, None
        if path == "/cups" and reads:
            return 200, [*cups.values()]
        if path == "/cups" and self.command == "POST":
            return self._made(body)
        text = path.removeprefix("/cups/")
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1
        if text == path or number not in cups:
            return 404, None
        if reads:
            return (500, {}) if self.server.breaks_at_reads else (200, cups[number])
        if self.command != "DELETE":
            return 405, None
        # What is tried once at the beginning works.
        if not self.server.forgets_to_delete or not self.server.deleted:
            del cups[number]
        self.server.deleted += 1
        return 204, None

    def _made(self, body: bytes) -> tuple[int, Any]:
        try:
            draft = json.loads(body.decode(), parse_constant=_refused)
            label = draft["label"]
        except (ValueError, TypeError, KeyError, RecursionError):
            return 400, None
        is_json = self.headers.get("Content-Type", "").partition(";")[0].strip().lower() == "application/json"
        if not isinstance(label, str) or not is_json or "Content-Encoding" in self.headers:
            return 400, None
        if self.server.has_unique_labels and any(cup["label"] == label for cup in self.server.cups.values()):
            return 409, None
        number = self.server.last = self.server.last + 1
        made = {"id": number, "label": label, "created": datetime.now(UTC).isoformat()}
        self.server.cups[number] = made
        return 201, made


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, *, forgets_to_delete: bool) -> None:
        super().__init__(("127.0.0.1", 0), _Cups)
        self.forgets_to_delete = forgets_to_delete
        self.has_unique_labels = self.breaks_at_reads = False
        self.cups: dict[int, dict[str, Any]] = {}
        self.last = self.deleted = 0
        self.spoilt: list[str] = []
        self.lock = threading.Lock()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is nothing to report."""


@contextlib.contextmanager
def serving(*, forgets_to_delete: bool = False) -> Iterator[_Server]:
    """The server; its URL is `http://127.0.0.1:{server_port}`."""
    with _Server(forgets_to_delete=forgets_to_delete) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
