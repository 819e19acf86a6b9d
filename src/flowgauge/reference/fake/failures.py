"""What goes wrong on demand: planned for the next calls, or drawn by chance from a seed."""

import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from random import Random
from typing import Literal, get_args

from flowgauge.errors import UsageError
from flowgauge.openapi import Json
from flowgauge.reference.world.message import JSON_HEADERS, Headers, Reply
from flowgauge.reference.world.wire import encoded

__all__ = [
    "FAILURE_KINDS",
    "TOKEN_OPERATION",
    "Failure",
    "FailureKind",
    "FailurePlan",
    "check_operation",
    "headers_of",
]

FailureKind = Literal[
    "refused",
    "reset",
    "disconnected",
    "connect-timeout",
    "write-timeout",
    "read-timeout",
    "pool-timeout",
    "truncated",
    "malformed",
    "slow-drip",
]
FAILURE_KINDS: tuple[FailureKind, ...] = get_args(FailureKind)
# How the journal and the plans name the token endpoint, which is not one of the document's operations.
TOKEN_OPERATION = "token"  # noqa: S105
DRIP_INTERVAL = 1.0
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e]*")
_FRAMING = frozenset({"content-length", "transfer-encoding"})


@dataclass(frozen=True, slots=True)
class Failure:
    """One way to go wrong.

    With `status`, the server behind is never asked; `headers` are the answer's. `refused`, `pool-timeout`,
    `connect-timeout` and `write-timeout` happen before it is, the other kinds after: it has acted. `latency`
    (seconds) makes an answer late, and is the time between two pieces of a `slow-drip`.
    """

    kind: FailureKind | None = None
    status: int | None = None
    latency: float = 0.0
    headers: Headers = ()

    def __post_init__(self) -> None:
        if self.kind is not None and self.kind not in FAILURE_KINDS:
            near = get_close_matches(str(self.kind), FAILURE_KINDS, n=1)
            hint = f"did you mean {near[0]}?" if near else f"one of {', '.join(FAILURE_KINDS)}"
            raise UsageError(f"there is no failure of the kind {self.kind!r}", hint=hint)
        if self.status is not None and not (_is_whole(self.status) and 100 <= self.status <= 599):
            raise UsageError(f"{self.status!r} is not an HTTP status", hint="100 to 599")
        if self.kind and self.status:
            raise UsageError("a failure has a kind or a status, not both")
        if not _is_number(self.latency) or not 0 <= self.latency < math.inf:
            raise UsageError(f"the latency must be 0 or more seconds, not {self.latency!r}")
        if self.kind is None and self.status is None and not self.latency:
            raise UsageError("nothing fails", hint="give a status, a kind or a latency")
        if self.latency and self.kind not in {None, "slow-drip"}:
            raise UsageError(
                f"a {self.kind} has no latency", hint="it takes what the client's timeout allows"
            )
        if self.headers and self.status is None:
            raise UsageError("only a planned status has headers of its own", hint="give it a status")

    @property
    def interval(self) -> float:
        """Seconds between two pieces of a `slow-drip`."""
        return self.latency or DRIP_INTERVAL

    def reply(self, error_body: Callable[[str], Json]) -> Reply:
        """The answer of a planned status; `error_body` makes an error of a message."""
        assert self.status is not None
        headers = self.headers
        if all(name != "content-type" for name, _ in headers):
            headers = JSON_HEADERS + headers
        if self.status < 200 or self.status in {204, 304}:
            return Reply(self.status, self.headers, b"")
        return Reply(self.status, headers, encoded(error_body(f"planned failure {self.status}")))


@dataclass(slots=True)
class _Next:
    operation: str | None
    failure: Failure
    left: int


@dataclass(frozen=True, slots=True)
class _Chance:
    operation: str | None
    failure: Failure
    ratio: float


@dataclass(slots=True)
class FailurePlan:
    """Which calls of which `operations` go wrong. `random` draws by chance, apart from that of ids."""

    random: Random
    operations: Collection[str]
    _next: list[_Next] = field(default_factory=list)
    _chances: list[_Chance] = field(default_factory=list)

    def add_next(self, operation: str | None, failure: Failure, times: int) -> None:
        """Let the next `times` calls of an operation (None: of any) fail. Raises UsageError."""
        check_operation(operation, self.operations)
        if not _is_whole(times) or times < 1:
            raise UsageError(f"a failure happens at least once, not {times!r} times")
        self._next.append(_Next(operation, failure, times))

    def add_chance(self, operation: str | None, failure: Failure, ratio: float) -> None:
        """Let each call of an operation fail with the probability `ratio`. Raises UsageError."""
        check_operation(operation, self.operations)
        if not _is_number(ratio) or not 0 <= ratio <= 1:
            raise UsageError(f"a ratio is in 0..1, not {ratio!r}", hint="5 % is 0.05")
        self._chances.append(_Chance(operation, failure, ratio))

    def clear(self) -> None:
        """Let nothing more go wrong."""
        self._next.clear()
        self._chances.clear()

    @property
    def is_empty(self) -> bool:
        """Whether nothing can go wrong."""
        return not self._next and not self._chances

    def pending(self) -> Mapping[str, int]:
        """How many planned failures have not happened, by operation ("any" for those of any)."""
        left: dict[str, int] = {}
        for planned in self._next:
            name = planned.operation or "any"
            left[name] = left.get(name, 0) + planned.left
        return left

    def take(self, operation: str | None) -> Failure | None:
        """The failure of this call, or None. What is planned for the next calls comes before chance."""
        for planned in self._next:
            if planned.operation in {None, operation}:
                planned.left -= 1
                if not planned.left:
                    self._next.remove(planned)
                return planned.failure
        for chance in self._chances:
            if chance.operation in {None, operation} and self.random.random() < chance.ratio:
                return chance.failure
        return None


def headers_of(headers: Mapping[str, str] | None) -> Headers:
    """The headers of a planned answer. Raises UsageError for what no header can be."""
    if headers is not None and not isinstance(headers, Mapping):
        raise UsageError(f"headers are a mapping, not {headers!r}")
    for name, value in (headers or {}).items():
        _check_header(name, value)
    return tuple((name.lower(), value) for name, value in (headers or {}).items())


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _check_header(name: object, value: object) -> None:
    if not isinstance(name, str) or not isinstance(value, str):
        raise UsageError(f"the header {name!r} is {value!r}", hint="names and values are strings")
    if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
        raise UsageError(f"{name!r}: {value!r} cannot be a header")
    if name.lower() in _FRAMING:
        raise UsageError(f"the fake itself writes {name}", hint='kind="truncated" makes it wrong')


def check_operation(name: str | None, operations: Collection[str]) -> None:
    """Raise UsageError where there is no such operation, and it is not the token endpoint either."""
    names = [TOKEN_OPERATION, *operations]
    if name is not None and name not in names:
        near = get_close_matches(name, names, n=1)
        hint = f"did you mean {near[0]}?" if near else f"one of {', '.join(names)}"
        raise UsageError(f"there is no operation {name!r}", hint=hint)
