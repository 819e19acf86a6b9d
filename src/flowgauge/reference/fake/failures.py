"""What goes wrong on demand: planned for the next calls, or drawn by chance from a seed."""

import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from random import Random
from typing import Annotated, Literal, get_args

from msgspec import Meta

from flowgauge.errors import UsageError
from flowgauge.openapi import Json
from flowgauge.reference.fake.settings import checked
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
_FRAMING = frozenset({"content-length", "transfer-encoding"})
_Status = Annotated[int, Meta(ge=100, le=599)]
_Seconds = Annotated[float, Meta(ge=0, le=sys.float_info.max)]
_Times = Annotated[int, Meta(ge=1)]
_Ratio = Annotated[float, Meta(ge=0, le=1)]
_Headers = dict[
    Annotated[str, Meta(pattern=r"\A[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")],
    Annotated[str, Meta(pattern=r"\A[\t\x20-\x7e]*\Z")],
]


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
            hint = _nearest(str(self.kind), FAILURE_KINDS)
            raise UsageError(f"there is no failure of the kind {self.kind!r}", hint=hint)
        checked(self.status, _Status | None, "an HTTP status is 100 to 599, not")
        if self.kind and self.status:
            raise UsageError("a failure has a kind or a status, not both")
        checked(self.latency, _Seconds, "the latency must be 0 or more seconds, not")
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
class _Planned:
    """A failure of the next `left` calls, or of each call with the probability `ratio`."""

    operation: str | None
    failure: Failure
    left: int = 0
    ratio: float = 1.0


@dataclass(slots=True)
class FailurePlan:
    """Which calls of which `operations` go wrong. `random` draws by chance, apart from that of ids."""

    random: Random
    operations: Collection[str]
    _next: list[_Planned] = field(default_factory=list)
    _chances: list[_Planned] = field(default_factory=list)

    def add_next(self, operation: str | None, failure: Failure, times: int) -> None:
        """Let the next `times` calls of an operation (None: of any) fail. Raises UsageError."""
        check_operation(operation, self.operations)
        checked(times, _Times, "a failure happens at least once; `times` cannot be")
        self._next.append(_Planned(operation, failure, left=times))

    def add_chance(self, operation: str | None, failure: Failure, ratio: float) -> None:
        """Let each call of an operation fail with the probability `ratio`. Raises UsageError."""
        check_operation(operation, self.operations)
        checked(ratio, _Ratio, "a ratio is in 0..1, not", hint="5 % is 0.05")
        self._chances.append(_Planned(operation, failure, ratio=ratio))

    def clear(self) -> None:
        """Let nothing more go wrong."""
        self._next.clear()
        self._chances.clear()

    @property
    def is_empty(self) -> bool:
        """Whether nothing can go wrong."""
        return not self._next and not self._chances

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
    if headers is None:
        return ()
    given = dict(headers) if isinstance(headers, Mapping) else headers
    checked(given, _Headers, "headers are a mapping of strings to strings; this cannot be a header:")
    made = tuple((name.lower(), value) for name, value in headers.items())
    for name, _ in made:
        if name in _FRAMING:
            raise UsageError(f"the fake itself writes {name}", hint='kind="truncated" makes it wrong')
    return made


def check_operation(name: str | None, operations: Collection[str]) -> None:
    """Raise UsageError where there is no such operation, and it is not the token endpoint either."""
    names = [TOKEN_OPERATION, *operations]
    if name is not None and name not in names:
        raise UsageError(f"there is no operation {name!r}", hint=_nearest(name, names))


def _nearest(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"did you mean {near[0]}?" if near else f"one of {', '.join(known)}"
