"""What is sent to this edition beside what follows from its document."""

from typing import Any

from flowgauge.contract.edition_part import BodyCases, Cases
from flowgauge.contract.requests import placeholder
from flowgauge.contract.traffic.data.wrong import BROKEN_VALUES
from flowgauge.editions.json_strategies import variables
from flowgauge.editions.v2.contract.strategies import configs, triggers

__all__ = ["CASES"]

_BROKEN_STAGES = tuple(b'{"stages": [{"a": ' + value + b"}]}" for value in BROKEN_VALUES)
_LEGAL_CONFIGS = (
    '{"stages": []}',
    '{"stages": [{}]}',
    '{"stages": [{"unknown kind": null}], "name": ""}',
    '{"stages": [{"a": 1, "b": [1.0, "1", null]}], "extra": 1}',
    '{"stages": [{"n": 123456789012345678901234567890, "f": 1.0, "e": 1e3, "z": -0.0}]}',
    '{"stages": [{"\\u00e9": "\\u0000", "\\ud83d\\ude00": ""}]}',
    '{"stages": [{"wait_event": {"event": "a\\u0000b"}}]}',
)
# No money can move by these, and nobody runs them: what they hold is of the wrong type where it is used.
_ILL_TYPED: tuple[Any, ...] = tuple(
    {"stages": [{kind: parameters}]}
    for kind, parameters in (
        ("send", {"source": {"wallet": {"id": 7}}, "destination": [], "amount": {"amount": {}}}),
        ("send", {"source": None, "destination": {"payment": 7}}),
        ("update", {"account": {"id": [], "metadata": 7, "ledger": None}}),
        ("delay", {"duration": {"a": []}}),
        ("delay", {"until": 7}),
        ("wait_event", {"event": {"name": "x"}}),
    )
)
# As short as an instance can be and still be seen on its way.
_DELAY = {"delay": {"duration": "10ms"}}
_TRIGGER: dict[str, Any] = {
    "event": "flowgauge",
    "workflowID": placeholder("workflow"),
    "name": "flowgauge",
    "filter": 'event.kind == "invoice"',
    "vars": {"invoice": "event.id"},
}


CASES = Cases(
    bodies={
        "v2CreateWorkflow": BodyCases(
            ordinary={"name": "flowgauge", "stages": [_DELAY]},
            simpler=({"stages": [_DELAY]}, {"stages": [{"noop": {}}]}, {"stages": []}),
            numbered=lambda number: {"name": f"number {number}", "stages": [_DELAY] * (number % 3)},
            texts=(*_BROKEN_STAGES, *(text.encode() for text in _LEGAL_CONFIGS)),
            values=(
                *_ILL_TYPED,
                {"stages": [_DELAY | {"noop": {}}]},
                {"stage": []},
                {"Stages": []},
                {"STAGES": [{"noop": {}}]},
            ),
            strategy=configs,
        ),
        "v2RunWorkflow": BodyCases(
            ordinary={"a": "b"},
            numbered=lambda number: {"a": f"number {number}"},
            strategy=variables,
        ),
        "v2SendEvent": BodyCases(ordinary={"name": "flowgauge"}),
        "v2CreateTrigger": BodyCases(
            ordinary=_TRIGGER,
            simpler=({name: _TRIGGER[name] for name in ("event", "workflowID", "name")},),
            numbered=lambda number: {**_TRIGGER, "event": f"flowgauge {number}", "name": f"number {number}"},
            strategy=triggers,
        ),
        "testTrigger": BodyCases(ordinary={"kind": "invoice", "id": "17"}),
    },
    queries={
        "v2RunWorkflow": (
            "wait=true&wait=false",
            "wait=true&wait=true",
            "wait=%74rue",
            "wait=false&unknown=1",
        ),
        "v2ListInstances": ("running=true&pageSize=1", "workflowID=nobody&running=false"),
    },
)
