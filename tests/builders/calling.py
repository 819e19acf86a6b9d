"""A way to ask a server over real sockets."""

import http.client
import json
import socket
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

from asking import ROOT

from flowgauge.reference.server.embedded import Embedded

FLOWS = f"{ROOT}/flows"
JSON = {"content-type": "application/json"}
# For whatever must happen in the end; nothing takes anywhere near as long.
PATIENCE = 20.0


class Caller:
    """One connection to a server, kept open."""

    def __init__(self, server: Embedded) -> None:
        address = urlsplit(server.url)
        assert address.hostname
        assert address.port
        self.address = (address.hostname, address.port)
        self.url, self.token = server.url, server.token
        self.connection = http.client.HTTPConnection(*self.address, timeout=PATIENCE)

    def ask(
        self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        sent = (
            {"authorization": f"Bearer {self.token}"} | (JSON if body is not None else {}) | (headers or {})
        )
        content = json.dumps(body) if isinstance(body, dict) else body
        self.connection.request(method, path, content, sent, encode_chunked=hasattr(body, "__next__"))
        response = self.connection.getresponse()
        return response.status, response.headers, response.read()

    def data(self, method: str, path: str, body: Any = None) -> Any:
        status, _, text = self.ask(method, path, body)
        assert status < 300, text
        return json.loads(text)["data"]

    def created(self, *stages: Any) -> str:
        return str(self.data("POST", FLOWS, {"stages": list(stages)})["id"])

    def raw(self, text: bytes) -> socket.socket:
        """A connection of its own with these bytes sent on it; `@` stands for the token's header."""
        peer = socket.create_connection(self.address, timeout=PATIENCE)
        peer.sendall(text.replace(b"@", self.token_header))
        return peer

    @property
    def token_header(self) -> bytes:
        return f"host: x\r\nauthorization: Bearer {self.token}".encode()

    def said(self, text: bytes) -> bytes:
        """Everything that comes back on a connection that the server closes."""
        with closing(self.raw(text)) as peer:
            return b"".join(iter(lambda: peer.recv(65536), b""))


def delay(milliseconds: int) -> dict[str, Any]:
    return {"delay": {"duration": f"{milliseconds}ms"}}


def eventually(claim: Callable[[], bool]) -> bool:
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        if claim():
            return True
        time.sleep(0.01)
    return False


def read_answer(peer: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """One answer with a Content-Length; what follows it stays unread."""
    with peer.makefile("rb", buffering=0) as lines:
        status = int(lines.readline().split()[1])
        headers = {}
        while line := lines.readline().strip().decode():
            name, _, value = line.partition(": ")
            headers[name.lower()] = value
        length = int(headers["content-length"])
        body = b""
        while len(body) < length:
            body += lines.read(length - len(body)) or b""
    return status, headers, body
