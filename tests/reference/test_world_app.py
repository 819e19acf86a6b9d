"""The ASGI application with a world and a client of our own making: no sockets, no waiting."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from asking import START, TOKEN, Asking

from flowgauge.reference import Reply, WorldRequest
from flowgauge.reference.server.server import WorldApp
from flowgauge.reference.world.clock import VirtualClock
from flowgauge.reference.world.inputs import MAX_BODY_BYTES

GONE = {"type": "http.disconnect"}
SCOPE = {
    "type": "http",
    "method": "GET",
    "raw_path": b"/x%20y",
    "query_string": b"a=%ff",
    "headers": [(b"authorization", f"Bearer {TOKEN}".encode()), (b"x", b"\xff")],
}


def piece(body: bytes, *, more: bool) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


class World:
    """Remembers what it was asked, and answers as it is told to."""

    def __init__(self, answer: Callable[[WorldRequest], Reply]) -> None:
        self.asked: list[WorldRequest] = []
        self._answer = answer

    def handle(self, request: WorldRequest, now: float) -> Reply:
        self.asked.append(request)
        return self._answer(request)

    def error_body(self, message: str) -> Any:
        return {"said": message}


def call(
    world: Any, messages: Sequence[dict[str, Any]], *, scope: Any = SCOPE, is_closing: bool = False
) -> list[Any]:
    """What the application sends to a client that says this and then nothing."""

    async def main() -> list[Any]:
        app = WorldApp(world, VirtualClock(START, tick=0.001))
        if is_closing:
            app.close()
        said, sent = list(messages), []

        async def receive() -> Any:
            if said:
                return said.pop(0)
            await asyncio.Event().wait()
            raise AssertionError

        async def send(message: Any) -> None:
            sent.append(message)

        await asyncio.wait_for(app(scope, receive, send), 20)
        return sent

    return asyncio.run(main())


def answers(reply: Reply) -> World:
    return World(lambda _request: reply)


def test_the_request_reaches_the_world_as_it_stood_on_the_wire() -> None:
    world = answers(Reply(200, (), b"hello"))
    start, body = call(world, [piece(b"ab", more=True), piece(b"", more=True), piece(b"c", more=False)])
    headers = (("authorization", f"Bearer {TOKEN}"), ("x", "\xff"))
    assert world.asked == [WorldRequest("GET", "/x%20y", "a=%ff", headers, b"abc")]
    assert (start["status"], start["headers"]) == (200, [(b"content-length", b"5")])
    assert body["body"] == b"hello"


@pytest.mark.parametrize(
    ("reply", "headers", "body"),
    [
        (Reply(200, (("a", "b"),), b"xy"), [(b"a", b"b"), (b"content-length", b"2")], b"xy"),
        (Reply(200, (), b"xy", head_only=True), [(b"content-length", b"2")], b""),
        (Reply(204, (("allow", "GET"),), b""), [(b"allow", b"GET")], b""),
        (Reply(200, (), b"xy", due=START - 5), [(b"content-length", b"2")], b"xy"),
    ],
)
def test_the_reply_leaves_as_the_world_gave_it(reply: Reply, headers: Any, body: bytes) -> None:
    start, end = call(answers(reply), [piece(b"", more=False)])
    assert (start["headers"], end["body"]) == (headers, body)


@pytest.mark.long
def test_reading_stops_just_over_the_limit() -> None:
    world = answers(Reply(413, (), b""))
    half = MAX_BODY_BYTES // 2 + 1
    call(world, [piece(b"x" * half, more=True)] * 2 + [piece(b"never read", more=True)])
    assert len(world.asked[0].body) == 2 * half


@pytest.mark.parametrize("messages", [[GONE], [piece(b"{", more=True), GONE]])
def test_a_client_that_leaves_before_its_end_is_not_heard(messages: list[Any]) -> None:
    world = answers(Reply(200, (), b""))
    assert call(world, messages) == []
    assert world.asked == []


def test_a_client_that_leaves_while_it_waits_gets_nothing_and_was_heard() -> None:
    world = answers(Reply(201, (), b"", due=START + 1e9))
    assert call(world, [piece(b"", more=False), piece(b"", more=False), GONE]) == []
    assert len(world.asked) == 1


def test_whoever_waits_when_the_server_stops_is_told_so() -> None:
    world = answers(Reply(201, (), b"never", due=START + 1e9))
    start, body = call(world, [piece(b"", more=False)], is_closing=True)
    assert start["status"] == 503
    assert (b"connection", b"close") in start["headers"]
    assert b"the server is stopping" in body["body"]


def test_what_need_not_wait_is_answered_while_the_server_stops() -> None:
    start, _ = call(answers(Reply(200, (), b"")), [piece(b"", more=False)], is_closing=True)
    assert start["status"] == 200


def test_a_defect_of_the_world_is_a_500_that_leaks_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def broken(_request: WorldRequest) -> Reply:
        raise ZeroDivisionError("secret")

    with caplog.at_level(logging.ERROR):
        start, body = call(World(broken), [piece(b"", more=False)])
    assert start["status"] == 500
    assert b"secret" not in body["body"]
    assert "ZeroDivisionError" in caplog.text
    assert TOKEN not in caplog.text


@pytest.mark.parametrize("kind", ["websocket", "lifespan"])
def test_other_protocols_are_left_alone(kind: str) -> None:
    assert call(answers(Reply(200, (), b"")), [], scope={"type": kind}) == []


def test_the_real_world_fits() -> None:
    scope = SCOPE | {"raw_path": b"/api/orchestration/_info"}
    start, body = call(Asking().world, [piece(b"", more=False)], scope=scope)
    assert start["status"] == 200
    assert b"version" in body["body"]
