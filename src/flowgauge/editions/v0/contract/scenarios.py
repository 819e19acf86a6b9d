"""What is tested of this edition alone: stages, their variables and times, runs from start to end."""

from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import quote

from flowgauge.contract.edition_part import Scenario
from flowgauge.contract.judging.knowledge import Record
from flowgauge.contract.probe import Probe
from flowgauge.contract.target import Capability
from flowgauge.contract.traffic.data.unusual import UNUSUAL_TEXTS, unusual_maps
from flowgauge.contract.traffic.page_walk import page_link, walk_pages
from flowgauge.editions.run_waiting import check_starts
from flowgauge.editions.v0.contract.execution import known_kinds
from flowgauge.editions.v0.contract.prediction import KINDS
from flowgauge.editions.v0.contract.stage_cases import (
    LONG_STAGES,
    MONEY_STAGES,
    PLAIN_MONEY,
    STAGES,
    VARIABLES,
)
from flowgauge.openapi import Json

__all__ = [
    "SCENARIOS",
    "a_failure_ends_the_run",
    "check_waiting",
    "delay_until",
    "each_stage_alone",
    "ids_of_other_things",
    "long_delays",
    "money_stages",
    "pages_while_runs_are_added",
    "run_from_start_to_end",
    "stage_counts",
    "unusual_variables",
    "wait_and_no_wait",
]


def each_stage_alone(probe: Probe) -> None:
    """A run of one stage ends as it must, with the variables and without them."""
    for stage in STAGES:
        _run(probe, [stage])


def long_delays(probe: Probe) -> None:
    """Days are waited for where the clock is virtual."""
    for stage in LONG_STAGES:
        _run(probe, [{"noop": {}}, stage, {"echo": {"message": "after"}}])


def money_stages(probe: Probe) -> None:
    """Well-formed payments end well; sent only where nobody's money can move, or where that is allowed."""
    knowledge = probe.knowledge
    if knowledge.abilities is not None:
        # They were not tried before it was known that they may be.
        knowledge.abilities |= known_kinds(probe, PLAIN_MONEY)
    for stage in MONEY_STAGES:
        _run(probe, [stage, {"noop": {}}])


def a_failure_ends_the_run(probe: Probe) -> None:
    """What comes after a failed stage never begins."""
    for stage in STAGES:
        _run(probe, [{"delay": {"duration": "10ms"}}, stage, {"echo": {"message": "after"}}])


def unusual_variables(probe: Probe) -> None:
    """Whatever a variable is called or holds stands in the message, as it was given."""
    for variables in (*({"v": text} for text in UNUSUAL_TEXTS), *unusual_maps("v")):
        name = list(variables)[-1]
        flow = _foretold(probe, [{"fail": {"message": f"<${{{name}}}>"}}])
        if flow is not None:
            probe.call("runWorkflow", flow.ids, query="wait=true", body=variables)


def delay_until(probe: Probe) -> None:
    """A delay until an instant by the server's clock ends then, whichever zone it is written in."""
    dated = probe.made("workflow", body={"stages": []})
    for ahead, zone in ((0.4, UTC), (0.3, timezone(timedelta(hours=-5, minutes=-30))), (-3600.0, UTC)):
        now = probe.server_now(dated) if dated else probe.target.now()
        until = datetime.fromtimestamp(now + ahead, zone).isoformat()
        flow = _foretold(probe, [{"delay": {"until": until}}, {"echo": {"message": "after"}}])
        for query in ("", "wait=true") if flow else ():
            run = probe.made("run", flow.ids if flow else {}, query=query)
            if run is not None:
                probe.call("getWorkflowOccurrence", run.ids)


def wait_and_no_wait(probe: Probe) -> None:
    """A run of 1.2 s is answered at once without `wait`, and when it is over with it."""
    flow = _taken(probe, [{"delay": {"duration": "1200ms"}}, {"noop": {}}])
    for query in ("", "wait=false", "wait=true") if flow else ():
        run = probe.made("run", flow.ids if flow else {}, query=query)
        if run is not None:
            probe.call("getWorkflowOccurrence", run.ids)


def run_from_start_to_end(probe: Probe) -> None:
    """A run is seen before, during and after each of its stages, by reading and by listing."""
    stages = [{"delay": {"duration": "60ms"}}, {"echo": {"message": "${a}"}}, {"delay": {"duration": "60ms"}}]
    started = []
    endings: tuple[Json, ...] = ({"noop": {}}, {"fail": {"message": "${a} broke"}})
    for ending in endings:
        flow = _taken(probe, [*stages, ending, {"noop": {}}])
        # When a run begins is open; that one which was waited for has ended is not.
        for query in ("", "wait=true") if flow else ():
            run = probe.made("run", flow.ids if flow else {}, query=query, body={"a": "x"})
            started += [run] if run is not None else []
    # The last look comes when every run must be over.
    for pause in (*[0.03] * 6, probe.knowledge.tolerances.lateness, 0.0):
        for run in started:
            probe.call("getWorkflowOccurrence", run.ids)
            probe.call("listRuns", run.ids)
        probe.target.sleep(pause)


