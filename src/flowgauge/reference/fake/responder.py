"""From a request to an answer on a virtual clock, past plans, checks and the journal.

What stands here knows no HTTP library: what fails on the way leaves as a NetworkFailure, which an adapter
translates.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache

import msgspec

from flowgauge.errors import UsageError
from flowgauge.openapi import Operation
from flowgauge.reference.fake.conformance import Conformance, Criterion
from flowgauge.reference.fake.diagnosis import diagnosis
from flowgauge.reference.fake.failures import TOKEN_OPERATION, Failure, FailurePlan
from flowgauge.reference.fake.journal import Journal, JournalEntry
from flowgauge.reference.fake.recordings.library import NetworkFailure
from flowgauge.reference.fake.recordings.mismatch import RequestMismatch
from flowgauge.reference.world.clock import VirtualClock
from flowgauge.reference.world.message import Reply, WorldRequest
from flowgauge.reference.world.world import World

__all__ = ["PacedReply", "Responder", "Strictness", "Timeouts"]

# The client's timeouts, in seconds, as httpx hands them to a transport: connect, read, write, pool.
Timeouts = Mapping[str, float | None]
PIECES = 16
_BEFORE = {
    "refused": "ConnectError",
    "pool-timeout": "PoolTimeout",
    "connect-timeout": "ConnectTimeout",
    "write-timeout": "WriteTimeout",
}
_AFTER = {"reset": "ReadError", "disconnected": "RemoteProtocolError", "read-timeout": "ReadTimeout"}
_SAID = {
    "refused": "[Errno 111] Connection refused",
    "pool-timeout": "timed out",
    "connect-timeout": "timed out",
    "write-timeout": "timed out",
    "reset": "[Errno 104] Connection reset by peer",
    "disconnected": "Server disconnected without sending a response.",
    "read-timeout": "timed out",
}


class PacedReply(msgspec.Struct, frozen=True):
    """A reply, and how its body arrives: at once, in pieces `interval` seconds apart, or cut off."""

    reply: Reply
    pieces: tuple[bytes, ...] | None = None
    interval: float = 0.0
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Strictness:
    """What is held to the document: the client's requests, and the fake's own replies."""

    requests: bool
    replies: bool


class Responder:
    """Answers requests: asks the world, and moves the clock. Safe to share between threads."""

    def __init__(
        self, world: World, clock: VirtualClock, journal: Journal, plan: FailurePlan, strictness: Strictness
    ) -> None:
        self.world = world
        self.clock = clock
        self.journal = journal
        self.plan = plan
        self.strictness = strictness
        self.mismatches: list[RequestMismatch] = []
        self.lock = threading.RLock()
        self._instant: float | None = None
        self._furthest = 0.0
        self._conformance = Conformance(world.document)
        # Most tests ask for few paths again and again.
        self._meant = lru_cache(maxsize=512)(self._meant_by)

    def answer(self, request: WorldRequest, limits: Timeouts, origin: Criterion) -> PacedReply:
        """The answer to a request whose client waits no longer than its limits.

        Raises RequestMismatch, NetworkFailure, or FakeViolation.
        """
        with self.lock:
            now = self.clock() if self._instant is None else self._instant
            operation, name = self._meant(request.method, request.path)
            self._check(request, operation, name, origin)
            failure = None if self.plan.is_empty else self.plan.take(name)
            exchange = _Exchange(self, request, name, now, limits)
            if failure is not None and failure.kind in _BEFORE:
                exchange.fails(failure)
            if failure is not None and failure.status is not None:
                reply = failure.reply(self.world.error_body)
                if request.method == "HEAD":
                    reply = replace(reply, head_only=True)
            else:
                reply = self.world.handle(request, now)
                if self.strictness.replies:
                    self._conformance.check_reply(operation, reply)
            if failure is not None and failure.kind in _AFTER:
                exchange.fails(failure)
            late = failure.latency if failure is not None and failure.kind is None else 0.0
            exchange.ends(reply, max(now, reply.due or now) + late)
            return PacedReply(reply) if failure is None else _damaged(reply, failure)

    def passes(self, seconds: float) -> None:
        """Time goes by."""
        with self.lock:
            self.moves_to(self.clock() + seconds)

    def moves_to(self, instant: float) -> None:
        """Move the clock on; while it is held, remember how far it will have to move."""
        if self._instant is None:
            self.clock.advance_to(instant)
        else:
            self._furthest = max(self._furthest, instant)

    @contextmanager
    def one_instant(self) -> Iterator[None]:
        """All that is asked in this block is asked at the same instant; then all replies are waited for."""
        with self.lock:
            self._instant = self._furthest = self.clock()
        try:
            yield
        finally:
            with self.lock:
                self._instant = None
                self.clock.advance_to(self._furthest)

    def _check(
        self, request: WorldRequest, operation: Operation | None, name: str | None, origin: Criterion
    ) -> None:
        reason = None
        if not origin.holds:
            reason = "this fake is another server"
        elif self.strictness.requests and name is None:
            is_asking = request.method == "OPTIONS" and self.world.document.matched(request.path)
            reason = None if is_asking else "no operation answers this"
        elif (
            self.strictness.requests
            and operation is not None
            and not self._conformance.is_acceptable(operation, request)
        ):
            reason = f"this breaks the contract of {operation.id}"
        if reason is None:
            return
        mismatch = RequestMismatch(
            diagnosis(request, origin, reason=reason, conformance=self._conformance),
            hint="mend the client; to have the fake answer as the server would, give it strict=False",
        )
        # Another server may have a fake of its own, which is asked next.
        if origin.holds:
            self.mismatches.append(mismatch)
        raise mismatch

    def _meant_by(self, method: str, path: str) -> tuple[Operation | None, str | None]:
        """The operation that a request means, and its name in the journal and in plans."""
        if path == self.world.document.token_path:
            return None, TOKEN_OPERATION
        found = self.world.document.matched(path)
        if found is None:
            return None, None
        operation = found.operations.get("GET" if method == "HEAD" else method)
        return operation, operation.id if operation else None


class _Exchange(msgspec.Struct, frozen=True):
    """One request on its way to an end."""

    responder: Responder
    request: WorldRequest
    name: str | None
    now: float
    limits: Timeouts

    def fails(self, failure: Failure) -> None:
        """Raise the NetworkFailure, after the client has waited as long as it would."""
        kind = failure.kind
        assert kind is not None
        error = NetworkFailure((_BEFORE | _AFTER)[kind], _SAID[kind])
        ended = self.now
        if kind.endswith("-timeout"):
            ended += self._patience(kind.partition("-")[0])
        self._noted(0, b"", ended, kind)
        raise error

    def ends(self, reply: Reply, due: float) -> None:
        """The reply arrives, or the client's patience ends before it does."""
        limit = self.limits.get("read")
        if limit is not None and due - self.now > limit:
            self._noted(0, b"", self.now + limit, "read-timeout")
            raise NetworkFailure("ReadTimeout", _SAID["read-timeout"])
        self._noted(reply.status, b"" if reply.head_only else reply.body, due, None)

    def _patience(self, stage: str) -> float:
        limit = self.limits.get(stage)
        if limit is None:
            raise UsageError(
                f"the client would wait forever: it has no {stage} timeout", hint="give it one, and try again"
            )
        return limit

    def _noted(self, status: int, body: bytes, ended: float, failure: str | None) -> None:
        self.responder.moves_to(ended)
        self.responder.journal.add(
            JournalEntry(self.name, self.request, status, body, self.now, ended, failure)
        )


def _damaged(reply: Reply, failure: Failure) -> PacedReply:
    body = b"" if reply.head_only else reply.body
    match failure.kind:
        case "truncated":
            return PacedReply(reply, pieces=(body[: len(body) // 2],), is_cut=True)
        case "malformed":
            return PacedReply(replace(reply, body=body[: len(body) // 2] or b"{"))
        case "slow-drip":
            size = max(1, -(-len(body) // PIECES))
            pieces = tuple(body[start : start + size] for start in range(0, len(body), size))
            return PacedReply(reply, pieces=pieces, interval=failure.interval)
        case _:
            return PacedReply(reply)
