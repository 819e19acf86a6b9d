"""A sample of the answers, validated against the document off the hot path; an example of each failure."""

import random
from collections import defaultdict, deque
from collections.abc import Iterator

import gevent
import msgspec

from flowgauge.load.engine.trip import Trip
from flowgauge.load.journeys.evidence import exchange_of
from flowgauge.load.journeys.findings import INVALID, FindingBook
from flowgauge.load.journeys.journeys import OPERATIONS
from flowgauge.load.transport.wire import Call
from flowgauge.openapi.v0_shim import operation, response_violations
from flowgauge.results import Exchange

__all__ = ["Sampler", "sample_gaps"]

_WAITING = 1_000
_EXAMPLES = 2
_SHOWN = 5


class Sampler:
    """A witness of the engine. Answers wait in a bounded queue; what it refuses is counted in `skipped`."""

    def __init__(self, book: FindingBook) -> None:
        # Compiled now: in the middle of a run it would hold every arrival up for tens of milliseconds.
        for operation_id in OPERATIONS.values():
            response_violations(operation_id, operation(operation_id).success, None)
        self.validated = 0
        self.skipped = 0
        self._book = book
        self._waiting: deque[tuple[Call, int, bytes, bytes, float, float]] = deque()
        self._examples: dict[tuple[str, str], list[Exchange]] = defaultdict(list)
        self._greenlet: gevent.Greenlet | None = None

    @property
    def examples(self) -> tuple[tuple[str, Exchange], ...]:
        """A few exchanges of each kind of failure on each operation."""
        return tuple((kind, each) for (_, kind), found in sorted(self._examples.items()) for each in found)

    def saw(self, trip: Trip, head: bytes, status: int, body: bytes, at: float) -> None:
        """Put an answer aside, to be validated when the hub has nothing better to do."""
        if len(self._waiting) >= _WAITING:
            self.skipped += 1
            return
        self._waiting.append((trip.call, status, head, body, trip.sent, at))
        if self._greenlet is None or self._greenlet.dead:
            self._greenlet = gevent.spawn(self.work_off, pause=True)

    def failed(self, kind: str, trip: Trip, head: bytes, status: int, at: float) -> None:
        """Keep the first exchanges of each kind of failure."""
        examples = self._examples[trip.call.name, kind]
        if len(examples) < _EXAMPLES:
            answer = (status, head, head.partition(b"\r\n\r\n")[2]) if head else None
            examples.append(exchange_of(trip.call, answer, sent=trip.sent, at=at, error=kind))

    def work_off(self, *, pause: bool = False) -> None:
        """Validate what waits; with `pause`, one answer at a time, so that no arrival leaves late."""
        while self._waiting:
            call, status, head, body, sent, at = self._waiting.popleft()
            problems = _problems(OPERATIONS[call.name], status, head, body)
            self.validated += 1
            if problems:
                exchange = exchange_of(call, (status, head, body), sent=sent, at=at)
                self._book.add(INVALID, exchange, "\n".join(problems[:_SHOWN]))
            if pause:
                gevent.sleep(0)


def sample_gaps(ratio: float) -> Iterator[int]:
    """How many answers on the next one of the sample is, drawn anew each time; always -1 without a sample."""
    dice = random.Random(1)
    while True:
        yield max(1, round(dice.expovariate(ratio))) if ratio else -1


def _problems(operation_id: str, status: int, head: bytes, body: bytes) -> list[str]:
    if status != operation(operation_id).success:
        # Counted as an error already; the contract suites judge error bodies.
        return []
    problems = []
    media_type = _header(head, b"content-type").split(b";")[0].strip().lower()
    if media_type != b"application/json":
        problems.append(f"media type {media_type.decode('latin-1') or 'missing'}, expected application/json")
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return [*problems, f"the body is not JSON: {error}"]
    return problems + [str(violation) for violation in response_violations(operation_id, status, value)]


def _header(head: bytes, name: bytes) -> bytes:
    for line in head.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.strip().lower() == name:
            return value
    return b""
