"""A named fault: one way in which a server breaks its contract, as a switch of a world."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from flowgauge.reference.world.message import ServedWorld

__all__ = ["ANY", "Fault", "FaultGroup", "FaultKind"]

FaultKind = Literal["status", "media", "schema", "input", "state", "auth", "time", "volume", "concurrency"]
ANY = "any"
W = TypeVar("W", bound=ServedWorld)
_OWN_OPERATION = re.compile(r"^(FG-\d+)(?=$| says )")


@dataclass(frozen=True, slots=True)
class Fault(Generic[W]):
    """One switch: `install` gets a fresh world and wraps one or two of its steps.

    `operation` is the operationId on which it shows, or "any"; `kind` the class of the check that must catch
    it; `group` is "seeded", or the release of a real server that behaved so. `findings` are those in which a
    reader finds this fault; what merely follows from it is none of them. Each is a class and an operation (or
    "any"), and where that is not enough, a pattern that is found in its detail or its reproduction:
    "FG-105 readPet says null". `hidden_because` says why the fault does not show over HTTP by itself, or is
    None where it does.
    """

    name: str
    operation: str
    kind: FaultKind
    sentence: str
    group: str
    install: Callable[[W], None]
    findings: tuple[str, ...] = ()
    hidden_because: str | None = None

    @property
    def is_observable(self) -> bool:
        """Whether some exchange of this server differs from those of one that honours the contract."""
        return self.hidden_because is None


class FaultGroup(Generic[W]):
    """The faults of a group that one module declares, in its order."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.faults: list[Fault[W]] = []

    def fault(
        self,
        name: str,
        operation: str,
        kind: FaultKind,
        sentence: str,
        findings: str | tuple[str, ...] = (),
        *,
        hidden_because: str | None = None,
    ) -> Callable[[Callable[[W], None]], Callable[[W], None]]:
        """Declare a fault, which the decorated function installs.

        A finding without an operation is one on the fault's own: "FG-101", or "FG-105 says null".
        """
        texts = (findings,) if isinstance(findings, str) else findings

        def declare(install: Callable[[W], None]) -> Callable[[W], None]:
            named = tuple(_OWN_OPERATION.sub(rf"\1 {operation}", text) for text in texts)
            made = Fault(name, operation, kind, sentence, self.name, install, named, hidden_because)
            self.faults.append(made)
            return install

        return declare
