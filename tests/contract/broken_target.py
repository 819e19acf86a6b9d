"""A target that answers what a test tells it to: for each check, the server that it must catch."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from flowgauge.contract.findings.recorder import Recorder
from flowgauge.contract.probe import Probe
from flowgauge.contract.targets.world import WorldTarget
from flowgauge.editions import contract_part, edition_named, world_part
from flowgauge.results import Exchange, Request, Response

V0 = edition_named("v0")
Change = Callable[[Request, Response], Response | None]


class BrokenTarget(WorldTarget):
    """The reference world in-process, with every response passed through `change`; None is no answer."""

    def __init__(self, change: Change) -> None:
        super().__init__(world_part())
        self._change = change

    def send(self, request: Request) -> Exchange:
        return self._changed(super().send(request))

    def send_together(self, requests: Sequence[Request]) -> list[Exchange]:
        return [self._changed(exchange) for exchange in super().send_together(requests)]

    def _changed(self, exchange: Exchange) -> Exchange:
        assert exchange.response is not None
        changed = self._change(exchange.request, exchange.response)
        return replace(exchange, response=changed, error=None if changed else "connection reset")


def probe_of(target: WorldTarget) -> Probe:
    part = contract_part()
    return Probe(target, Recorder(target.url, part.edition, part.findings), part)


def found(probe: Probe) -> set[tuple[str, str]]:
    """What was found so far, as (id, operation)."""
    return {(finding.id, finding.operation) for finding in probe.recorder.findings()}


def shown(probe: Probe) -> set[tuple[str, str]]:
    """At which operations each finding's id shows so far, as (id, operation)."""
    return {(finding.id, place) for finding in probe.recorder.findings() for place in finding.operations}
