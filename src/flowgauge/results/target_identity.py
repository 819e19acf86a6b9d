"""Which server was tested, as fields: two files of one run folder must speak of the same one."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["TargetIdentity", "TargetKind"]

TargetKind = Literal["embedded", "in-process", "fake", "server"]


@dataclass(frozen=True, slots=True)
class TargetIdentity:
    """A server under test.

    `kind` is "server" for one that somebody else runs at `url`; the others are the reference: behind a
    socket ("embedded"), in this process, or behind the fake. `faults` are those that were switched on in it.
    `count` is how many alike took part: each worker of the suites has one of its own. One that is
    `unverified` need not prove by its certificate who it is.
    """

    kind: TargetKind
    url: str = ""
    faults: tuple[str, ...] = ()
    count: int = 1
    unverified: bool = False

    def __str__(self) -> str:
        """As people read it: `embedded server at http://127.0.0.1:8080 with create-200 (and 1 more)`."""
        name = {"embedded": f"embedded server at {self.url}", "server": self.url}.get(self.kind, self.kind)
        faults = f" with {', '.join(self.faults)}" if self.faults else ""
        more = f" (and {self.count - 1} more alike)" if self.count > 1 else ""
        return name + faults + more + (", its certificate not verified" if self.unverified else "")

    @property
    def server(self) -> str:
        """The URL, or the reference server wherever it listened: each stage starts one of its own."""
        return self.url.rstrip("/") if self.kind == "server" else "the reference server"

    def is_same_server(self, other: "TargetIdentity") -> bool:
        """Whether both speak of one server."""
        return self.server == other.server
