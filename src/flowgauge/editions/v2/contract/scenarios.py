"""What is tested of this edition alone: instances from start to end, events, aborts, history, triggers."""

from typing import Any
from urllib.parse import quote

from flowgauge.contract.edition_part import Scenario
from flowgauge.contract.probe import Probe
from flowgauge.contract.requests import placeholder
from flowgauge.contract.target import Capability
from flowgauge.contract.traffic.page_walk import page_link
from flowgauge.editions.run_waiting import check_starts
from flowgauge.editions.v2.contract.event_scenarios import SCENARIOS as EVENTS
from flowgauge.editions.v2.contract.execution import ended, known_kinds, started
from flowgauge.openapi import Json

__all__ = [
    "SCENARIOS",
    "a_failure_ends_the_instance",
    "check_waiting",
    "each_stage_alone",
    "from_start_to_end",
    "lists_of_a_part",
    "long_delays",
    "money_stages",
    "stage_counts",
    "triggers_on_events",
    "wait_and_no_wait",
]

_VARIABLES: tuple[dict[str, str], ...] = ({"a": "1ms", "b": "x", "é": "2ms", "ms": "5", "empty": ""}, {})
_STAGES: tuple[dict[str, Any], ...] = (
    {"noop": {}},
    *(
        {"delay": {"duration": text}}
        for text in ("1ms", "0.01s", "0s", "0", "1s2ms", "250us", "${a}", "${ms}ms", "${é}", "${a}${empty}")
    ),
    *({"delay": {"duration": text}} for text in ("${missing}", "-1s", "soon", "", "1", "${b}")),
    {"delay": {"until": "2001-02-03T04:05:06Z"}},
    {"delay": {"until": "tomorrow"}},
    {"delay": {"until": 7}},
    {"delay": {"duration": "1ms", "until": "2001-02-03T04:05:06Z"}},
    {"delay": {}},
    {"wait_event": {}},
    {"wait_event": {"event": 7}},
    {},
    {"unknown": {}},
    {"NOOP": {}},
    {"noop": None},
    {"noop": []},
    {"noop": {"surplus": 1}},
    {"noop": {}, "delay": {"duration": "1ms"}},
)
_ENDINGS: tuple[Json, ...] = ({"noop": {}}, {"delay": {"duration": "${missing}"}})
_TRIFLES: tuple[dict[str, Json], ...] = ({"noop": {}}, {})
_LONG = ("1s", "7s", "2m", "1h2m3s", "1000h")
_WALLET = {"wallet": {"id": "w1"}}
_MONEY: dict[str, Any] = {
    "send": {"source": _WALLET, "destination": _WALLET, "amount": {"amount": 100, "asset": "USD/2"}},
    "update": {"account": {"id": "a", "ledger": "default", "metadata": {"k": "v"}}},
}


def each_stage_alone(probe: Probe) -> None:
    """An instance of one stage ends as it must, with the variables and without them."""
    for stage in _STAGES:
        _run(probe, [stage])


def a_failure_ends_the_instance(probe: Probe) -> None:
    """What comes after a failed stage never begins."""
    for stage in _STAGES:
        _run(probe, [{"delay": {"duration": "10ms"}}, stage, {"noop": {}}])


def long_delays(probe: Probe) -> None:
    """Days are waited for where the clock is virtual."""
    for text in _LONG:
        _run(probe, [{"noop": {}}, {"delay": {"duration": text}}, {"noop": {}}])


def money_stages(probe: Probe) -> None:
    """Well-formed payments end well; sent only where nobody's money can move, or where that is allowed."""
    for kind in known_kinds(probe, _MONEY) if probe.knowledge.abilities is not None else _MONEY:
        instance = started(probe, [{kind: _MONEY[kind]}, {"noop": {}}], query="wait=true")
        if instance is not None:
            probe.call("v2GetInstance", instance.ids)
            probe.call("v2GetInstanceHistory", instance.ids)


def from_start_to_end(probe: Probe) -> None:
    """An instance is seen before, during and after each of its stages, by itself and in lists."""
    stages: list[Json] = [{"delay": {"duration": "60ms"}}, {"noop": {}}, {"delay": {"duration": "60ms"}}]
    begun = []
    for ending in _ENDINGS:
        for query in ("", "wait=true"):
            instance = started(probe, [*stages, ending, {"noop": {}}], {"a": "x"}, query=query)
            begun += [instance] if instance is not None else []
    # The last look comes when every instance must be over.
    for pause in (*[0.03] * 6, probe.knowledge.tolerances.lateness, 0.0):
        for instance in begun:
            probe.call("v2GetInstance", instance.ids)
            probe.call("v2GetInstanceHistory", instance.ids)
            above = instance.parent.id if instance.parent is not None else ""
            for running in ("true", "false"):
                probe.call("v2ListInstances", query=f"workflowID={quote(above)}&running={running}")
        probe.target.sleep(pause)
    for instance in begun:
        _check_stage_history(probe, instance.ids)