def stage_counts(probe: Probe) -> None:
    """Workflows of no, few and many stages, and of empty stage objects, come back whole and run."""
    kinds: tuple[dict[str, Json], ...] = ({"noop": {}}, {})
    for count in (*range(13), 65, 129):
        for stage in kinds:
            flow = probe.made("workflow", body={"stages": [dict(stage) for _ in range(count)]})
            if flow is not None:
                probe.call("getFlow", flow.ids)
                probe.call("runWorkflow", flow.ids, query="wait=true")
                probe.call("listRuns", flow.ids)
    probe.call("listFlows")


def ids_of_other_things(probe: Probe) -> None:
    """Neither an occurrence's id nor a workflow's is a run's, and a cursor belongs to its workflow."""
    flows = [_taken(probe, [{"noop": {}}, {"noop": {}}]) for _ in range(2)]
    made = [flow for flow in flows if flow is not None]
    cursors: list[str | None] = []
    for flow in made:
        for _ in range(3):
            run = probe.answered("runWorkflow", flow.ids, query="wait=true")
            statuses = run.get("statuses") if isinstance(run, dict) else None
            others = [s.get("occurrenceID") for s in statuses or () if isinstance(s, dict)]
            for other in [*others, *(one.id for one in made)]:
                if isinstance(other, str):
                    probe.call("getWorkflowOccurrence", {**flow.ids, "run": other})
        page = probe.call("listRuns", flow.ids, query="pageSize=1")
        cursors.append(page_link(probe.edition, page, "next"))
    for flow, cursor in zip(made, reversed(cursors), strict=True):
        if cursor is not None:
            probe.call("listRuns", flow.ids, query=f"cursor={quote(cursor, safe='')}")


def pages_while_runs_are_added(probe: Probe) -> None:
    """A walk meets every run that was there at its start, however many start meanwhile."""
    flow = _taken(probe, [{"noop": {}}, {"fail": {"message": "no"}}])
    if flow is None:
        return
    for count in (0, 1, 2, 5, 16):
        for _ in range(count):
            probe.call("runWorkflow", flow.ids)
            # Each number of runs once: pages end before, at and after it.
            for size in (1, 4, 15):
                probe.call("listRuns", flow.ids, query=f"pageSize={size}")
        walk_pages(probe, "run", flow.ids, size=3, between=lambda: probe.call("runWorkflow", flow.ids))
        walk_pages(probe, "run", flow.ids, size=1000)


def _run(probe: Probe, stages: list[Json]) -> None:
    flow = _foretold(probe, stages)
    for variables in VARIABLES if flow else ():
        run = probe.made("run", flow.ids if flow else {}, query="wait=true", body=variables)
        if run is not None:
            probe.call("getWorkflowOccurrence", run.ids)


def _taken(probe: Probe, stages: list[Json]) -> Record | None:
    """A workflow of these stages, or where they are refused of those that the target takes."""
    flow = probe.made("workflow", body={"stages": stages})
    return flow if flow is not None else probe.ordinary("workflow")


def _foretold(probe: Probe, stages: list[Json]) -> Record | None:
    """A workflow of these stages, where something is known of all their kinds."""
    kinds = {kind for stage in stages for kind in stage} & set(KINDS)
    is_known = all(probe.knowledge.can(kind) for kind in kinds)
    return probe.made("workflow", body={"stages": stages}) if is_known else None


def check_waiting(probe: Probe) -> None:
    """A start without `wait` does not last as long as the stages, and one with it hardly longer."""
    check_starts(probe, "runWorkflow", lambda view: (view.get("statuses") or [{}])[-1].get("terminatedAt"))


_RUN = ("runWorkflow",)

SCENARIOS: tuple[Scenario, ...] = (
    *(
        Scenario(run.__name__, run, needs=(Capability.EXECUTION, *also), operations=_RUN)
        for run, *also in (
            (each_stage_alone,),
            (long_delays, Capability.VIRTUAL_CLOCK),
            (a_failure_ends_the_run,),
            (unusual_variables,),
            (delay_until,),
            (check_waiting,),
        )
    ),
    Scenario("money_stages", money_stages, needs=(Capability.EXECUTION,), operations=_RUN, guard="money"),
    *(
        Scenario(run.__name__, run)
        for run in (
            wait_and_no_wait,
            run_from_start_to_end,
            stage_counts,
            ids_of_other_things,
            pages_while_runs_are_added,
        )
    ),
)
