"""What a real server of February 2023 did with runs and lists."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from flowgauge.editions.drifts import create_in_other_precision
from flowgauge.editions.run_world import DEFAULT_PAGE_SIZE
from flowgauge.editions.v0.world.world import FlowWorld
from flowgauge.editions.v2.world.store import StoredInstance, StoredWorkflow
from flowgauge.reference.faults import ANY, FaultGroup, wrap, wrap_answer
from flowgauge.reference.world.inputs import Refused
from flowgauge.reference.world.message import Reply
from flowgauge.reference.world.pages import Page, Place
from flowgauge.reference.world.world import OperationAnswer, RoutedRequest

__all__ = ["SHIPPED"]

SHIPPED = FaultGroup[FlowWorld]("as-shipped-2023")
shipped = SHIPPED.fault
RUN = "runWorkflow"
View = dict[str, Any]
NewRun = Callable[[StoredWorkflow, Mapping[str, str], float], StoredInstance]


@shipped("shipped-12-wait-does-not-wait", RUN, "state", "wait=true answers at once.", "FG-401")
def _(world: FlowWorld) -> None:
    # The query is still read, so that a wrong value of wait is refused as it has to be.
    wrap(world.inputs.wait_of, lambda wait_of, query: (wait_of(query), False)[1])


@shipped("shipped-13-statuses-invisible", ANY, "state", "The statuses of a run never show.", "FG-408")
def _(world: FlowWorld) -> None:
    def run_view(view: Callable[[StoredInstance, float], View], run: StoredInstance, now: float) -> View:
        shown = view(run, now)
        return shown | {"updatedAt": shown["createdAt"], "statuses": []}

    wrap(world.views.run, run_view)


@shipped(
    "shipped-16-201-in-other-precision",
    ANY,
    "state",
    "A 201 has nanoseconds and the process' zone.",
    "FG-302",
)
def _(world: FlowWorld) -> None:
    create_in_other_precision(world)


@shipped(
    "shipped-20-failed-start-leaves-run",
    RUN,
    "state",
    "A start that is refused leaves a run in the list.",
    "FG-208 listRuns",
)
def _(world: FlowWorld) -> None:
    def leaving(answer: OperationAnswer, call: RoutedRequest) -> Reply:
        try:
            return answer(call)
        except Refused as refusal:
            if refusal.status != 404:
                flow = world.flow_of(call)
                world.keep_run(flow, world.new_run(flow, {}, call.now))
            raise

    wrap_answer(world, RUN, leaving)


@shipped(
    "shipped-21-lists-unbounded",
    "listRuns",
    "state",
    "All runs stand on one page, whatever its size.",
    "FG-502",
)
def _(world: FlowWorld) -> None:
    def everything(
        place: Callable[[RoutedRequest, StoredWorkflow], Place], call: RoutedRequest, flow: StoredWorkflow
    ) -> Place:
        count = len(world.listed_runs(flow))
        return Place(flow.id, "older", count, max(count, 1))

    def page_view(
        view: Callable[[Page[StoredInstance], float], View], page: Page[StoredInstance], now: float
    ) -> View:
        return view(page, now) | {"pageSize": DEFAULT_PAGE_SIZE}

    wrap(world.place, everything)
    wrap(world.views.page, page_view)


@shipped(
    "shipped-22-payin-needs-capital", RUN, "state", "The stage kind payin works as Payin only.", "FG-407"
)
def _(world: FlowWorld) -> None:
    def new_run(
        start: NewRun, flow: StoredWorkflow, variables: Mapping[str, str], now: float
    ) -> StoredInstance:
        spelt = [_with_capital(stage) for stage in flow.stages]
        run = start(flow.with_stages([stage for stage, _ in spelt]), variables, now)
        spans = [
            replace(span, error="unknown stage kind 'payin'") if spelt[span.stage][1] else span
            for span in run.steps
        ]
        return replace(run, steps=tuple(spans))

    wrap(world.new_run, new_run)


def _with_capital(stage: Mapping[str, Any]) -> tuple[Mapping[str, Any], bool]:
    """The stage as the reference spells it, and whether its spelling was the one that fails."""
    if list(stage) == ["Payin"]:
        return {"payin": stage["Payin"]}, False
    # An empty stage fails at once, as an unknown kind does.
    return ({}, True) if list(stage) == ["payin"] else (stage, False)
