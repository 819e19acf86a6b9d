"""A finding: one way in which the server broke its contract, with what shows it."""

from dataclasses import dataclass
from typing import Literal, get_args

from flowgauge.results.exchange import Exchange

__all__ = ["NO_OPERATION", "SEVERITIES", "Consequence", "Finding", "Severity", "Showing"]

NO_OPERATION = "(no operation)"
"""Where a finding stands that is about no operation of the document."""

Severity = Literal["critical", "major", "minor"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)


@dataclass(frozen=True, slots=True)
class Showing:
    """What one operation showed of a finding: in which words, and how often."""

    operation: str
    detail: str
    count: int


@dataclass(frozen=True, slots=True)
class Consequence:
    """What was met of another class, and only because of a finding."""

    id: str
    operation: str
    count: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One cause of defects of one class, at all operations that show it, however often it was met.

    `id` is stable from run to run ("FG-201"). `operation` is the most telling of those that show it; `cause`
    tells the finding from others of its class, and is empty where it is that operation's own. `exchanges` is
    the most ordinary sequence known to show it, and the shortest of these; `oddity` says how far it is from
    ordinary (0). `rule` is what promises otherwise: words, an RFC, or a place in the document. `reproduction`
    is a shell script that shows it when pasted, with the token in FLOWGAUGE_TOKEN: it ends with 1 where the
    fault shows, and with 0 where it does not. `reproduced` says whether the same requests showed it once
    more, and is None where they were not sent again, for the reason in `not_replayed`. `expected` is what
    should have come back, in words, where it is the status that is wrong.
    """

    id: str
    title: str
    operation: str
    severity: Severity
    detail: str
    exchanges: tuple[Exchange, ...]
    reproduction: str
    count: int = 1
    waived: str | None = None
    cause: str = ""
    rule: str = ""
    oddity: int = 0
    showings: tuple[Showing, ...] = ()
    consequences: tuple[Consequence, ...] = ()
    reproduced: bool | None = None
    not_replayed: str = ""
    expected: str = ""

    @property
    def operations(self) -> tuple[str, ...]:
        """All operations that show it, the most telling first."""
        return tuple(showing.operation for showing in self.showings) or (self.operation,)

    @property
    def places(self) -> str:
        """The operations as text."""
        return ", ".join(self.operations)

    @property
    def key(self) -> tuple[str, str]:
        """What makes two findings the same one."""
        return (self.id, self.cause or self.operation)

    @property
    def replay_note(self) -> str:
        """What is to be said of showing it once more: nothing where it did show, or nobody tried."""
        if self.not_replayed:
            return f"not replayed: {self.not_replayed}"
        return "did not show again" if self.reproduced is False else ""
