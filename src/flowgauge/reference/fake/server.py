"""A server in one object, for tests of clients; what it is about comes from an edition."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from copy import copy
from random import Random
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from flowgauge.edition import Edition
from flowgauge.errors import UsageError
from flowgauge.reference.fake.adapter import Adapter, LibraryName, library
from flowgauge.reference.fake.clock import FakeClock, Snapshot
from flowgauge.reference.fake.decoration import decorated
from flowgauge.reference.fake.failures import Failure, FailureKind, FailurePlan, headers_of
from flowgauge.reference.fake.journal import ANYTHING, Journal
from flowgauge.reference.fake.recordings.mismatch import RequestMismatch, for_the_caller
from flowgauge.reference.fake.responder import Responder
from flowgauge.reference.fake.settings import check_settings
from flowgauge.reference.fake.turns import begin_turn, end_turn
from flowgauge.reference.faults import FaultTable, wrap
from flowgauge.reference.world.auth import Access, Credential
from flowgauge.reference.world.world import World

if TYPE_CHECKING:
    from flowgauge.reference.fake.router import FakeRouter

__all__ = ["JOURNAL_LIMIT", "START", "TICK", "FakeServer"]

__tracebackhide__ = for_the_caller

START = 1_700_000_000.0
# Two readings of a real clock differ; so do two of this one.
TICK = 0.0001
JOURNAL_LIMIT = 1000
_TOKEN = "fake-token"  # noqa: S105 - opens a fake
C = TypeVar("C", bound=Callable[..., Any])
W = TypeVar("W", bound=World)


class FakeServer(ABC, Generic[W]):
    """A server that stands nowhere, answers at `url`, and lives on a clock of its own.

    As a context manager or a decorator it answers every httpx client, through respx; `transport()` does the
    same for one client without patching. Ids and times follow from `seed` and `start`. A request that the
    document does not allow raises RequestMismatch unless `strict` is False, when it is answered as the server
    would. With a `token` of None nobody needs one.
    """

    def __init__(
        self,
        url: str = "http://flowgauge.test",
        *,
        seed: int = 0,
        start: float = START,
        token: str | None = _TOKEN,
        faults: Sequence[str] = (),
        strict: bool = True,
    ) -> None:
        self.url = url.rstrip("/")
        check_settings(seed, token, faults)
        self.token = token
        # More ways in: a second token, one that has ended, and a client that may buy others.
        self.other_token, self.expired_token = "fake-other-token", "fake-expired-token"
        self.client_id, self.client_secret = "fake-client", "fake-secret"
        self._seed, self._start = seed, start
        self._faults, self._is_strict = tuple(faults), strict
        self._adapter = Adapter(self.url, lambda: self._responder)
        self._router: FakeRouter | None = None
        self._is_entered = False
        self._responder = self._new()

    # -- what an edition says

    @property
    @abstractmethod
    def edition(self) -> Edition:
        """What the fake is a server of."""

    @property
    @abstractmethod
    def fault_table(self) -> FaultTable[W]:
        """The named faults that it can have."""

    @abstractmethod
    def new_world(self, access: Access, random: Random) -> W:
        """A world without anything in it."""

    # -- ways in

    @property
    def world(self) -> W:
        """The world behind the fake; its `answers` may be replaced, to see a client meet a broken server."""
        return self._responder.world

    @property
    def headers(self) -> dict[str, str]:
        """What a client must send to be let in."""
        return {"Authorization": f"Bearer {self.token}"} if self.token is not None else {}

    @property
    def router(self) -> "FakeRouter":
        """The respx router. Its own routes come before the fake, for single overrides."""
        if self._router is None:
            # Late: respx is an extra, takes a quarter of a second, and transport() does without.
            try:
                from flowgauge.reference.fake.router import FakeRouter  # noqa: PLC0415
            except ModuleNotFoundError as missing:
                hint = 'pip install "flowgauge[fake]"'
                raise UsageError(
                    f"the fake needs {missing.name}, which is not installed", hint=hint
                ) from None

            self._router = FakeRouter(self._adapter, journal_limit=JOURNAL_LIMIT)
        return self._router

    def transport(self, name: LibraryName = "httpx") -> Any:
        """A MockTransport of httpx or httpx2, for sync and async clients alike."""
        found = library(name)

        def handle(request: Any) -> Any:
            return self._adapter.response(
                request, found, lambda cause: getattr(found, cause.kind)(cause.message, request=request)
            )

        return found.MockTransport(handle)

    def __enter__(self) -> Self:
        if self._is_entered:
            raise UsageError("this fake is in use already", hint="leave the inner `with` out")
        begin_turn(self)
        try:
            self.router.start()
        except BaseException:
            end_turn(self)
            raise
        self._is_entered = True
        return self

    def __exit__(self, kind: type[BaseException] | None = None, *_: object) -> None:
        self._is_entered = False
        end_turn(self)
        self.router.stop(quiet=kind is not None)
        if kind is None:
            self.check()

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(self, kind: type[BaseException] | None = None, *_: object) -> None:
        self.__exit__(kind)

    def __call__(self, function: C) -> C:
        """Decorate a function (sync, async or a generator) or a class of tests.

        Each call finds the fake as it stands now. A parameter named `fake` is given this object.
        """
        before = self.snapshot()

        def entered() -> "FakeServer[W]":
            self.reset()
            self.restore(before)
            return self

        return decorated(function, entered, name="fake")

    # -- state

    def snapshot(self) -> Snapshot:
        """What was created, the clock and the randomness of ids, to come back to.

        Bought tokens, plans, the journal and what named faults remember are not in it.
        """
        return Snapshot(self.world.kept(), self.world.random.getstate(), copy(self._responder.clock))

    def restore(self, snapshot: Snapshot) -> None:
        """Be as at the snapshot."""
        self.world.restore(snapshot.kept)
        self.world.random.setstate(snapshot.randomness)
        self._responder.clock = copy(snapshot.clock)

    def clear(self) -> None:
        """Forget everything that was created; the clock, the ids and the plans go on."""
        self.world.reset()

    def reset(self) -> None:
        """Be new: nothing created, no plans, an empty journal, the clock and the ids from their start."""
        self._responder = self._new()

    # -- time

    @property
    def now(self) -> float:
        """Seconds since the epoch on the fake's clock."""
        return self._responder.clock.instant

    def tick(self) -> float:
        """The instant of something that happens now: no two things happen at the same one."""
        return self._responder.clock()

    def advance(self, seconds: float) -> None:
        """Let time pass. Raises UsageError for a step back, or past the year 9999."""
        with self._responder.lock:
            self._responder.clock.advance(seconds)

    def one_instant(self) -> AbstractContextManager[None]:
        """Requests in this block are made at the same instant, as from many clients at once."""
        return self._responder.one_instant()

    # -- failures

    def fail_next(
        self,
        operation: str | None = None,
        *,
        status: int | None = None,
        kind: FailureKind | None = None,
        latency: float = 0.0,
        headers: Mapping[str, str] | None = None,
        times: int = 1,
    ) -> None:
        """Let the next calls of an operation (None: of any) fail. Raises UsageError.

        See `Failure` for the kinds; `latency` is in virtual seconds, held against the client's timeout.
        """
        failure = Failure(kind, status, latency, headers_of(headers))
        self._responder.plan.add_next(operation, failure, times)

    def fail_randomly(
        self,
        operation: str | None = None,
        *,
        ratio: float,
        status: int | None = None,
        kind: FailureKind | None = None,
        latency: float = 0.0,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Let each call of an operation fail with the probability `ratio`, drawn from the seed."""
        self._responder.plan.add_chance(operation, Failure(kind, status, latency, headers_of(headers)), ratio)

    def heal(self) -> None:
        """Drop all plans: nothing more fails."""
        self._responder.plan.clear()

    # -- what was asked

    @property
    def journal(self) -> Journal:
        """The last calls, oldest first."""
        return self._responder.journal

    def assert_called(
        self,
        operation: str,
        *,
        times: int | None = None,
        body: object = ANYTHING,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Raise CallMismatch unless the operation was called like this; see `Journal.assert_called`."""
        self._responder.journal.assert_called(operation, times=times, body=body, headers=headers)

    def check(self) -> None:
        """Raise the first RequestMismatch again: a client may have swallowed it. The others are forgotten."""
        mismatches = self.forgive()
        if mismatches:
            raise mismatches[0]

    def forgive(self) -> tuple[RequestMismatch, ...]:
        """The mismatches so far, which then no longer fail the test."""
        mismatches = tuple(self._responder.mismatches)
        self._responder.mismatches.clear()
        return mismatches

    def _new(self) -> Responder[W]:
        credentials = [Credential(self.other_token), Credential(self.expired_token, expires_at=0.0)]
        credentials += [Credential(self.token)] if self.token is not None else []
        access = Access(tuple(credentials), {self.client_id: self.client_secret})
        world = self.new_world(access, Random(self._seed))
        if self.token is None:
            wrap(world.authorize, lambda authorize, call: None)  # noqa: ARG005 - admits all
        self.fault_table.install(world, self._faults)
        clock = FakeClock(self._start, tick=TICK)
        operations = tuple(operation.id for operation in self.edition.operations)
        plan = FailurePlan(Random(f"failures {self._seed}"), operations)
        journal = Journal(JOURNAL_LIMIT, operations)
        responder = Responder(world, clock, journal, plan, is_strict=self._is_strict)
        # A named fault breaks the contract on purpose.
        responder.checks_replies = not self._faults
        return responder
