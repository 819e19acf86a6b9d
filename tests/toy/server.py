"""The library over HTTP/1.1 on loopback."""

import contextlib
import http.client
import re
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.errors import MissingHeaderBodySeparatorDefect
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from .library import BODY_LIMIT, Library
from .strict import Refused
from .wire import Request, Response

HOST, FOLD = re.compile(r"[\w.:\[\]-]+"), re.compile(r"\r?\n[ \t]+")
DRAINED_AT_MOST = 16 * BODY_LIMIT


class Server(ThreadingHTTPServer):
    """A server of one library; its URL is `url`."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, library: Library) -> None:
        super().__init__(("127.0.0.1", 0), Connection)
        self.library = library

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is nothing to report."""


class Connection(BaseHTTPRequestHandler):
    """Reads requests off a connection and writes the library's responses."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 30
    server: Server

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Every method is the library's to judge."""
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
        """Nothing is logged."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What is no HTTP request gets a problem too, and then the connection is closed."""
        self.close_connection = True
        self._write(self.server.library.problem(Refused(400, "this is no request that HTTP knows")))

    def _answer(self) -> None:
        try:
            request = self._request()
        except Refused as refused:
            self.close_connection = True
            self._write(self.server.library.problem(refused))
        else:
            self._write(self.server.library.answer(request, datetime.now(UTC)))

    def _request(self) -> Request:
        body = self._body()
        hosts = self.headers.get_all("host", [])
        if self.request_version == "HTTP/1.1" and not (len(hosts) == 1 and HOST.fullmatch(hosts[0])):
            raise Refused(400, "say which host you mean")
        if any(isinstance(each, MissingHeaderBodySeparatorDefect) for each in self.headers.defects):
            raise Refused(400, "this is no header that HTTP knows")
        headers: dict[str, tuple[str, ...]] = {}
        for name, value in self.headers.items():
            headers[name.lower()] = (*headers.get(name.lower(), ()), FOLD.sub(" ", value).strip(" \t"))
        return Request(self.command, self._target(), headers, body)

    def _target(self) -> str:
        """The target as it was sent: `self.path` has lost a second slash at its start."""
        target = self.requestline.split()[1]
        if target.startswith("/"):
            return target
        parts = urlsplit(target)
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def _body(self) -> bytes:
        """The body; of one that is too long, just enough to show that it is."""
        coding, lengths = self.headers.get_all("transfer-encoding"), self.headers.get_all("content-length")
        if coding is not None:
            if lengths is not None or [name.strip().lower() for name in coding] != ["chunked"]:
                raise Refused(400, "how long is the body?")
            return self._chunks()
        if lengths is None:
            return b""
        if len(lengths) != 1 or not (lengths[0].isascii() and lengths[0].isdigit()):
            raise Refused(400, "how long is the body?")
        if len(lengths[0]) > len(str(DRAINED_AT_MOST)):
            raise Refused(413, "the body is longer than a mebibyte")
        return self._read(int(lengths[0]))

    def _read(self, length: int) -> bytes:
        if length > DRAINED_AT_MOST:
            raise Refused(413, "the body is longer than a mebibyte")
        body = self.rfile.read(length)
        if len(body) < length:
            raise Refused(400, "the body ends early")
        return body

    def _chunks(self) -> bytes:
        body = b""
        while True:
            size = self.rfile.readline(1024).partition(b";")[0].strip()
            if not size or size.strip(b"0123456789abcdefABCDEF"):
                raise Refused(400, "that is no chunk")
            length = int(size, 16)
            if length == 0:
                break
            body += self._read(length)
            if len(body) > DRAINED_AT_MOST:
                raise Refused(413, "the body is longer than a mebibyte")
            if self.rfile.readline(3) != b"\r\n":
                raise Refused(400, "that is no chunk")
        while self.rfile.readline(65537) not in {b"\r\n", b"\n", b""}:
            pass
        return body

    def _write(self, response: Response) -> None:
        headers = {**response.headers, "Date": self.date_time_string()}
        if response.status != 204:  # a problem that the library did not answer with itself
            headers.setdefault("Content-Length", str(len(response.body)))
        if self.close_connection:
            headers["Connection"] = "close"
        lines = [f"HTTP/1.1 {response.status} {http.client.responses[response.status]}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1") + response.body)


@contextlib.contextmanager
def serving(library: Library) -> Iterator[str]:
    """The URL of a server of the library, which ends with the block."""
    server = Server(library)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server.url
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
