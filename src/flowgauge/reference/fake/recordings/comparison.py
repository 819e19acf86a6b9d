"""Fake against live: the same requests, and what differs in status, headers that matter, and body.

What differs by right (ids, cursors, times) is told from what differs by `Correspondence`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from flowgauge.correspondence import Correspondence
from flowgauge.edition import Edition
from flowgauge.errors import NoDataError
from flowgauge.reference.fake.recordings.recording import SCRUBBED, RecordedExchange, Recording, value_of
from flowgauge.reference.fake.server import FakeServer

__all__ = ["Difference", "differences"]

HEADERS = ("content-type", "allow", "www-authenticate", "location", "retry-after")
_OWN_HEADERS = frozenset({"host", "content-length", "connection", "accept-encoding", "authorization"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: `place` says where (`status`, a header, or a JSON pointer into the body)."""

    exchange: RecordedExchange
    place: str
    live: str
    fake: str

    def __str__(self) -> str:
        asked = f"{self.exchange.method} {self.exchange.target}"
        return f"{asked}: {self.place}: live {self.live}, fake {self.fake}"


def differences(recording: Recording, fake: FakeServer[Any]) -> list[Difference]:
    """Ask `fake` what the recorded server was asked, at the same distances in time.

    The fake should be as empty as the server was; an unstrict one also answers what no client should ask.
    Raises NoDataError where nothing was recorded: nothing compared is not the same.
    """
    if not recording.exchanges:
        raise NoDataError("the recording is empty", hint="record some exchanges first")
    pairs = Correspondence(_cursors_of(fake.edition))
    found: list[Difference] = []
    start = fake.now
    transport: httpx.MockTransport = fake.transport()
    for exchange in recording.exchanges:
        fake.advance(max(0.0, start + exchange.at - fake.now))
        answer = transport.handle_request(_request(exchange, fake, pairs))
        answer.read()
        found += (Difference(exchange, *parts) for parts in _compared(exchange, answer, pairs))
    return found


def _cursors_of(edition: Edition) -> frozenset[str]:
    pages = [resource.pages for resource in edition.resources if resource.pages is not None]
    return frozenset(name for page in pages for name in (page.next, page.previous) if name)


def _request(exchange: RecordedExchange, fake: FakeServer[Any], pairs: Correspondence) -> httpx.Request:
    headers = [(n, v) for n, v in exchange.request_headers if n.lower() not in _OWN_HEADERS]
    had_token = any(n.lower() == "authorization" for n, _ in exchange.request_headers)
    body = exchange.request_body
    if exchange.target == fake.edition.document.token_path:
        # The secret is gone from the recording; the fake has a client of its own.
        form = f"grant_type=client_credentials&client_id={fake.client_id}&client_secret={fake.client_secret}"
        body = form.encode()
    elif had_token and exchange.status == 401:
        # It was refused there, so it must be refused here.
        headers.append(("authorization", f"Bearer {SCRUBBED}"))
    elif had_token:
        headers += list(fake.headers.items())
    target = pairs.translated(exchange.target)
    made = httpx.Request(
        exchange.method,
        fake.url,
        headers=[(n.encode("latin-1"), v.encode("latin-1")) for n, v in headers],
        content=pairs.translated(body.decode("latin-1")).encode("latin-1") or None,
        extensions={"target": target.encode("latin-1")},
    )
    made.method = exchange.method
    return made


def _compared(
    exchange: RecordedExchange, answer: httpx.Response, pairs: Correspondence
) -> Iterator[tuple[str, str, str]]:
    if exchange.status != answer.status_code:
        yield "status", str(exchange.status), str(answer.status_code)
    live = {n.lower(): v for n, v in exchange.response_headers}
    for name in HEADERS:
        if live.get(name) != answer.headers.get(name):
            yield name, str(live.get(name)), str(answer.headers.get(name))
    one, other = value_of(exchange.response_body), value_of(answer.content)
    if isinstance(one, dict) and isinstance(other, dict) and one.get("access_token") == SCRUBBED:
        other["access_token"] = SCRUBBED
    yield from pairs.differing(one, other)
