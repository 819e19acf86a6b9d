"""The reference world in this process, on a virtual clock: nothing sleeps, nothing touches a socket."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from flowgauge.contract.target import Capability
from flowgauge.contract.tokens import (
    EXPIRED_TOKEN,
    OTHER_TOKEN,
    TOKEN,
    redaction_of,
    with_token_in_target,
    with_tokens,
)
from flowgauge.reference import Access, Credential, ServedWorld, WorldPart, WorldRequest
from flowgauge.reference.world.clock import VirtualClock
from flowgauge.results import Exchange, Request, Response, TargetIdentity

__all__ = ["WorldTarget"]

START = 1_700_000_000.0
# Two readings of a real clock differ; so do two of this one.
TICK = 0.0001
TOKENS: Mapping[str, str] = {TOKEN: "t-one", OTHER_TOKEN: "t-two", EXPIRED_TOKEN: "t-old"}
_REDACTION = redaction_of(TOKENS)


class WorldTarget:
    """A world with named faults, and a clock that waits take forward at once. Its `world` may be changed."""

    def __init__(self, part: WorldPart[Any], *, faults: Sequence[str] = (), seed: int = 0) -> None:
        self.identity = TargetIdentity("in-process", faults=tuple(faults))
        self.url = "http://in-process"
        self.capabilities = frozenset(set(Capability) - {Capability.FRAMING})
        self._clock = VirtualClock(START, tick=TICK)
        credentials = (
            Credential(TOKENS[TOKEN]),
            Credential(TOKENS[OTHER_TOKEN]),
            Credential(TOKENS[EXPIRED_TOKEN], expires_at=START - 1),
        )
        self.world: ServedWorld = part.new_world(Access(credentials), Random(seed))
        part.faults.install(self.world, faults)

    def now(self) -> float:
        """The virtual instant."""
        return self._clock()

    def sleep(self, seconds: float) -> None:
        """Move the virtual clock on."""
        self._clock.advance(seconds)

    def reset(self) -> None:
        """Empty the store."""
        self.world.reset()

    def close(self) -> None:
        """Nothing to let go of."""

    def send(self, request: Request) -> Exchange:
        """Ask the world, and wait until the reply is due."""
        exchange = self._handled(request, self._clock())
        self._clock.advance_to(exchange.received_at)
        return exchange

    def send_together(self, requests: Sequence[Request]) -> list[Exchange]:
        """Ask for all at one instant, and wait for the last reply."""
        now = self._clock()
        exchanges = [self._handled(request, now) for request in requests]
        for exchange in exchanges:
            self._clock.advance_to(exchange.received_at)
        return exchanges

    def _handled(self, request: Request, now: float) -> Exchange:
        path, _, query = with_token_in_target(request.target, TOKENS).partition("?")
        headers = [(n.lower(), v) for n, v in with_tokens(request.headers, TOKENS)]
        reply = self.world.handle(
            WorldRequest(request.method, path, query, tuple(headers), request.body or b""), now
        )
        body = b"" if reply.head_only else _REDACTION.of(reply.body)
        response = Response(reply.status, _REDACTION.of(reply.headers), body)
        return Exchange(None, request, response, now, max(now, reply.due or now) + TICK)
