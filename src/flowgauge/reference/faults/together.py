"""Faults that are on together: what one fault hides of another is a weakness of the suites."""

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["FaultsTogether"]


@dataclass(frozen=True, slots=True)
class FaultsTogether:
    """Faults that are switched on at once, each of which must still be caught.

    `names` are those of faults, or of groups. `hidden` are the faults that the suites do not find beside the
    others, each with the reason.
    """

    names: tuple[str, ...]
    hidden: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What they are called together."""
        return " + ".join(self.names)
