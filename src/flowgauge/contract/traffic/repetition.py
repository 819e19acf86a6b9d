"""The same calls over and over: what fails once in a while is met if it is asked often enough."""

from collections.abc import Iterator, Mapping
from itertools import islice

from flowgauge.contract.probe import Probe
from flowgauge.contract.requests import built
from flowgauge.contract.shares import share_of
from flowgauge.contract.traffic.alone.steps_walk import walk_steps
from flowgauge.contract.traffic.latency import check_growth, fastest_answers
from flowgauge.contract.traffic.page_walk import walk_pages, whole_list
from flowgauge.results import Request

__all__ = ["CALLS", "fill_and_walk", "read_again", "read_made"]

# A failure at every n-th call of an operation is met for every n up to this.
CALLS = 200
_PAGE_SIZES = (1000, 100, 15, 7)
# No more than any server gives at once.
_STEPS = (10, 7)


def read_again(probe: Probe, ids: Mapping[str, str], share: int) -> None:
    """Call each operation of a share of those that only read, and for which there are ids, CALLS times."""
    reads = [request for request in probe.part.ordinary_requests(ids) if request.method == "GET"]
    for _ in range(CALLS):
        for request in share_of(share, reads):
            probe.send(request)


def fill_and_walk(probe: Probe, count: int) -> None:
    """Make so many things of each kind below what exists; all are there, and no operation has slowed down."""
    ids = probe.existing()
    early = fastest_answers(probe, ids)
    _send_all(probe, _creates(probe, ids, count))
    check_growth(probe, early, fastest_answers(probe, ids))
    for resource in probe.edition.resources:
        whole_list(probe, resource.kind, ids)
    read_made(probe)
    for resource in probe.edition.resources:
        if resource.list is not None and resource.pages is not None:
            for size in _PAGE_SIZES:
                walk_pages(probe, resource.kind, ids, size=size)
        for size in _STEPS if resource.steps is not None else ():
            walk_steps(probe, resource.kind, ids, size=size)


def read_made(probe: Probe) -> None:
    """Read each thing that the test has made and that stands below no other."""
    for resource in probe.edition.resources:
        if resource.read is not None and resource.parent is None:
            records = list(probe.knowledge.things(resource.kind).values())
            _send_all(probe, (built(probe.edition, resource.read, record.ids) for record in records))


def _creates(probe: Probe, ids: Mapping[str, str], count: int) -> Iterator[Request]:
    for number in range(count):
        for resource in probe.edition.resources:
            if resource.create is not None:
                takes = probe.edition.takes(probe.edition.operation(resource.create))
                if takes <= ids.keys():
                    body = probe.part.numbered(resource.create, number)
                    yield built(probe.edition, resource.create, ids, body=body)


def _send_all(probe: Probe, requests: Iterator[Request]) -> None:
    """Send requests that do not depend on each other, a few at once where the target is far."""
    if probe.together == 1:
        for request in requests:
            probe.send(request)
        return
    while batch := list(islice(requests, probe.together)):
        probe.send_together(batch)
