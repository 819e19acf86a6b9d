"""What a fake was asked and what it answered: a bounded memory, and the questions a test asks of it."""

from collections import Counter, deque
from collections.abc import Collection, Iterator, Mapping
from typing import Annotated

import msgspec

from flowgauge.errors import UsageError
from flowgauge.json_diff import json_diff
from flowgauge.openapi import Json
from flowgauge.reference.fake.failures import check_operation
from flowgauge.reference.fake.recordings.mismatch import CallMismatch, for_the_caller
from flowgauge.reference.fake.settings import checked
from flowgauge.reference.world.message import WorldRequest

__all__ = ["ANYTHING", "Journal", "JournalEntry"]

__tracebackhide__ = for_the_caller

ANYTHING = object()
_Times = Annotated[int, msgspec.Meta(ge=0)]
_encode = msgspec.json.Encoder(decimal_format="number").encode


class JournalEntry(msgspec.Struct, frozen=True):
    """One exchange with the fake.

    `operation` is the operationId, "token" for the token endpoint, or None for a request outside the
    document. `status` is 0 where no answer came, and `failure` says why. `at` and `ended` are seconds on the
    fake's clock.
    """

    operation: str | None
    request: WorldRequest
    status: int
    body: bytes
    at: float
    ended: float
    failure: str | None = None

    @property
    def json(self) -> Json:
        """The request body's value, or None where there is none."""
        return msgspec.json.decode(self.request.body) if self.request.body else None


class Journal:
    """The last `limit` calls, and how many there were of each of the `operations` in all."""

    def __init__(self, limit: int, operations: Collection[str]) -> None:
        self._operations = operations
        self._calls: deque[JournalEntry] = deque(maxlen=limit)
        self._counts: Counter[str | None] = Counter()
        self._forgotten = 0

    def __len__(self) -> int:
        return len(self._calls)

    def __iter__(self) -> Iterator[JournalEntry]:
        return iter(tuple(self._calls))

    def __getitem__(self, index: int) -> JournalEntry:
        return self._calls[index]

    def add(self, call: JournalEntry) -> None:
        """Remember a call, and forget the oldest where there are too many."""
        if len(self._calls) == self._calls.maxlen:
            self._forgotten += 1
        self._calls.append(call)
        self._counts[call.operation] += 1

    def clear(self) -> None:
        """Forget everything."""
        self._calls.clear()
        self._counts.clear()
        self._forgotten = 0

    def count(self, operation: str) -> int:
        """How often an operation was called, forgotten calls included."""
        return self._counts[operation]

    def assert_called(
        self,
        operation: str,
        *,
        times: int | None = None,
        body: object = ANYTHING,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Hold the journal to an expectation.

        Raises CallMismatch unless there were exactly `times` (or at least one) calls of `operation` with this
        JSON body (None: no body) and at least these headers; and UsageError for an expectation that no call
        could ever meet.
        """
        check_operation(operation, self._operations)
        checked(times, _Times | None, "times is how many calls, not", hint="0 or more, or None")
        body, headers = _plain(body), headers or {}
        is_choosy = body is not ANYTHING or bool(headers)
        calls = [call for call in self._calls if call.operation == operation]
        judged = [(call, _marks(call, body, headers)) for call in calls]
        unfit = [(call, marks) for call, marks in judged if not all(marks.values())]
        count = len(judged) - len(unfit) if is_choosy else self.count(operation)
        if is_choosy and self._forgotten and (times is not None or not count):
            raise CallMismatch(
                f"the journal has forgotten {self._forgotten} calls, so it cannot tell",
                hint="ask before so many calls are made, or expect no body and headers",
            )
        if count == times or (times is None and count):
            return
        wanted = "at least one call" if times is None else f"{times} call{'' if times == 1 else 's'}"
        lines = [f"expected {wanted} of {operation}, there were {count}"]
        lines += _nearest(unfit, body) if unfit and count < (times or 1) else []
        others = ", ".join(f"{name} x{n}" for name, n in self._counts.items()) or "nothing"
        raise CallMismatch("\n".join([*lines, f"called so far: {others}"]))


def _plain(body: object) -> object:
    """The expected body as it would be read off the wire: tuples are lists there."""
    if body is ANYTHING:
        return body
    try:
        return msgspec.json.decode(_encode(body))
    except (msgspec.MsgspecError, TypeError, ValueError, RecursionError) as error:
        raise UsageError(f"the expected body is no JSON: {error}") from None


def _marks(call: JournalEntry, body: object, headers: Mapping[str, str]) -> dict[str, bool]:
    """Whether a call meets each of the criteria."""
    marks = {} if body is ANYTHING else {"body": not json_diff(body, _body(call))}
    for name, value in headers.items():
        marks[f"header {name}: {value}"] = value in call.request.header_values(name.lower())
    return marks


def _body(call: JournalEntry) -> Json:
    try:
        return call.json
    except msgspec.MsgspecError:
        return f"(not JSON) {call.request.body!r}"


def _nearest(unfit: list[tuple[JournalEntry, dict[str, bool]]], body: object) -> list[str]:
    nearest, marks = max(unfit, key=lambda judged: sum(judged[1].values()))
    lines = [f"nearest: {nearest.request.method} {nearest.request.path}"]
    lines += [f"  {'✓' if holds else '✗'} {name}" for name, holds in marks.items()]
    if body is not ANYTHING:
        lines += [f"    {line}" for line in json_diff(body, _body(nearest))]
    return lines
