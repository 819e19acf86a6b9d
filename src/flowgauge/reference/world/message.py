"""What goes into a world, what comes out of it, and what a world must offer to be served."""

from dataclasses import dataclass
from typing import Protocol

from flowgauge.openapi import Json

__all__ = ["JSON_HEADERS", "Headers", "Reply", "ServedWorld", "WorldRequest"]

Headers = tuple[tuple[str, str], ...]
JSON_HEADERS: Headers = (("content-type", "application/json"),)


@dataclass(frozen=True, slots=True)
class WorldRequest:
    """A request as it stood on the wire.

    `path` and `query` are percent-encoded; `headers` have lower-case names. `body` is everything that
    was sent, or just over the world's limit where more was.
    """

    method: str
    path: str
    query: str = ""
    headers: Headers = ()
    body: bytes = b""

    def header_values(self, name: str) -> list[str]:
        """All values of the header with this lower-case name."""
        return [value for key, value in self.headers if key == name]

    def header(self, name: str) -> str | None:
        """The first value of the header with this lower-case name, or None."""
        return next(iter(self.header_values(name)), None)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, and when it is due (seconds on the world's clock; None: at once).

    `headers` have lower-case names and lack Content-Length, which the server knows. `head_only` keeps the
    body's length but not the body, for HEAD.
    """

    status: int
    headers: Headers
    body: bytes
    due: float | None = None
    head_only: bool = False


class ServedWorld(Protocol):
    """All that targets, the server and faults ask of a world: it need not be one of ours.

    `flowgauge.reference.world.world.World` is one that answers by a document.
    """

    def handle(self, request: WorldRequest, now: float, /) -> Reply:
        """The answer to `request` at `now`, seconds since the epoch; to be sent at `reply.due`, if later."""

    def reset(self) -> None:
        """Forget everything that was created; ids that were given out are not given out again."""

    def error_body(self, message: str, /) -> Json:
        """What an error looks like that says `message`."""
