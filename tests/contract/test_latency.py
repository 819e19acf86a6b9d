"""The checks of time: for each, the server that it must catch, on the virtual clock."""

from dataclasses import replace

import pytest
from broken_target import found, probe_of

from flowgauge.contract.probe import Probe
from flowgauge.contract.targets.world import WorldTarget
from flowgauge.contract.traffic.latency import check_growth, fastest_answers
from flowgauge.editions import world_part
from flowgauge.editions.v0.contract.scenarios import check_waiting
from flowgauge.reference.world.message import Reply


def test_a_clean_server_is_in_time() -> None:
    probe = probe_of(WorldTarget(world_part()))
    check_waiting(probe)
    assert found(probe) == set()


@pytest.mark.parametrize("late", [0.2, 0.6, 1.0])
def test_a_wait_that_goes_on_after_the_end_is_caught(late: float) -> None:
    target = WorldTarget(world_part())
    target.world.wait_due = lambda run, now: max(run.ends, now) + late
    probe = probe_of(target)
    check_waiting(probe)
    assert found(probe) == {("FG-412", "runWorkflow")}


@pytest.mark.parametrize("share", [0.5, 0.75])
@pytest.mark.parametrize("query", ["", "wait=false"])
def test_a_start_that_lasts_as_long_as_its_stages_is_caught(share: float, query: str) -> None:
    target = WorldTarget(world_part())
    answer = target.world.answers["runWorkflow"]

    def blocking(call) -> Reply:
        reply = answer(call)
        flow = target.world.flows[call.ids["flowId"]]
        blocks = call.request.query == query and flow.stages
        return replace(reply, due=call.now + share * 0.4) if blocks else reply

    target.world.answers["runWorkflow"] = blocking
    probe = probe_of(target)
    check_waiting(probe)
    assert found(probe) == {("FG-402", "runWorkflow")}


def test_a_server_that_is_slow_now_and_then_is_not_blamed() -> None:
    target = WorldTarget(world_part())
    answer, met = target.world.answers["runWorkflow"], [0]

    def stalling(call) -> Reply:
        met[0] += 1
        reply = answer(call)
        return replace(reply, due=max(call.now, reply.due or 0.0) + 1.0) if met[0] % 2 else reply

    target.world.answers["runWorkflow"] = stalling
    probe = probe_of(target)
    check_waiting(probe)
    assert found(probe) == set()


def slowed_down(probe: Probe) -> set[tuple[str, str]]:
    ids = probe.existing()
    early = fastest_answers(probe, ids)
    for _ in range(260):
        probe.call("createWorkflow", body={"stages": []})
        probe.call("runWorkflow", ids)
    check_growth(probe, early, fastest_answers(probe, ids))
    return found(probe)


@pytest.mark.parametrize(
    ("operation", "stored", "each"),
    [("listFlows", "flows", 0.001), ("createWorkflow", "flows", 0.001), ("listRuns", "runs", 0.001)],
)
def test_an_operation_that_slows_down_with_what_is_stored_is_caught(
    operation: str, stored: str, each: float
) -> None:
    target = WorldTarget(world_part())
    answer = target.world.answers[operation]

    def slower(call) -> Reply:
        store = target.world.store
        count = len(store.workflows if stored == "flows" else max(store.instances_of.values(), key=len))
        reply = answer(call)
        return replace(reply, due=call.now + count // 10 * 10 * each)

    target.world.answers[operation] = slower
    assert slowed_down(probe_of(target)) == {("FG-802", operation)}


def test_a_server_that_is_slow_from_the_start_or_a_little_slower_has_not_slowed_down() -> None:
    for base, each in ((0.0, 0.0), (0.0, 0.0005), (0.2, 0.002)):
        target = WorldTarget(world_part())
        answer = target.world.answers["listFlows"]

        def slower(call, answer=answer, base=base, each=each, target=target) -> Reply:
            return replace(answer(call), due=call.now + base + each * len(target.world.flows))

        target.world.answers["listFlows"] = slower
        assert slowed_down(probe_of(target)) == set(), (base, each)


def test_one_fast_answer_of_a_few_is_enough() -> None:
    target = WorldTarget(world_part())
    answer, met = target.world.answers["listFlows"], [0]

    def stalling(call) -> Reply:
        met[0] += 1
        return replace(answer(call), due=call.now + (1.0 if met[0] % 5 else 0.0))

    target.world.answers["listFlows"] = stalling
    assert slowed_down(probe_of(target)) == set()


def test_a_machine_that_is_busier_and_a_list_that_is_longer_have_not_slowed_down() -> None:
    """Every answer takes six times as long as at first, and each thing in a list its time."""
    target = WorldTarget(world_part())

    def taking(name: str, answer) -> None:
        def slower(call) -> Reply:
            busy = 6 if len(target.world.flows) > 200 else 1
            reply = answer(call)
            listed = len(target.world.flows) if name == "listFlows" else 1
            return replace(reply, due=call.now + busy * 0.05 * listed)

        target.world.answers[name] = slower

    for name, answer in list(target.world.answers.items()):
        taking(name, answer)
    assert slowed_down(probe_of(target)) == set()


def test_an_operation_that_stands_alone_is_no_excuse_for_itself() -> None:
    probe = probe_of(WorldTarget(world_part()))
    early = probe.call("listFlows")
    late = replace(early, received_at=early.sent_at + 1.0)
    check_growth(probe, {"listFlows": early}, {"listFlows": late})
    assert {finding.id for finding in probe.recorder.findings()} == {"FG-802"}
