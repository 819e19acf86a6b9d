"""A fork has connections of its own: on its parent's, it would read its parent's answers."""

import asyncio
import os
import socket
import warnings
from collections.abc import Callable

import pytest
from loopback import heard, loopback_server

import Formance
from flowgauge.client import AsyncClient, Client, Connection, InvalidRequest
from Formance.apis.tags.orchestration_api import OrchestrationApi


def in_a_fork(work: Callable[[], str]) -> str:
    """What `work` returns there."""
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        # Threads of the server stay behind, and are not needed there.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        try:
            os.write(writing, work().encode())
        except BaseException as error:  # noqa: BLE001 - whatever it is, the parent is to see it
            os.write(writing, repr(error).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return said


def counted() -> tuple[list[socket.socket], Callable[[socket.socket], None]]:
    """Answers say which connection they are on."""
    peers: list[socket.socket] = []

    def serve(peer: socket.socket) -> None:
        peers.append(peer)
        body = b'{"version":"%d"}' % len(peers)
        while True:
            heard(peer)
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            peer.sendall(head % len(body) + body)

    return peers, serve


@pytest.mark.parametrize("kind", ["typed", "Formance"])
def test_a_fork_makes_connections_of_its_own(kind: str) -> None:
    _, serve = counted()
    with loopback_server(serve) as url:
        if kind == "typed":
            client = Client(url)

            def ask() -> str:
                return client.get_server_info().version
        else:
            raw = OrchestrationApi(Formance.ApiClient(Formance.Configuration(host=url)))

            def ask() -> str:
                return str(raw.orchestrationget_server_info().body["version"])

        assert ask() == "1"
        assert in_a_fork(lambda: ask() + ask()) == "22"
        assert ask() == "1"
        client.close() if kind == "typed" else raw.api_client.close()


def test_a_lock_that_was_held_at_the_fork_holds_nobody_up() -> None:
    connection = Connection("http://127.0.0.1:9", client_id="a", client_secret="b-7d8e9f0a1b")
    with Client(connection, timeout=2) as client:
        auth = client._awaited._sender._auth
        assert auth is not None
        with auth._lock:
            assert "ConnectFailed" in in_a_fork(lambda: client.get_server_info().version)


def test_a_client_of_a_loop_is_refused_in_a_fork() -> None:
    client = AsyncClient("http://127.0.0.1:9")
    said = in_a_fork(lambda: asyncio.run(client.get_server_info()).version)
    assert said == repr(InvalidRequest("this client was made in another process"))
    asyncio.run(client.aclose())
