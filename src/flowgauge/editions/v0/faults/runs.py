"""Faults of runs: whose they are, how they go on, and what their statuses say."""

import itertools
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from flowgauge.editions.v0.world.world import FlowWorld
from flowgauge.editions.v2.world.stages import InstanceStep
from flowgauge.editions.v2.world.store import StoredInstance, StoredWorkflow
from flowgauge.reference.faults import ANY, FaultGroup, wrap
from flowgauge.reference.faults.rewriting import printable
from flowgauge.reference.world.inputs import Refused
from flowgauge.reference.world.wire import timestamp
from flowgauge.reference.world.world import RoutedRequest

__all__ = ["SEEDED"]

SEEDED = FaultGroup[FlowWorld]("seeded")
fault = SEEDED.fault
View = dict[str, Any]
FlowOf = Callable[[RoutedRequest], StoredWorkflow]
RunOf = Callable[[RoutedRequest], StoredInstance]
RunView = Callable[[StoredInstance, float], View]
StatusView = Callable[[InstanceStep, str, float], View]
NewRun = Callable[[StoredWorkflow, Mapping[str, str], float], StoredInstance]


@fault(
    "run-readable-under-other-flow",
    "getWorkflowOccurrence",
    "state",
    "A run can be read under a workflow that is not its own.",
    "FG-205",
)
def _(world: FlowWorld) -> None:
    def of_any_flow(run_of: RunOf, call: RoutedRequest) -> StoredInstance:
        try:
            return run_of(call)
        except Refused:
            world.flow_of(call)
            if call.ids["runId"] not in world.store.instances:
                raise
            return world.store.instances[call.ids["runId"]]

    wrap(world.run_of, of_any_flow)


@fault(
    "list-runs-mixes-flows",
    "listRuns",
    "state",
    "A workflow's runs are listed with those of all others.",
    "FG-205",
)
def _(world: FlowWorld) -> None:
    def of_all_flows(
        listed: Callable[[StoredWorkflow], list[StoredInstance]], flow: StoredWorkflow
    ) -> list[StoredInstance]:
        runs = itertools.chain.from_iterable(listed(other) for other in world.flows.values())
        return sorted(runs, key=lambda run: run.started)

    wrap(world.listed_runs, of_all_flows)


@fault("wrong-workflow-id", ANY, "state", "A run names itself where it should name its workflow.", "FG-206")
def _(world: FlowWorld) -> None:
    wrap(world.views.run, lambda view, run, now: view(run, now) | {"workflowID": run.id})


@fault(
    "run-of-unknown-flow-accepted",
    "runWorkflow",
    "state",
    "A run of an unknown workflow is accepted.",
    "FG-204",
)
def _(world: FlowWorld) -> None:
    def of_nothing(flow_of: FlowOf, call: RoutedRequest) -> StoredWorkflow:
        try:
            return flow_of(call)
        except Refused as refusal:
            if refusal.status != 404 or call.operation != "runWorkflow":
                raise
            return StoredWorkflow(0, printable(call.ids["flowId"]), {"stages": []}, call.now)

    wrap(world.flow_of, of_nothing)


@fault("wait-returns-early", "runWorkflow", "state", "wait=true answers before the run has ended.", "FG-401")
def _(world: FlowWorld) -> None:
    wrap(world.wait_due, lambda wait_due, run, now: now)


@fault(
    "no-wait-blocks",
    "runWorkflow",
    "state",
    "A start without wait answers only when the run has ended.",
    "FG-402",
)
def _(world: FlowWorld) -> None:
    # The query is still read, so that a wrong value of wait is refused as it has to be.
    wrap(world.inputs.wait_of, lambda wait_of, query: (wait_of(query), True)[1])


@fault("one-status-too-many", ANY, "state", "A run that is over shows one stage too many.", "FG-404")
def _(world: FlowWorld) -> None:
    def with_extra(view: RunView, run: StoredInstance, now: float) -> View:
        shown = view(run, now)
        if run.ends <= now:
            occurrence_id = str(uuid.uuid5(uuid.NAMESPACE_URL, run.id))
            extra = InstanceStep(len(run.steps), run.ends, run.ends)
            shown["statuses"] = [*shown["statuses"], world.views.status(extra, occurrence_id, now)]
        return shown

    wrap(world.views.run, with_extra)


@fault("terminated-before-started", ANY, "state", "A stage ends a second before it begins.", "FG-301")
def _(world: FlowWorld) -> None:
    def swapped(view: StatusView, span: InstanceStep, occurrence_id: str, now: float) -> View:
        shown = view(span, occurrence_id, now)
        if "terminatedAt" in shown:
            shown["terminatedAt"] = timestamp(span.begins - 1)
        return shown

    wrap(world.views.status, swapped)


@fault(
    "finished-stage-unfinishes", ANY, "state", "Every second look finds a finished run unfinished.", "FG-403"
)
def _(world: FlowWorld) -> None:
    looks: Counter[str] = Counter()

    def unfinished(view: RunView, run: StoredInstance, now: float) -> View:
        shown = view(run, now)
        if shown["statuses"] and run.ends <= now:
            looks[run.id] += 1
            if looks[run.id] % 2 == 0:
                last = {k: v for k, v in shown["statuses"][-1].items() if k not in {"terminatedAt", "error"}}
                shown["statuses"] = [*shown["statuses"][:-1], last]
        return shown

    wrap(world.views.run, unfinished)
