"""The same calls over and over: what fails once in a while is met if it is asked often enough."""

from collections.abc import Mapping

from flowgauge.contract.probe import Probe
from flowgauge.contract.traffic.latency import check_growth, fastest_answers
from flowgauge.contract.traffic.page_walk import walk_pages, whole_list

__all__ = ["CALLS", "fill_and_walk", "read_again"]

# A failure at every n-th call of an operation is met for every n up to this.
CALLS = 200
_PAGE_SIZES = (1000, 100, 15, 7)


def read_again(probe: Probe, ids: Mapping[str, str]) -> None:
    """Call each operation that only reads, and for which there are ids, CALLS times."""
    reads = [request for request in probe.part.ordinary_requests(ids) if request.method == "GET"]
    for _ in range(CALLS):
        for request in reads:
            probe.send(request)


def fill_and_walk(probe: Probe, count: int) -> None:
    """Make so many things of each kind below what exists; all are there, and no operation has slowed down."""
    ids = probe.existing()
    early = fastest_answers(probe, ids)
    for number in range(count):
        for resource in probe.edition.resources:
            if resource.create is not None:
                takes = probe.edition.takes(probe.edition.operation(resource.create))
                if takes <= ids.keys():
                    body = probe.part.numbered(resource.create, number)
                    probe.call(resource.create, ids, body=body)
    check_growth(probe, early, fastest_answers(probe, ids))
    for resource in probe.edition.resources:
        whole_list(probe, resource.kind, ids)
        if resource.read is not None and resource.parent is None:
            for record in list(probe.knowledge.things(resource.kind).values()):
                probe.call(resource.read, record.ids)
        if resource.list is not None and resource.pages is not None:
            for size in _PAGE_SIZES:
                walk_pages(probe, resource.kind, ids, size=size)
