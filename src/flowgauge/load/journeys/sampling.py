"""A sample of the answers, validated against the document off the hot path; an example of each failure."""

import json
import random
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping

import gevent
import msgspec

from flowgauge.load.engine.iteration import Iteration
from flowgauge.load.journeys.findings import INVALID, CountedFindings, exchange_of
from flowgauge.load.transport.answer_head import headers_of
from flowgauge.load.transport.wire import WireCall
from flowgauge.openapi import Document
from flowgauge.openapi.media_types import is_declared, is_json
from flowgauge.results import Exchange

__all__ = ["Sampler", "sample_gaps"]

# How many answers wait, and how many bytes of them.
_WAITING, _WAITING_BYTES = 1_000, 16 << 20
_EXAMPLES = 2
_SHOWN = 5


class Sampler:
    """Looks on at an engine's answers. They wait in a bounded queue; what it refuses is counted in `skipped`.

    `operations` are ids by short names, all of them in `document`. `validated` counts those that were looked
    at: the answers that are no failures by their status.
    """

    def __init__(
        self, document: Document, operations: Mapping[str, str], found: CountedFindings, ratio: float
    ) -> None:
        # Compiled now: in the middle of a run it would hold every arrival up for tens of milliseconds.
        for operation_id in operations.values():
            for status in document.operation(operation_id).successes:
                document.response_violations(operation_id, status, None)
        self.gaps = sample_gaps(ratio)
        self._successes = {each: document.operation(each).possible_successes for each in operations.values()}
        self.validated = 0
        self.skipped = 0
        self._document = document
        self._operations = operations
        self._found = found
        self._waiting: deque[tuple[WireCall, int, bytes, bytes, float, float]] = deque()
        self._waiting_bytes = 0
        self._examples: dict[tuple[str, str], list[Exchange]] = defaultdict(list)
        self._greenlet: gevent.Greenlet | None = None

    @property
    def examples(self) -> tuple[tuple[str, Exchange], ...]:
        """A few exchanges of each kind of failure on each operation."""
        return tuple((kind, each) for (_, kind), found in sorted(self._examples.items()) for each in found)

    def saw(self, iteration: Iteration, head: bytes, status: int, body: bytes, at: float) -> None:
        """Put an answer aside, to be validated when the hub has nothing better to do."""
        if len(self._waiting) >= _WAITING or self._waiting_bytes > _WAITING_BYTES:
            self.skipped += 1
            return
        self._waiting_bytes += len(head) + len(body)
        self._waiting.append((iteration.call, status, head, body, iteration.sent, at))
        if self._greenlet is None or self._greenlet.dead:
            self._greenlet = gevent.spawn(self.work_off, pause=True)

    def failed(self, kind: str, iteration: Iteration, head: bytes, status: int, at: float) -> None:
        """Keep the first exchanges of each kind of failure."""
        examples = self._examples[iteration.call.name, kind]
        if len(examples) < _EXAMPLES:
            answer = (status, head, head.partition(b"\r\n\r\n")[2]) if head else None
            call, sent = iteration.call, iteration.sent
            operation = self._operations[call.name]
            examples.append(exchange_of(call, operation, answer, sent=sent, at=at, error=kind))

    def work_off(self, *, pause: bool = False) -> None:
        """Validate what waits; with `pause`, one answer at a time, so that no arrival leaves late."""
        while self._waiting:
            call, status, head, body, sent, at = self._waiting.popleft()
            self._waiting_bytes -= len(head) + len(body)
            operation = self._operations[call.name]
            if status not in self._successes[operation]:
                # Counted as an error already; the contract suites judge error bodies.
                continue
            problems = self._problems(operation, status, head, body)
            self.validated += 1
            if problems:
                exchange = exchange_of(call, operation, (status, head, body), sent=sent, at=at)
                self._found.add(INVALID, exchange, "\n".join(problems[:_SHOWN]))
            if pause:
                gevent.sleep(0)

    def _problems(self, operation_id: str, status: int, head: bytes, body: bytes) -> list[str]:
        document = self._document
        declared = document.operation(operation_id).response(status)
        if declared is None or declared.schema is None:
            # What the document does not describe cannot be judged by it: a 204 has no body at all.
            return ["a body where there must be none"] if status == 204 and body else []
        problems = []
        types = (value for name, value in headers_of(head) if name.strip().lower() == "content-type")
        media_type = next(types, "").split(";")[0].strip().lower()
        if not is_declared(media_type, declared.media_types):
            expected = " or ".join(declared.media_types)
            problems.append(f"media type {media_type or 'missing'}, expected {expected}")
        elif not is_json(media_type):
            return []
        try:
            value = msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            # What only our reader cannot hold is for the suites to judge.
            return problems if _is_json_text(body) else [*problems, f"the body is not JSON: {error}"]
        violations = document.response_violations(operation_id, status, value)
        return problems + [str(violation) for violation in violations]


def _is_json_text(body: bytes) -> bool:
    """Whether a body keeps JSON's grammar, whatever its numbers and texts are (RFC 8259)."""
    try:
        json.loads(body.decode(), parse_int=str, parse_float=str, parse_constant=_refused)
    except RecursionError:
        return True
    except ValueError:
        return False
    return True


def _refused(constant: str) -> None:
    """NaN and its like are JavaScript's alone."""
    raise ValueError(constant)


def sample_gaps(ratio: float) -> Iterator[int]:
    """How many answers on the next one of the sample is, time after time; always -1 without a sample."""
    rng = random.Random(1)
    while True:
        yield max(1, round(rng.expovariate(ratio))) if ratio else -1
