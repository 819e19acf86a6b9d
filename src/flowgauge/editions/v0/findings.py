"""What can be found on this edition alone: runs and their stages."""

from flowgauge.results import GENERIC, FindingClass, Severity

__all__ = ["FINDINGS"]

_ROWS: tuple[tuple[str, str, str, Severity], ...] = (
    ("FG-401", "wait", "wait=true answered before the run was over", "critical"),
    ("FG-402", "no-wait", "a run without wait is answered late", "major"),
    ("FG-403", "progress", "a stage status went backwards", "critical"),
    ("FG-404", "stage-count", "a status of a stage that cannot have begun", "major"),
    ("FG-405", "stage-order", "stage statuses are not 0, 1, 2, ...", "major"),
    ("FG-406", "stage-error", "a stage that must fail does not, or fails with another error", "major"),
    ("FG-407", "stage-error", "a stage that must succeed fails", "major"),
    ("FG-408", "terminal", "a run is not over when it must be", "critical"),
    ("FG-410", "stage-duration", "a stage took another time than it was told to", "major"),
    ("FG-411", "stage-order", "a stage began before the one before it ended", "major"),
    ("FG-412", "wait", "wait=true is answered long after the run is over", "major"),
)

FINDINGS = GENERIC + (FindingClass(*row) for row in _ROWS)
