"""The table of named faults: ways in which a server breaks its contract, as switches of the world.

A fault is a small function that gets a fresh world and wraps one or two of its steps. A world without
faults pays nothing for them.
"""

import difflib
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from flowgauge.errors import HarnessError, UsageError
from flowgauge.reference.world.world import World

__all__ = [
    "ANY",
    "FAULTS",
    "Fault",
    "FaultKind",
    "fault",
    "fault_names",
    "install_faults",
    "known_faults",
    "wrap",
]

FaultKind = Literal["status", "media", "schema", "input", "state", "auth", "time", "volume", "concurrency"]
ANY = "any"


@dataclass(frozen=True, slots=True)
class Fault:
    """One switch.

    `operation` is the operationId on which it shows, or "any"; `kind` the class of check that must catch
    it; `group` is "seeded", or the release of a real server that behaved so. `hidden_because` says why the
    fault does not show over HTTP by itself, or is None where it does.
    """

    name: str
    operation: str
    kind: FaultKind
    sentence: str
    group: str
    install: Callable[[World], None]
    hidden_because: str | None = None

    @property
    def is_observable(self) -> bool:
        """Whether some exchange of this server differs from those of one that honours the contract."""
        return self.hidden_because is None


FAULTS: dict[str, Fault] = {}


def fault(
    name: str,
    operation: str,
    kind: FaultKind,
    sentence: str,
    *,
    group: str = "seeded",
    hidden_because: str | None = None,
) -> Callable[[Callable[[World], None]], Callable[[World], None]]:
    """Enter the decorated function into the table. Raises HarnessError where the name is taken."""

    def enter(install: Callable[[World], None]) -> Callable[[World], None]:
        if name in FAULTS:
            raise HarnessError(f"two faults are named {name}")
        FAULTS[name] = Fault(name, operation, kind, sentence, group, install, hidden_because)
        return install

    return enter


def wrap(owner: Any, step: str, replacement: Callable[..., Any]) -> None:
    """Replace a step of `owner` by `replacement(original, *arguments)`.

    `owner` is the world, its `inputs`, `views` or `gatekeeper`, or the table `answers`; where faults meet
    on one step, the later wraps the earlier.
    """
    if isinstance(owner, dict):
        owner[step] = functools.partial(replacement, owner[step])
    else:
        setattr(owner, step, functools.partial(replacement, getattr(owner, step)))


def fault_names(texts: Sequence[str]) -> list[str]:
    """The names in the values of a flag that was given any number of times, each `NAME[,NAME]`."""
    return [name.strip() for text in texts for name in text.split(",") if name.strip()]


def known_faults(names: Sequence[str]) -> list[Fault]:
    """The faults of these names, each once; the name of a group stands for all of its faults.

    Raises UsageError for a name that is not in the table.
    """
    groups: dict[str, list[Fault]] = {}
    for name in sorted(FAULTS):
        groups.setdefault(FAULTS[name].group, []).append(FAULTS[name])
    found: dict[str, Fault] = {}
    for name in names:
        if name in groups:
            found |= {known.name: known for known in groups[name]}
        elif name in FAULTS:
            found[name] = FAULTS[name]
        else:
            near = difflib.get_close_matches(name, [*FAULTS, *groups], n=1)
            hint = f"did you mean {near[0]}?" if near else "`flowgauge faults` lists them all"
            raise UsageError(f"there is no fault named {name!r}", hint=hint)
    return list(found.values())


def install_faults(world: World, names: Sequence[str]) -> None:
    """Switch the named faults on. Raises UsageError for a name that is not in the table."""
    for known in known_faults(names):
        known.install(world)
