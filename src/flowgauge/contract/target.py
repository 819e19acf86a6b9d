"""What is tested: a way to send a request as it stands, and what else the target can do."""

from collections.abc import Sequence
from enum import Enum
from typing import Protocol

from flowgauge.results import Exchange, Request, TargetIdentity

__all__ = ["Capability", "Target"]


class Capability(Enum):
    """What a target can do beyond answering. The value says it in words, for the list of skipped checks."""

    WRITE = "accepts writes"
    RESET = "can be emptied"
    EXCLUSIVE = "is used by nobody else"
    VIRTUAL_CLOCK = "has a clock that the suites set"
    AUTHENTICATION = "asks for a token"
    OTHER_TOKEN = "has a second credential"  # noqa: S105
    EXPIRED_TOKEN = "has an expired token"  # noqa: S105
    EXECUTION = "executes what the edition foretells"
    FRAMING = "is reached over HTTP, and by no proxy that reads along"
    ADDITIONS = "knows what the document adds to its own edition"


class Target(Protocol):
    """A server under test."""

    identity: TargetIdentity
    url: str
    capabilities: frozenset[Capability]

    def send(self, request: Request) -> Exchange:
        """Send one request and wait for its answer."""
        ...

    def send_together(self, requests: Sequence[Request]) -> list[Exchange]:
        """Send requests at the same time; the exchanges stand in the order of the requests."""
        ...

    def now(self) -> float:
        """Seconds since the epoch on the clock that stamps the exchanges."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        ...

    def reset(self) -> None:
        """Forget everything that was created; only with Capability.RESET."""
        ...

    def close(self) -> None:
        """Let go of connections and processes."""
        ...
