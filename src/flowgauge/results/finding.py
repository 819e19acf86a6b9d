"""A finding: one way in which the server broke its contract, with what shows it."""

from dataclasses import dataclass
from typing import Literal, get_args

from flowgauge.results.exchange import Exchange

__all__ = ["NO_OPERATION", "SEVERITIES", "Finding", "Severity"]

NO_OPERATION = "(no operation)"
"""Where a finding stands that is about no operation of the document."""

Severity = Literal["critical", "major", "minor"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)


@dataclass(frozen=True, slots=True)
class Finding:
    """One class of defect on one operation, however often it was met.

    `id` is stable from run to run ("FG-201"). `exchanges` is the shortest sequence known to show it;
    `reproduction` is a shell script that shows it when pasted, with the token in FLOWGAUGE_TOKEN: it ends
    with 1 where the fault shows, and with 0 where it does not. `reproduced` says whether it was shown by the
    same requests once more, and is None where they were not sent again, for the reason in `not_replayed`.
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
    reproduced: bool | None = None
    not_replayed: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What makes two findings the same one."""
        return (self.id, self.operation)

    @property
    def replay_note(self) -> str:
        """What is to be said of showing it once more: nothing where it did show, or nobody tried."""
        if self.not_replayed:
            return f"not replayed: {self.not_replayed}"
        return "did not show again" if self.reproduced is False else ""
