"""The checks of time: for each, the server that it must catch, on the virtual clock."""

from dataclasses import replace

import pytest
from broken_target import found, probe_of

from flowgauge.contract.latency import check_tail, check_waiting
from flowgauge.contract.world_target import WorldTarget
from flowgauge.reference.message import Reply


def test_a_clean_server_is_in_time() -> None:
    probe = probe_of(WorldTarget())
    check_waiting(probe)
    check_tail(probe, "listFlows", 15)
    assert found(probe) == set()


@pytest.mark.parametrize("late", [0.2, 0.6, 1.0])
def test_a_wait_that_goes_on_after_the_end_is_caught(late: float) -> None:
    target = WorldTarget()
    target._world.wait_due = lambda run, now: max(run.ends, now) + late
    probe = probe_of(target)
    check_waiting(probe)
    assert found(probe) == {("FG-412", "runWorkflow")}


@pytest.mark.parametrize("share", [0.5, 0.75])
@pytest.mark.parametrize("query", ["", "wait=false"])
def test_a_start_that_lasts_as_long_as_its_stages_is_caught(share: float, query: str) -> None:
    target = WorldTarget()
    answer = target._world.answers["runWorkflow"]

    def blocking(call) -> Reply:
        reply = answer(call)
        flow = target._world.flows[call.ids["flowId"]]
        blocks = call.request.query == query and flow.stages
        return replace(reply, due=call.now + share * 0.4) if blocks else reply

    target._world.answers["runWorkflow"] = blocking
    probe = probe_of(target)
    check_waiting(probe)
    assert found(probe) == {("FG-402", "runWorkflow")}


def test_a_server_that_is_slow_now_and_then_is_not_blamed() -> None:
    target = WorldTarget()
    answer, met = target._world.answers["runWorkflow"], [0]

    def stalling(call) -> Reply:
        met[0] += 1
        reply = answer(call)
        return replace(reply, due=max(call.now, reply.due or 0.0) + 1.0) if met[0] % 2 else reply

    target._world.answers["runWorkflow"] = stalling
    probe = probe_of(target)
    check_waiting(probe)
    assert found(probe) == set()