def _check_stage_history(probe: Probe, ids: dict[str, str]) -> None:
    """The stages that an instance shows to have begun have a history each."""
    view = probe.answered("v2GetInstance", ids)
    shown = view.get("status") if isinstance(view, dict) else None
    for number in range(len(shown) if isinstance(shown, list) else 0):
        exchange = probe.call("v2GetInstanceStageHistory", {**ids, "number": str(number)})
        status = exchange.response.status if exchange.response is not None else None
        if status is not None and not probe.is_misled:
            wrong = (
                None
                if status == 200
                else f"stage {number} has begun, and its history is answered with {status}"
            )
            probe.found("FG-423", wrong, exchange)


def wait_and_no_wait(probe: Probe) -> None:
    """An instance of 1.2 s is answered at once without `wait`, and when it is over with it."""
    for query in ("", "wait=false", "wait=true"):
        instance = started(probe, [{"delay": {"duration": "1200ms"}}, {"noop": {}}], query=query)
        if instance is not None:
            probe.call("v2GetInstance", instance.ids)


def stage_counts(probe: Probe) -> None:
    """Workflows of no, few and many stages come back whole and run."""
    for count in (*range(9), 65, 129):
        for stage in _TRIFLES:
            instance = started(probe, [dict(stage) for _ in range(count)], query="wait=true")
            if instance is not None and instance.parent is not None:
                probe.call("v2GetWorkflow", instance.parent.ids)
                probe.call("v2GetInstance", instance.ids)
                probe.call("v2GetInstanceHistory", instance.ids)


def lists_of_a_part(probe: Probe) -> None:
    """Instances by their workflow and by whether they are over, triggers by their name, from page to page."""
    made = [probe.ordinary("workflow") for _ in range(2)]
    workflows = [workflow for workflow in made if workflow is not None]
    for workflow in workflows * 3:
        probe.made("instance", workflow.ids)
        name = f"flowgauge {workflow.id}"
        body = {"event": "flowgauge", "workflowID": workflow.id, "name": name}
        probe.made("trigger", body=body)
    for workflow in workflows:
        asked = (
            ("v2ListInstances", f"workflowID={quote(workflow.id)}", "workflowID", workflow.id),
            (
                "v2ListTriggers",
                f"name={quote(f'flowgauge {workflow.id}')}",
                "name",
                f"flowgauge {workflow.id}",
            ),
        )
        for operation, query, member, value in asked:
            probe.call(operation, query=query)
            _check_part(probe, operation, query, (member, value))


def _check_part(probe: Probe, operation: str, query: str, fits: tuple[str, str]) -> None:
    """A page of a part of a list leads to another one of that part."""
    page = probe.call(operation, query=f"{query}&pageSize=1")
    cursor = page_link(probe.edition, page, "next")
    if cursor is None or probe.is_misled:
        return
    following = probe.call(operation, query=f"cursor={quote(cursor, safe='')}")
    found = probe.edition.role_of(operation)
    views = probe.answered(operation, query=f"cursor={quote(cursor, safe='')}") if found else None
    if isinstance(views, list) and not probe.is_misled:
        strange = [
            view.get(fits[0]) for view in views if isinstance(view, dict) and view.get(fits[0]) != fits[1]
        ]
        wrong = (
            f"the second page of those with {fits[0]} {fits[1]!r} holds one with {strange[0]!r}"
            if strange
            else None
        )
        probe.found("FG-506", wrong, following, page)


def triggers_on_events(probe: Probe) -> None:
    """What a trigger makes of an event, by its filter and its variables."""
    filters = ("true", "false", 'event.kind == "invoice"', 'event.kind != "invoice"', None)
    events: tuple[Json, ...] = (
        {"kind": "invoice", "id": "17"},
        {"kind": "other", "id": ""},
        {"id": "é\u0000"},
        {},
    )
    for text in filters:
        body = {"event": "flowgauge", "workflowID": placeholder("workflow"), "vars": {"a": "event.id"}}
        trigger = probe.made("trigger", body=body if text is None else {**body, "filter": text})
        for event in events if trigger is not None else ():
            probe.call("testTrigger", trigger.ids if trigger else {}, body=event)
        if trigger is not None:
            probe.call("v2ListTriggersOccurrences", trigger.ids)


def check_waiting(probe: Probe) -> None:
    """A start without `wait` does not last as long as the stages, and one with it hardly longer."""
    check_starts(probe, "v2RunWorkflow", lambda view: view.get("terminatedAt"))


def _run(probe: Probe, stages: list[Json]) -> None:
    for variables in _VARIABLES:
        instance = started(probe, stages, variables, query="wait=true")
        if instance is not None:
            ended(probe, instance)
            probe.call("v2GetInstanceHistory", instance.ids)


_RUN = ("v2RunWorkflow",)

SCENARIOS: tuple[Scenario, ...] = (
    *(
        Scenario(run.__name__, run, needs=(Capability.EXECUTION, *also), operations=_RUN)
        for run, *also in (
            (each_stage_alone,),
            (a_failure_ends_the_instance,),
            (long_delays, Capability.VIRTUAL_CLOCK),
            (check_waiting,),
        )
    ),
    Scenario("money_stages", money_stages, needs=(Capability.EXECUTION,), operations=_RUN, guard="money"),
    *(
        Scenario(run.__name__, run)
        for run in (
            from_start_to_end,
            wait_and_no_wait,
            stage_counts,
            lists_of_a_part,
            triggers_on_events,
        )
    ),
    *EVENTS,
)
