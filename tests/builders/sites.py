"""Little servers of anything: each request is answered by a function of its method and target."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

__all__ = ["JSON", "Said", "site"]

JSON = {"Content-Type": "application/json"}
# Status, headers, body.
Said = tuple[int, dict[str, str], bytes]


class _Six(ThreadingHTTPServer):
    address_family = socket.AF_INET6


@contextmanager
def site(
    answer: Callable[[str, str, dict[str, str]], Said], *, host: str = "127.0.0.1"
) -> Iterator[tuple[str, list[str]]]:
    """The root URL, and what was asked so far, as "GET /x"."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            asked.append(f"{self.command} {self.path}")
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, headers, body = answer(
                self.command, self.path, {name.lower(): value for name, value in self.headers.items()}
            )
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_POST = do_HEAD = do_DELETE = do_PUT = do_PATCH = do_OPTIONS = handle_any  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = (_Six if ":" in host else ThreadingHTTPServer)((host, 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://{f'[{host}]' if ':' in host else host}:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
