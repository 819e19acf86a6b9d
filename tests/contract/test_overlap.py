"""What overlapping calls prove, and what they do not: lists, pages and order on servers far and odd."""

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from broken_target import V0, found, probe_of

from flowgauge.contract.findings.recorder import Recorder
from flowgauge.contract.judging.overlap import Step, first_misplaced, has_legal_order
from flowgauge.contract.probe import Probe
from flowgauge.contract.targets.world import WorldTarget
from flowgauge.contract.traffic.concurrency import burst
from flowgauge.contract.traffic.page_walk import walk_pages
from flowgauge.edition import Edition
from flowgauge.editions import contract_part, world_part
from flowgauge.editions.v0.world.world import FlowWorld
from flowgauge.editions.v2.world.store import StoredWorkflow
from flowgauge.reference.faults import wrap
from flowgauge.results import Exchange, Request


def reads(at: float, *ids: str, until: float | None = None) -> Step:
    return Step(at, at + 1 if until is None else until, reads=frozenset(ids))


def writes(at: float, some_id: str, until: float | None = None) -> Step:
    return Step(at, at + 1 if until is None else until, writes=some_id)


@pytest.mark.parametrize(
    ("steps", "is_legal"),
    [
        ([writes(0, "a"), reads(2, "x", "a")], True),
        ([writes(0, "a"), reads(2, "x")], False),
        ([writes(0, "a"), reads(0, "x")], True),
        ([writes(0, "a"), reads(0, "x", "a")], True),
        ([reads(0, "x", "a"), writes(2, "a")], False),
        ([writes(0, "a"), reads(0, "x", "a"), reads(2, "x")], False),
        ([writes(0, "a"), writes(0, "b"), reads(0, "x", "a"), reads(0, "x", "b")], False),
        ([writes(0, "a"), writes(0, "b"), reads(0, "x", "a"), reads(0, "x", "a", "b")], True),
        ([reads(0)], False),
        (
            [writes(0, str(k)) for k in range(6)] + [reads(0, "x", *map(str, range(k))) for k in range(7)],
            True,
        ),
        ([writes(0, str(k)) for k in range(11)] + [reads(0, "x", "0", "gone")], False),
    ],
)
def test_an_order_is_legal_if_it_explains_all_answers(steps: list[Step], is_legal: bool) -> None:
    assert has_legal_order(steps, frozenset({"x"})) is is_legal


@pytest.mark.parametrize(
    ("spans", "place"),
    [
        ([(4, 5), (2, 3), (0, 1)], None),
        ([(0, 1), (2, 3)], 1),
        ([(0, 9), (2, 3), (1, 8)], None),
        # Neither neighbour is in the wrong place, but the last is surely newer than the first.
        ([(0, 2), (1, 6), (5, 7)], 2),
        ([], None),
    ],
)
def test_things_stand_wrongly_only_if_no_order_of_their_creates_puts_them_so(
    spans: list[tuple[float, float]], place: int | None
) -> None:
    calls = [SimpleNamespace(sent_at=sent, received_at=received) for sent, received in spans]
    assert first_misplaced(calls) == place


class Far(WorldTarget):
    """The reference world, whose answers take a while: calls sent together overlap in every way."""

    seconds = 0.02

    def send(self, request: Request) -> Exchange:
        answered = super().send(request)
        self.sleep(self.seconds)
        return replace(answered, received_at=answered.received_at + self.seconds)

    def send_together(self, requests: Sequence[Request]) -> list[Exchange]:
        answered = super().send_together(requests)
        self.sleep(self.seconds)
        return [replace(each, received_at=each.received_at + self.seconds) for each in answered]


def ordered_probe(target: WorldTarget) -> Probe:
    """Held to a document that promises the newest first."""
    workflow, run = V0.resources
    resources = (workflow, replace(run, is_newest_first=True))
    edition = Edition("ordered", V0.document, resources, V0.greeting, V0.version, V0.error_message)
    part = replace(contract_part(), edition=edition)
    return Probe(target, Recorder(target.url, edition, part.findings), part)


def burst_and_first_page(probe: Probe, target: WorldTarget) -> None:
    burst(probe, 16)
    for flow in list(probe.knowledge.things("workflow").values()):
        probe.call("listRuns", flow.ids)
        walk_pages(probe, "run", flow.ids, size=3)


def far_world(change: Any = None) -> Far:
    target = Far(world_part())
    assert isinstance(target.world, FlowWorld)
    if change is not None:
        wrap(target.world.listed_runs, change)
    return target


def reversed_bursts(listed: Any, flow: StoredWorkflow) -> Any:
    """Runs that were started at once stand in the other order: a page of 15 shows other ones of 16."""
    return sorted(listed(flow), key=lambda run: (run.started, run.id))


@pytest.mark.parametrize("change", [None, reversed_bursts])
@pytest.mark.parametrize("probe", [probe_of, ordered_probe])
def test_a_burst_of_sixteen_far_away_may_leave_any_of_them_off_a_page_of_fifteen(
    probe: Any, change: Any
) -> None:
    target = far_world(change)
    asking = probe(target)
    burst_and_first_page(asking, target)
    assert found(asking) == set()


def test_a_burst_that_loses_one_is_caught_all_the_same() -> None:
    def without_third(listed: Any, flow: StoredWorkflow) -> Any:
        runs = listed(flow)
        return [*runs[:2], *runs[3:]] if len(runs) == 17 else runs

    target = far_world(without_third)
    probe = probe_of(target)
    burst_and_first_page(probe, target)
    assert ("FG-202", "listRuns") in found(probe)


def test_a_later_page_that_loses_one_is_caught_by_the_walk() -> None:
    target = far_world(lambda listed, flow: listed(flow)[1:] if len(listed(flow)) > 15 else listed(flow))
    probe = probe_of(target)
    flow = probe.made("workflow", body={"stages": []})
    assert flow is not None
    for _ in range(18):
        probe.call("runWorkflow", flow.ids)
    probe.call("listRuns", flow.ids)
    assert found(probe) == set()
    walk_pages(probe, "run", flow.ids, size=7)
    assert ("FG-505", "listRuns") in found(probe)


@pytest.mark.parametrize(
    "change",
    [
        lambda listed, flow: listed(flow)[::-1],
        # The newest is missing from a page that is full of older ones.
        lambda listed, flow: listed(flow)[:-1] if len(listed(flow)) > 16 else listed(flow),
    ],
)
def test_a_wrong_order_is_caught_where_the_document_promises_one_and_nowhere_else(change: Any) -> None:
    for probing, is_caught in ((ordered_probe, True), (probe_of, False)):
        target = far_world(change)
        probe = probing(target)
        flow = probe.made("workflow", body={"stages": []})
        assert flow is not None
        for _ in range(18):
            probe.call("runWorkflow", flow.ids)
        probe.call("listRuns", flow.ids)
        wanted = {("FG-503", "listRuns"), ("FG-202", "listRuns")}
        assert bool(wanted & found(probe)) is is_caught
