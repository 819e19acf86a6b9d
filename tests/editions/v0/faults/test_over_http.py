"""Faults that need a wire: time, parallel calls, framing."""

import json
import time
from collections.abc import Callable
from contextlib import ExitStack, closing

import pytest
from calling import FLOWS, Caller, delay


def test_parallel_creates_are_lost(caller_of: Callable[..., Caller]) -> None:
    caller = caller_of("concurrent-create-lost")
    for _ in range(4):
        caller.created()
    assert len(caller.data("GET", FLOWS)) == 4
    request = b"POST %b HTTP/1.1\r\n@\r\nconnection: close\r\n\r\n" % FLOWS.encode()
    with ExitStack() as stack:
        peers = [stack.enter_context(closing(caller.raw(request))) for _ in range(16)]
        said = [b"".join(iter(lambda p=peer: p.recv(65536), b"")) for peer in peers]
    assert all(text.startswith(b"HTTP/1.1 201 ") for text in said)
    assert len(caller.data("GET", FLOWS)) < 20


def test_parallel_creates_are_not_lost_on_the_clean_server(caller: Caller) -> None:
    request = b"POST %b HTTP/1.1\r\n@\r\nconnection: close\r\n\r\n" % FLOWS.encode()
    with ExitStack() as stack:
        peers = [stack.enter_context(closing(caller.raw(request))) for _ in range(32)]
        said = [b"".join(iter(lambda p=peer: p.recv(65536), b"")) for peer in peers]
    ids = {json.loads(text.partition(b"\r\n\r\n")[2])["data"]["id"] for text in said}
    assert {view["id"] for view in caller.data("GET", FLOWS)} == ids
    assert len(ids) == 32


def test_the_fifth_list_is_slow(caller_of: Callable[..., Caller]) -> None:
    caller = caller_of("every-fifth-list-slow")
    took = []
    for _ in range(5):
        started = time.monotonic()
        caller.data("GET", FLOWS)
        took.append(time.monotonic() - started)
    assert took[4] >= 0.5
    # The best of four, since the machine may be busy.
    assert min(took[:4]) < 0.5


@pytest.mark.parametrize(
    ("fault", "query", "is_over"), [("no-wait-blocks", "", True), ("wait-returns-early", "?wait=true", False)]
)
def test_waiting_goes_wrong(caller_of: Callable[..., Caller], fault: str, query: str, is_over: bool) -> None:
    caller = caller_of(fault)
    path = f"{FLOWS}/{caller.created(delay(300))}/runs{query}"
    started = time.monotonic()
    run = caller.data("POST", path)
    assert ("terminatedAt" in run["statuses"][0]) == is_over
    assert time.monotonic() - started >= (0.3 if is_over else 0)


def test_a_body_in_chunks_is_ignored(caller_of: Callable[..., Caller]) -> None:
    caller = caller_of("shipped-19-chunked-run-body-ignored")
    path = f"{FLOWS}/{caller.created({'fail': {'message': '${a}'}})}/runs"
    chunked = {"transfer-encoding": "chunked"}
    _, _, body = caller.ask("POST", path, iter([b'{"a":"x"}']), headers=chunked)
    assert json.loads(body)["data"]["statuses"][0]["error"] == "unknown variable 'a'"
    assert caller.data("POST", path, {"a": "x"})["statuses"][0]["error"] == "x"
