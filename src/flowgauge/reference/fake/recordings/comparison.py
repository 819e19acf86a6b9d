"""Fake against live: the same requests, and what differs in status, headers that matter, and body.

Two servers give out different ids, cursors and times for the same thing. So where both sides have an id,
the first meeting pairs the two, and from then on one must come wherever the other does; times must have the
same form, and the same number of them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec

from flowgauge.edition import Edition
from flowgauge.errors import NoDataError
from flowgauge.openapi import Json
from flowgauge.reference.fake.recordings.recording import SCRUBBED, RecordedExchange, Recording, value_of
from flowgauge.reference.fake.server import FakeServer

__all__ = ["Correspondence", "Difference", "differences"]

HEADERS = ("content-type", "allow", "www-authenticate", "location", "retry-after")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
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


class Correspondence:
    """Which value of one server stands for which of the other.

    `opaque` are the members whose values each server makes up for itself.
    """

    def __init__(self, opaque: frozenset[str] = frozenset()) -> None:
        self._opaque = opaque
        self._there: dict[str, str] = {}
        self._back: dict[str, str] = {}

    def translated(self, text: str) -> str:
        """`text` with the live server's values replaced by the fake's."""
        # Long ones first: a cursor may hold an id.
        for live in sorted(self._there, key=len, reverse=True):
            text = text.replace(live, self._there[live])
        return text

    def pair(self, live: str, fake: str) -> bool:
        """Whether the two stand for each other; strangers are paired."""
        if live not in self._there and fake not in self._back:
            self._there[live], self._back[fake] = fake, live
        return self._there.get(live) == fake and self._back.get(fake) == live

    def differing(self, live: Json, fake: Json, pointer: str = "") -> Iterator[tuple[str, str, str]]:
        """The pointers at which two values differ, with what stands there."""
        if isinstance(live, dict) and isinstance(fake, dict):
            for name in sorted({*live, *fake}):
                if name in live and name in fake:
                    yield from self.differing(live[name], fake[name], f"{pointer}/{name}")
                else:
                    yield f"{pointer}/{name}", _shown(live, name), _shown(fake, name)
        elif isinstance(live, list) and isinstance(fake, list) and len(live) == len(fake):
            for index, (one, other) in enumerate(zip(live, fake, strict=True)):
                yield from self.differing(one, other, f"{pointer}/{index}")
        elif not self._is_same(live, fake, pointer.rpartition("/")[2]):
            yield pointer or "(root)", _text(live), _text(fake)

    def _is_same(self, live: Json, fake: Json, name: str) -> bool:
        if isinstance(live, str) and isinstance(fake, str):
            if name in self._opaque or (_UUID.fullmatch(live) and _UUID.fullmatch(fake)):
                return self.pair(live, fake)
            one, other = _TIME.fullmatch(live), _TIME.fullmatch(fake)
            if one and other:
                return len(one[1] or "") == len(other[1] or "") and one[2] == other[2]
        return type(live) is type(fake) and bool(live == fake)


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


def _shown(holder: dict[str, Json], name: str) -> str:
    return _text(holder[name]) if name in holder else "nothing"


def _text(value: Json) -> str:
    return msgspec.json.encode(value).decode()[:200]
