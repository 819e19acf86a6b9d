"""The named faults of an edition, found by name or by group."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from flowgauge.errors import HarnessError, UsageError
from flowgauge.reference.faults.fault import Fault, FaultGroup
from flowgauge.reference.world.message import ServedWorld

__all__ = ["FaultTable", "fault_names"]

W = TypeVar("W", bound=ServedWorld)


class FaultTable(Mapping[str, Fault[W]]):
    """Faults by name, in the order of their declaration. Raises HarnessError where two have one name."""

    def __init__(self, *groups: FaultGroup[W]) -> None:
        self._faults: dict[str, Fault[W]] = {}
        for declared in (fault for group in groups for fault in group.faults):
            if declared.name in self._faults:
                raise HarnessError(f"two faults are named {declared.name}")
            self._faults[declared.name] = declared

    def __getitem__(self, name: str) -> Fault[W]:
        return self._faults[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._faults)

    def __len__(self) -> int:
        return len(self._faults)

    @property
    def groups(self) -> tuple[str, ...]:
        """The names of the groups."""
        return tuple(sorted({fault.group for fault in self._faults.values()}))

    def named(self, names: Sequence[str]) -> list[Fault[W]]:
        """The faults of these names, each once; the name of a group stands for all of its faults.

        Raises UsageError for a name that is not in the table.
        """
        found: dict[str, Fault[W]] = {}
        for name in names:
            if name in self.groups:
                found |= {known: self[known] for known in sorted(self) if self[known].group == name}
            elif name in self._faults:
                found[name] = self._faults[name]
            else:
                near = difflib.get_close_matches(name, [*self._faults, *self.groups], n=1)
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
