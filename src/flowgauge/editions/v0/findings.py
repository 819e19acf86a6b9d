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

_RULES = {
    "FG-401": "the document: wait=true answers when the workflow has ended",
    "FG-402": "the document: without wait the workflow runs in the background",
    "FG-403": "a status of a stage that has ended does not change",
    "FG-404": "the document: statuses are of the stages of the workflow that have begun",
    "FG-405": "the document: the statuses of a run name their stages by number, each once and in order",
    "FG-406": "the document: a stage that fails says why in error",
    "FG-407": "the document: a stage that succeeds has no error",
    "FG-408": "the document: a run is over when its last stage has ended",
    "FG-410": "the document: a delay lasts as long as its configuration says",
    "FG-411": "the document: stages run one after another",
    "FG-412": "the document: wait=true answers when the workflow has ended",
}

FINDINGS = GENERIC + (FindingClass(*row, _RULES[row[0]]) for row in _ROWS)
