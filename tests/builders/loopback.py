"""Servers made of a socket and a function, for what no well-behaved server would do."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress

__all__ = ["counting", "heard", "loopback_server"]


@contextmanager
def loopback_server(
    serve: Callable[[socket.socket], None], tls: ssl.SSLContext | None = None
) -> Iterator[str]:
    """Give each connection to `serve`, in a thread of its own; the value is the root URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    peers: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def accept() -> None:
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            peers.append(peer)
            threads.append(threading.Thread(target=attend, args=(peer,)))
            threads[-1].start()

    def attend(peer: socket.socket) -> None:
        with closing(peer), suppress(OSError):
            peer.settimeout(10)
            if tls is None:
                serve(peer)
                return
            with tls.wrap_socket(peer, server_side=True) as secure:
                serve(secure)

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield f"http{'s' if tls else ''}://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        for ended in (listener, *peers):
            # close() alone leaves a thread asleep that waits for the socket.
            with suppress(OSError):
                ended.shutdown(socket.SHUT_RDWR)
            ended.close()
        for thread in (accepting, *threads):
            thread.join(10)


def heard(peer: socket.socket) -> bytes:
    """The head of one request, which has no body. Raises OSError where the client has left."""
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = peer.recv(65536)
        if not chunk:
            raise OSError("the client has left")
        data += chunk
    return data


def counting(connections: list[socket.socket], body: bytes) -> Callable[[socket.socket], None]:
    """Answers every request of every connection with the same JSON, and keeps the connections it saw."""
    lock = threading.Lock()
    head = (
        f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n".encode()
    )

    def serve(peer: socket.socket) -> None:
        with lock:
            connections.append(peer)
        while True:
            heard(peer)
            peer.sendall(head + body)

    return serve
