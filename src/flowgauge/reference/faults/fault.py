"""Named faults: ways in which a server breaks its contract, as switches of a world, by name or group."""

import difflib
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from flowgauge.errors import HarnessError, UsageError
from flowgauge.reference.world.message import ServedWorld

__all__ = ["ANY", "Fault", "FaultGroup", "FaultKind", "FaultTable", "Mask", "fault_names", "masked"]

FaultKind = Literal[
    "status", "media", "schema", "input", "framing", "state", "auth", "time", "volume", "concurrency"
]
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
    "FG-105 readPet says null". `hidden_because` says why nothing that the fault changes by itself breaks a
    promise, or is None where something does.
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
        """Whether some exchange of this server breaks the contract, so that a finding can name it."""
        return self.hidden_because is None

    @property
    def over_http(self) -> bool:
        """Whether it shows on the wire alone: a world is given whole bodies."""
        return self.kind == "framing"


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


@dataclass(frozen=True, slots=True)
class Mask:
    """Faults that leave nothing to see of others: no client could tell that those are on too.

    `hidden` are those of which nothing is left where one of `by` is on, and `because` says why. What undoes
    others hides, by its `order`, those that were installed before it (it has the last word), or those after
    it (it has the first).
    """

    by: tuple[str, ...]
    hidden: tuple[str, ...]
    because: str
    order: Literal["any", "last", "first"] = "any"


def masked(masks: Collection[Mask], on: Sequence[str]) -> dict[str, str]:
    """Of the faults that are on, in the order of their installation, those that others hide, and why."""
    found: dict[str, str] = {}
    for place, name in enumerate(on):
        others = {"any": on, "last": on[place + 1 :], "first": on[:place]}
        for mask in masks:
            by = next((other for other in others[mask.order] if other in mask.by and other != name), None)
            if by is not None and name in mask.hidden:
                found.setdefault(name, f"{mask.because}: {by}")
    return found


class FaultTable(dict[str, Fault[W]]):
    """Faults by name, in the order of their declaration. Raises HarnessError where two have one name."""

    def __init__(self, *groups: FaultGroup[W]) -> None:
        super().__init__()
        for declared in (fault for group in groups for fault in group.faults):
            if declared.name in self:
                raise HarnessError(f"two faults are named {declared.name}")
            self[declared.name] = declared

    @property
    def groups(self) -> tuple[str, ...]:
        """The names of the groups."""
        return tuple(sorted({fault.group for fault in self.values()}))

    def of_group(self, group: str | None) -> list[Fault[W]]:
        """The faults of a group, or all of them. Raises UsageError where there is no such group."""
        if group not in {None, *self.groups}:
            hint = f"the groups are {' and '.join(self.groups)}"
            raise UsageError(f"no fault is in group {group!r}", hint=hint)
        return [fault for fault in self.values() if group in {None, fault.group}]

    def named(self, names: Sequence[str]) -> list[Fault[W]]:
        """The faults of these names, each once; the name of a group stands for all of its faults.

        Raises UsageError for a name that is not in the table.
        """
        found: dict[str, Fault[W]] = {}
        for name in names:
            if name in self.groups:
                found |= {fault.name: fault for fault in sorted(self.of_group(name), key=lambda f: f.name)}
            elif name in self:
                found[name] = self[name]
            else:
                near = difflib.get_close_matches(name, [*self, *self.groups], n=1)
                hint = f"did you mean {near[0]}?" if near else "`flowgauge faults` lists them all"
                raise UsageError(f"there is no fault named {name!r}", hint=hint)
        return list(found.values())

    def install(self, world: W, names: Sequence[str]) -> None:
        """Switch the named faults on. Raises UsageError for a name that is not in the table."""
        for fault in self.named(names):
            fault.install(world)


def fault_names(texts: Sequence[str]) -> list[str]:
    """The names in the values of a flag that was given any number of times, each `NAME[,NAME]`."""
    return [name.strip() for text in texts for name in text.split(",") if name.strip()]
