"""The fake as a target: the same world behind its second adapter, on a virtual clock."""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from flowgauge.contract.target import Capability
from flowgauge.contract.tokens import (
    EXPIRED_TOKEN,
    OTHER_TOKEN,
    TOKEN,
    redaction_of,
    with_token_in_target,
    with_tokens,
)
from flowgauge.reference import WorldPart
from flowgauge.reference.fake.server import TICK
from flowgauge.results import Exchange, Request, Response, TargetIdentity

__all__ = ["FakeTarget"]


class FakeTarget:
    """A fake with named faults, asked through its transport as any client would ask it."""

    def __init__(self, part: WorldPart[Any], *, faults: Sequence[str] = (), seed: int = 0) -> None:
        self.identity = TargetIdentity("fake", faults=tuple(faults))
        self.capabilities = frozenset(set(Capability) - {Capability.FRAMING})
        # The suites send what no client should: the fake must answer it, not refuse to.
        self._fake = part.fake(seed=seed, faults=faults, strict=False)
        self.url = self._fake.url
        self._transport: httpx.MockTransport = self._fake.transport()
        self._tokens: Mapping[str, str] = {
            TOKEN: self._fake.token or "",
            OTHER_TOKEN: self._fake.other_token,
            EXPIRED_TOKEN: self._fake.expired_token,
        }
        self._redaction = redaction_of(self._tokens)

    def now(self) -> float:
        """The virtual instant; a reading takes a moment."""
        self._fake.advance(TICK)
        return self._fake.now

    def sleep(self, seconds: float) -> None:
        """Move the virtual clock on."""
        self._fake.advance(seconds)

    def reset(self) -> None:
        """Empty the store."""
        self._fake.clear()

    def close(self) -> None:
        """Nothing to let go of."""

    def send(self, request: Request) -> Exchange:
        """Ask the fake; its reply comes when it is due."""
        headers = [(n.encode(), v.encode("latin-1")) for n, v in with_tokens(request.headers, self._tokens)]
        # The URL would be tidied up; the target is what stands on the wire.
        target = with_token_in_target(request.target, self._tokens)
        sent = httpx.Request(
            request.method,
            self.url,
            headers=headers,
            content=request.body,
            extensions={"target": target.encode("latin-1")},
        )
        sent.method = request.method
        response = self._transport.handle_request(sent)
        body = self._redaction.of(response.read())
        answered = tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in response.headers.raw)
        call = self._fake.journal[-1]
        return Exchange(
            None,
            request,
            Response(response.status_code, self._redaction.of(answered), body),
            call.at,
            call.ended + TICK,
        )

    def send_together(self, requests: Sequence[Request]) -> list[Exchange]:
        """Ask for all at one instant, and wait for the last reply."""
        with self._fake.one_instant():
            return [self.send(request) for request in requests]
