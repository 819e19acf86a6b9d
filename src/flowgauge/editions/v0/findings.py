"""What can be found on this edition alone: runs and their stages."""

from flowgauge.editions.v0.finding_examples import EXCHANGES
from flowgauge.results import GENERIC, FindingClass, Guide, Severity

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

_GUIDES = {
    "FG-401": Guide(
        "A client that waits for the end gets a run that goes on, and takes it for a result.",
        "runWorkflow with wait=true answers while a delay of 100 ms still lasts.",
        "Answer when the last stage has ended, and not when the run was stored.",
    ),
    "FG-402": Guide(
        "A client that does not wait waits all the same, and may time out.",
        "runWorkflow without wait answers after the stages have run.",
        "Run the stages in the background, and answer when the run is stored.",
    ),
    "FG-403": Guide(
        "A client that polls sees what was over go on again.",
        "A stage that had ended is shown without its end, or as another one.",
        "Write a status once, and never from older state.",
    ),
    "FG-404": Guide(
        "A client sees a stage that cannot have begun, or that the workflow does not have.",
        "Two statuses of a workflow of one stage.",
        "Make a status when its stage begins, and for no other.",
    ),
    "FG-405": Guide(
        "A client that matches statuses with stages by number matches the wrong ones.",
        "Statuses of the stages 0, 0 and 2.",
        "Number the stages in their order from 0, each once.",
    ),
    "FG-406": Guide(
        "A run that failed looks as if it had succeeded, or says why it did not in other words.",
        "A stage with a configuration that cannot be carried out, and no error.",
        "Put what stopped the stage into its error.",
    ),
    "FG-407": Guide(
        "A run that should succeed does not.",
        "A delay of 50 ms ends with an error.",
        "The error says why; look for it in the server's log.",
    ),
    "FG-408": Guide(
        "A client that waits for the end of a run waits for ever.",
        "All stages have ended, and the run has not.",
        "End the run in the step that ends its last stage.",
    ),
    "FG-410": Guide(
        "What was asked to happen after a time happens too early or too late.",
        "A delay of 100 ms lasts 1 s.",
        "Wait for the time that the configuration names; look at the units.",
    ),
    "FG-411": Guide(
        "Steps that build on each other overlap.",
        "The second stage began before the first ended.",
        "Begin a stage when the one before has ended.",
    ),
    "FG-412": Guide(
        "A client that waits loses time after everything is done.",
        "The run is over after 50 ms, and wait=true answers after 2 s.",
        "Wake whoever waits when the run ends, in place of asking now and then.",
    ),
}

FINDINGS = GENERIC + (
    FindingClass(*row, _RULES[row[0]], _GUIDES[row[0]].showing(EXCHANGES.get(row[0], ""))) for row in _ROWS
)
