"""A proxy on loopback: requests in absolute form, and tunnels."""

import base64
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from loopback import loopback_server

__all__ = ["SmallProxy", "small_proxy"]


@dataclass
class SmallProxy:
    """What it asks for, and the first lines of what it was asked.

    `refuses` is the status of all its answers, where it makes no way; a server that is not there is a 502.
    After `lets_through` requests no credentials will do.
    """

    password: str = ""
    refuses: int = 0
    lets_through: int | None = None
    url: str = ""
    asked: list[str] = field(default_factory=list)

    def serve(self, peer: socket.socket) -> None:
        """One connection."""
        while head := _head(peer):
            first, *lines = head.decode("latin-1").split("\r\n")
            self.asked.append(first)
            is_shut = self.lets_through is not None and len(self.asked) > self.lets_through
            shown = base64.b64encode(f"someone:{self.password}".encode()).decode()
            if is_shut or (self.password and f"Proxy-Authorization: Basic {shown}" not in lines):
                _answer(peer, "407 Proxy Authentication Required")
                return
            if self.refuses:
                _answer(peer, f"{self.refuses} Not Today")
                return
            method, target, _ = first.split(" ")
            place = urlsplit(f"//{target}" if method == "CONNECT" else target)
            try:
                server = socket.create_connection((place.hostname or "", place.port or 80), 5)
            except OSError:
                _answer(peer, "502 Bad Gateway")
                return
            with server:
                if method == "CONNECT":
                    peer.sendall(b"HTTP/1.1 200 Connection established\r\nVia: 1.1 small\r\n\r\n")
                    _pump_both(peer, server)
                    return
                path = target.removeprefix(f"http://{place.netloc}") or "/"
                kept = [line for line in lines if not line.lower().startswith(("proxy-", "connection:"))]
                message = "\r\n".join((f"{method} {path} HTTP/1.1", "Connection: close", *kept))
                server.sendall(message.encode("latin-1"))
                _pump_both(peer, server)
                return


@contextmanager
def small_proxy(password: str = "", refuses: int = 0) -> Iterator[SmallProxy]:
    """A proxy that runs for a while."""
    proxy = SmallProxy(password, refuses)
    with loopback_server(proxy.serve) as url:
        proxy.url = url.replace("//", f"//someone:{password}@") if password else url
        yield proxy


def _head(peer: socket.socket) -> bytes:
    """All of a head, and nothing of what follows."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        piece = peer.recv(1)
        if not piece:
            return b""
        head += piece
    return head


def _answer(peer: socket.socket, status: str) -> None:
    peer.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())


def _pump_both(peer: socket.socket, server: socket.socket) -> None:
    back = threading.Thread(target=_pump, args=(server, peer))
    back.start()
    _pump(peer, server)
    back.join()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
    for sock in (source, sink):
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)
