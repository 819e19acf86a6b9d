"""From a request to an answer on a virtual clock, past plans, checks and the journal.

What stands here knows no HTTP library: what fails on the way leaves as a NetworkFailure, which an adapter
translates.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Generic, TypeVar

from flowgauge.errors import UsageError
from flowgauge.openapi import Operation
from flowgauge.reference.fake.clock import FakeClock
from flowgauge.reference.fake.conformance import Conformance, Criterion, diagnosis
from flowgauge.reference.fake.failures import TOKEN_OPERATION, Failure, FailurePlan
from flowgauge.reference.fake.journal import Journal, JournalEntry
from flowgauge.reference.fake.recordings.mismatch import NetworkFailure, RequestMismatch, for_the_caller
from flowgauge.reference.world.message import Reply, WorldRequest
from flowgauge.reference.world.world import World

__all__ = ["PacedReply", "Responder", "Timeouts"]

__tracebackhide__ = for_the_caller

W = TypeVar("W", bound=World)
# The client's timeouts, in seconds, as httpx hands them to a transport: connect, read, write, pool.
Timeouts = Mapping[str, float | None]
PIECES = 16
TIMED_OUT = "timed out"
# What a client's library raises, and its words: before the server is asked, and after it has acted.
_BEFORE = {
    "refused": ("ConnectError", "[Errno 111] Connection refused"),
    "pool-timeout": ("PoolTimeout", TIMED_OUT),
    "connect-timeout": ("ConnectTimeout", TIMED_OUT),
    "write-timeout": ("WriteTimeout", TIMED_OUT),
}
_AFTER = {
    "reset": ("ReadError", "[Errno 104] Connection reset by peer"),
    "disconnected": ("RemoteProtocolError", "Server disconnected without sending a response."),
    "read-timeout": ("ReadTimeout", TIMED_OUT),
}
_FAILURES = _BEFORE | _AFTER


@dataclass(frozen=True, slots=True)
class PacedReply:
    """A reply, and how its body arrives: at once, in pieces `interval` seconds apart, or cut off."""

    reply: Reply
    pieces: tuple[bytes, ...] | None = None
    interval: float = 0.0
    is_cut: bool = False


class Responder(Generic[W]):
    """Answers requests: asks the world, and moves the clock. Safe to share between threads."""

    def __init__(
        self, world: W, clock: FakeClock, journal: Journal, plan: FailurePlan, *, is_strict: bool
    ) -> None:
        self.world = world
        self.clock = clock
        self.journal = journal
        self.plan = plan
        self.is_strict = is_strict
        self.checks_replies = True
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
            kind = failure.kind if failure is not None else None
            reply = None if kind in _BEFORE else self._reply(request, operation, failure, now)
            if reply is None or kind in _AFTER:
                assert kind is not None
                patience = _patience(limits, kind.removesuffix("-timeout")) if "timeout" in kind else 0.0
                self._note(JournalEntry(name, request, 0, b"", now, now + patience, kind))
                raise NetworkFailure(*_FAILURES[kind])
            late = failure.latency if failure is not None and kind is None else 0.0
            due = max(now, reply.due or now) + late
            limit = limits.get("read")
            if limit is not None and due - now > limit:
                self._note(JournalEntry(name, request, 0, b"", now, now + limit, "read-timeout"))
                raise NetworkFailure(*_FAILURES["read-timeout"])
            body = b"" if reply.head_only else reply.body
            self._note(JournalEntry(name, request, reply.status, body, now, due))
            return PacedReply(reply) if failure is None else _damaged(reply, failure)

    def _reply(
        self, request: WorldRequest, operation: Operation | None, failure: Failure | None, now: float
    ) -> Reply:
        if failure is not None and failure.status is not None:
            reply = failure.reply(self.world.error_body)
            return replace(reply, head_only=True) if request.method == "HEAD" else reply
        reply = self.world.handle(request, now)
        if self.checks_replies:
            self._conformance.check_reply(operation, reply)
        return reply

    def _note(self, call: JournalEntry) -> None:
        self.moves_to(call.ended)
        self.journal.add(call)

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
        elif self.is_strict and name is None:
            is_asking = request.method == "OPTIONS" and self.world.document.matched(request.path)
            reason = None if is_asking else "no operation answers this"
        elif (
            self.is_strict
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


def _patience(limits: Timeouts, stage: str) -> float:
    """How long the client waits. Raises UsageError where that is for ever."""
    limit = limits.get(stage)
    if limit is None:
        raise UsageError(
            f"the client would wait forever: it has no {stage} timeout", hint="give it one, and try again"
        )
    return limit


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
