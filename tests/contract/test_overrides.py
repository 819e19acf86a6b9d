"""A server that takes the method from somewhere else than the request's first line is caught."""

from dataclasses import replace
from urllib.parse import parse_qsl

import pytest
from broken_target import V0, found, probe_of, shown

from flowgauge.contract.targets.world import WorldTarget
from flowgauge.contract.traffic import malformed
from flowgauge.editions import world_part
from flowgauge.results import Exchange, Request


class OverriddenTarget(WorldTarget):
    """The reference world, which does as the header or the query parameter `place` says."""

    def __init__(self, place: str) -> None:
        super().__init__(world_part())
        self._place = place

    def send(self, request: Request) -> Exchange:
        query = dict(parse_qsl(request.target.partition("?")[2]))
        method = request.header(self._place.lower()) or query.get(self._place)
        exchange = super().send(replace(request, method=method or request.method))
        return replace(exchange, request=request)


@pytest.mark.parametrize("place", [*malformed.OVERRIDES, "_method"])
def test_a_method_beside_the_method_is_caught(place: str) -> None:
    probe = probe_of(OverriddenTarget(place))
    for request in malformed.overrides_of(probe.part, probe.existing()):
        probe.send(request)
    assert {operation for _, operation in shown(probe)} == {op.id for op in V0.operations}


def test_a_server_that_goes_by_the_first_line_is_not_blamed() -> None:
    probe = probe_of(WorldTarget(world_part()))
    requests = list(malformed.overrides_of(probe.part, probe.existing()))
    for request in requests:
        probe.send(request)
    assert len(requests) == len(V0.operations) * 2 * 4
    assert found(probe) == set()
