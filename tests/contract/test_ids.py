"""Other spellings of ids: what may be taken for the same id, and the servers that take too much."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from broken_target import found, probe_of

from flowgauge.contract.probe import Probe
from flowgauge.contract.targets.world import WorldTarget
from flowgauge.contract.traffic.identities import identities
from flowgauge.editions import world_part
from flowgauge.results import Exchange, Request

PREFIX = 4  # segments of the path before the first id


class FoldingTarget(WorldTarget):
    """The reference world, which reads the ids in a path as `fold` leaves them."""

    def __init__(self, fold: Callable[[str], str]) -> None:
        super().__init__(world_part())
        self._fold = fold

    def send(self, request: Request) -> Exchange:
        segments = request.target.partition("?")[0].split("/")
        folded = [*segments[:PREFIX], *(s if s == "runs" else self._fold(s) for s in segments[PREFIX:])]
        _, mark, query = request.target.partition("?")
        answered = super().send(replace(request, target="/".join(folded) + mark + query))
        return replace(answered, request=request)


def asked_for_near_ids(target: WorldTarget) -> Probe:
    probe = probe_of(target)
    real = probe.existing()
    for request in identities(probe.part, real):
        probe.send(request)
    probe.call("listFlows")
    probe.call("listRuns", {"workflow": real["workflow"]}, query="pageSize=1000")
    return probe


@pytest.mark.parametrize("fold", [str, str.lower])
def test_a_server_may_read_uuids_with_or_without_regard_to_case(fold: Callable[[str], str]) -> None:
    assert found(asked_for_near_ids(FoldingTarget(fold))) == set()


@pytest.mark.parametrize(
    "fold",
    [
        lambda i: i.removesuffix("%20"),
        lambda i: i.removesuffix("%00"),
        lambda i: i.removeprefix("urn:uuid:"),
        lambda i: i.removeprefix("%7B").removesuffix("%7D"),
        lambda i: i[:36],
        lambda i: f"{i[:8]}-{i[8:12]}-{i[12:16]}-{i[16:20]}-{i[20:]}" if len(i) == 32 and i.isalnum() else i,
    ],
)
def test_a_server_that_takes_another_id_for_a_real_one_is_caught(fold: Callable[[str], str]) -> None:
    assert "FG-204" in {finding_id for finding_id, _ in found(asked_for_near_ids(FoldingTarget(fold)))}


def test_a_server_that_finds_something_else_under_another_spelling_is_caught() -> None:
    target = FoldingTarget(lambda i: i)
    probe = probe_of(target)
    ids = [probe.answered("createWorkflow", body={"stages": [{"noop": {}}]})["id"] for _ in range(2)]
    target._fold = lambda i: ids[1] if i == ids[0].upper() else i
    probe.call("getFlow", {"workflow": ids[0].upper()})
    assert found(probe) == {("FG-201", "getFlow")}
