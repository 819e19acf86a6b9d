"""A server that holds much: what is large is asked for a few times, and what was left out is counted."""

from broken_target import V0, found, probe_of

from flowgauge.contract.probe import Probe
from flowgauge.contract.requests import built
from flowgauge.contract.shares import SHARES
from flowgauge.contract.target import Capability
from flowgauge.contract.targets.world import WorldTarget
from flowgauge.contract.traffic.repetition import CALLS, read_again
from flowgauge.editions import world_part

BIG = {"stages": [{"echo": {"message": "x" * 4096}}]}


def probe_of_a_store_of(count: int) -> Probe:
    """A server that others use too, and that holds so many workflows already."""
    target = WorldTarget(world_part())
    target.capabilities -= {Capability.EXCLUSIVE, Capability.RESET}
    for _ in range(count):
        target.send(built(V0, "createWorkflow", body=BIG))
    return probe_of(target)


def lists_asked_for(probe: Probe) -> int:
    probe.begin()
    ids = probe.existing()
    for share in SHARES:
        read_again(probe, ids, share)
    row = next(row for row in probe.recorder.operation_reports() if row.operation == "listFlows")
    return row.cases


def test_a_large_list_is_asked_for_a_few_times_in_each_test() -> None:
    probe = probe_of_a_store_of(150)
    assert 2 <= lists_asked_for(probe) <= 6
    assert probe.held_back_repeats > CALLS - 6
    before = probe.held_back_repeats
    probe.begin()
    probe.call("listFlows")
    assert probe.held_back_repeats == before
    assert found(probe) == set()


def test_a_small_list_is_asked_for_as_often_as_any() -> None:
    probe = probe_of_a_store_of(10)
    assert lists_asked_for(probe) == CALLS
    assert probe.held_back_repeats == 0
