"""What can be found on this edition alone: instances and their stages, events, aborts, history, triggers."""

from flowgauge.editions.v2.finding_guides import GUIDES
from flowgauge.results import GENERIC, FindingClass, Severity

__all__ = ["FINDINGS"]

_ROWS: tuple[tuple[str, str, str, Severity, str], ...] = (
    (
        "FG-401",
        "wait",
        "wait=true answered before the instance was over",
        "critical",
        "the document: wait=true answers when the instance is over",
    ),
    (
        "FG-402",
        "no-wait",
        "a start without wait is answered late",
        "major",
        "the document: without wait a start is answered at once",
    ),
    (
        "FG-403",
        "progress",
        "an instance went backwards",
        "critical",
        "what is over stays over, as it was",
    ),
    (
        "FG-404",
        "stage-count",
        "a stage is shown that cannot have begun",
        "major",
        "the document: the status holds the stages of the workflow that have begun",
    ),
    (
        "FG-405",
        "stage-order",
        "stages are not numbered 0, 1, 2, ...",
        "major",
        "the document: a stage is named by its index in the workflow, in the order in which they begin",
    ),
    (
        "FG-406",
        "stage-error",
        "an instance that must fail does not",
        "major",
        "the document: what fails says why in error",
    ),
    (
        "FG-407",
        "stage-error",
        "an instance that must succeed fails",
        "major",
        "the document: what succeeds has no error",
    ),
    (
        "FG-408",
        "terminal",
        "an instance is not over when it must be",
        "critical",
        "the document: an instance is over when its last stage has ended, or one has failed",
    ),
    (
        "FG-410",
        "stage-duration",
        "an instance or a stage took another time than it was told to",
        "major",
        "the document: a delay lasts as long as its parameters say",
    ),
    (
        "FG-411",
        "stage-order",
        "a stage began before the one before it ended",
        "major",
        "the document: an instance goes through its stages in order",
    ),
    (
        "FG-412",
        "wait",
        "wait=true is answered long after the instance is over",
        "major",
        "the document: wait=true answers when the instance is over",
    ),
    (
        "FG-413",
        "stage-owner",
        "the status of a stage names another instance",
        "major",
        "the document: a stage's status names the instance that it is of",
    ),
    (
        "FG-414",
        "terminal",
        "an instance says that it is over and that it is not",
        "major",
        "the document: terminated says whether an instance is over, terminatedAt when, error why it failed",
    ),
    (
        "FG-420",
        "events",
        "an event that was waited for changes nothing, or one that was not changes something",
        "critical",
        "the document: the stage that waits for an event of this name ends",
    ),
    (
        "FG-421",
        "abort",
        "an aborted instance goes on",
        "critical",
        "the document: what is aborted is over, and no further stage of it begins",
    ),
    (
        "FG-422",
        "history",
        "the history of an instance is not what it went through",
        "major",
        "the document: the history holds the stages in the order in which they began, with their parameters",
    ),
    (
        "FG-423",
        "stage-history",
        "a stage that has begun has no history",
        "major",
        "the document: a stage is asked for by its index in the workflow",
    ),
    (
        "FG-424",
        "trigger-test",
        "a trigger is tested wrongly",
        "major",
        "the document: a test says whether the event fits the filter, and what the variables would be",
    ),
)

FINDINGS = GENERIC + (FindingClass(*row, GUIDES[row[0]]) for row in _ROWS)
