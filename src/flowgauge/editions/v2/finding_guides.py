"""What helps with what can be found on this edition alone; a path's beginning is left out of the examples."""

from collections.abc import Mapping

from flowgauge.results import Guide

__all__ = ["GUIDES"]

GUIDES: Mapping[str, Guide] = {
    "FG-401": Guide(
        "A client that waits for the end gets an instance that goes on, and takes it for a result.",
        "A start with wait=true is answered while a delay of 100 ms still lasts.",
        "Answer when the last stage has ended, and not when the instance was stored.",
        """\
> POST /workflows/W/instances?wait=true        of a delay of 100 ms
< 201 {"data": {"id": "I", "terminated": false, ...}}""",
    ),
    "FG-402": Guide(
        "A client that does not wait waits all the same, and may time out.",
        "A start without wait is answered after the stages have run.",
        "Run the stages in the background, and answer when the instance is stored.",
        """\
> POST /workflows/W/instances        of a delay of 10 s
< 201        after 10 s""",
    ),
    "FG-403": Guide(
        "A client that polls sees what was over go on again.",
        "An instance that was over is shown as running.",
        "Write what has ended once, and never from older state.",
        """\
> GET /instances/I
< 200 {"data": {"terminated": true, ...}}
> GET /instances/I
< 200 {"data": {"terminated": false, ...}}""",
    ),
    "FG-404": Guide(
        "A client sees a stage that cannot have begun, or that the workflow does not have.",
        "The status holds two stages, and the workflow has one.",
        "Write a stage's status when it begins, and for no other.",
        """\
> GET /instances/I        of a workflow of one stage
< 200 {"data": {"status": [{"stage": 0}, {"stage": 1}], ...}}""",
    ),
    "FG-405": Guide(
        "A client that matches stages by number matches the wrong ones.",
        "The status holds the stages 0, 0 and 2.",
        "Number the stages in their order from 0, each once.",
        """\
> GET /instances/I
< 200 {"data": {"status": [{"stage": 0}, {"stage": 0}, {"stage": 2}], ...}}""",
    ),
    "FG-406": Guide(
        "An instance that failed looks as if it had succeeded, or nobody learns why it did not.",
        "A stage that cannot be carried out, and no error.",
        "Put what stopped the stage into its error and into the instance's.",
        """\
> POST /workflows/W/instances?wait=true        of a stage that cannot be carried out
< 201 {"data": {"terminated": true, ...}}        and no error""",
    ),
    "FG-407": Guide(
        "An instance that should succeed does not.",
        "A delay of 50 ms ends with an error.",
        "The error says why; look for it in the server's log.",
        """\
> POST /workflows/W/instances?wait=true        of a delay of 50 ms
< 201 {"data": {"terminated": true, "error": "unknown activity", ...}}""",
    ),
    "FG-408": Guide(
        "A client that waits for the end of an instance waits for ever.",
        "All stages have ended, and the instance has not.",
        "End the instance in the step that ends its last stage.",
        """\
> GET /instances/I        a minute after its delay of 50 ms
< 200 {"data": {"terminated": false, ...}}""",
    ),
    "FG-410": Guide(
        "What was asked to happen after a time happens too early or too late.",
        "A delay of 100 ms lasts 1 s.",
        "Wait for the time that the parameters name; look at the units.",
        """\
> GET /instances/I        of a delay of 100 ms
< 200 {"data": {"status": [{"startedAt": "...:00.000Z", "terminatedAt": "...:01.000Z"}], ...}}""",
    ),
    "FG-411": Guide(
        "Steps that build on each other overlap.",
        "The second stage began before the first ended.",
        "Begin a stage when the one before has ended.",
        """\
> GET /instances/I
< 200 {"data": {"status": [
<     {"stage": 0, "startedAt": "...:00.000Z", "terminatedAt": "...:00.100Z"},
<     {"stage": 1, "startedAt": "...:00.050Z"}], ...}}""",
    ),
    "FG-412": Guide(
        "A client that waits loses time after everything is done.",
        "The instance is over after 50 ms, and wait=true answers after 2 s.",
        "Wake whoever waits when the instance ends, in place of asking now and then.",
        """\
> POST /workflows/W/instances?wait=true        of a delay of 50 ms
< 201        after 2 s""",
    ),
    "FG-413": Guide(
        "A client that follows the status reaches another instance, perhaps another customer's.",
        "Instance A shows a stage that says that it is of B.",
        "Select stages by their instance, and answer with what was stored.",
        """\
> GET /instances/A
< 200 {"data": {"id": "A", "status": [{"stage": 0, "instanceID": "B"}], ...}}""",
    ),
    "FG-414": Guide(
        "A client that trusts one member goes on, and one that trusts the other stops.",
        "terminated is false, and terminatedAt is there.",
        "Derive terminated, terminatedAt and error from one fact.",
        """\
> GET /instances/I
< 200 {"data": {"terminated": false, "terminatedAt": "...", ...}}""",
    ),
    "FG-420": Guide(
        "An instance waits for ever for what it was told, or goes on without having been told.",
        "A stage waits for the event `paid`; `paid` is sent and taken, and the stage goes on waiting.",
        "Deliver an event to the stage that waits for its name, and to no other.",
        """\
> POST /instances/I/events {"name": "paid"}        it waits for paid
< 204
> GET /instances/I
< 200 {"data": {"terminated": false, "status": [{"stage": 0, "startedAt": "..."}], ...}}""",
    ),
    "FG-421": Guide(
        "What was stopped is done all the same: money may move after a customer called it off.",
        "An instance is aborted in its first stage, and its second begins.",
        "Look whether the instance is over before each stage begins.",
        """\
> PUT /instances/I/abort        in stage 0
< 204
> GET /instances/I
< 200 {"data": {"terminated": false, "status": [{"stage": 0}, {"stage": 1}], ...}}""",
    ),
    "FG-422": Guide(
        "Whoever reads the history to learn what was done learns something else.",
        "Two stages have run, and the history holds one, or holds them in another order.",
        "Write the history in the step that begins a stage.",
        """\
> GET /instances/I/history        after two delays, of 10 ms and 20 ms
< 200 {"data": [{"name": "RunDelay", "input": {"duration": "20ms"}, ...}]}""",
    ),
    "FG-423": Guide(
        "A client cannot ask what a stage has done elsewhere.",
        "A stage that the status shows is answered with 404.",
        "Look the stage up by its index in the workflow, from 0.",
        """\
> GET /instances/I
< 200 {"data": {"status": [{"stage": 0}], ...}}
> GET /instances/I/stages/0/history
< 404""",
    ),
    "FG-424": Guide(
        "A trigger is trusted since its test said so, and then fires when it should not, or does not fire.",
        "The event does not fit the filter, and the test says that it does.",
        "Test with the code that events go through, not with another reading of the filter.",
        """\
> POST /triggers/T/test {"kind": "invoice"}        its filter is event.kind == "refund"
< 200 {"data": {"filter": {"match": true}, ...}}""",
    ),
}
"""By the id of the class."""
