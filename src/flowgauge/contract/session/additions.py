"""Whether a target knows what its document adds to the edition (`x-flowgauge-addition`).

A server of the edition proper has never heard of an added query parameter, ignores it, and is sound. So what
an addition promises is looked at only where the target shows that it knows it: a page of one is really cut.
"""

from collections.abc import Iterator

from flowgauge.contract.edition_part import ContractPart
from flowgauge.contract.findings.recorder import Recorder
from flowgauge.contract.probe import Probe
from flowgauge.contract.requests import payload
from flowgauge.contract.strict_json import legible
from flowgauge.contract.target import Capability, Target
from flowgauge.edition import Edition, Resource, member
from flowgauge.results import Exchange

__all__ = ["learn_additions", "skip_additions"]


def learn_additions(target: Target, part: ContractPart) -> None:
    """Find out whether a list of two is cut to a page of one, wherever the size of a page is an addition.

    A page that says that it holds one is a sign too: how many it really holds is the suites' business.
    """
    if Capability.ADDITIONS not in target.capabilities:
        probe = Probe(target, Recorder(target.url, part.edition, part.findings), part)
        if all(_cuts(probe, resource) for resource in _with_added_pages(part.edition)):
            target.capabilities |= {Capability.ADDITIONS}


def skip_additions(probe: Probe, recorder: Recorder) -> None:
    """Write down what is not looked at, where the target does not know it."""
    for op in () if probe.can(Capability.ADDITIONS) else probe.edition.operations:
        names = [parameter.name for parameter in op.parameters if parameter.is_addition]
        if names:
            reason = f"not looked at: the target does not know {' and '.join(names)}"
            recorder.skip(f"additions to {op.id}", reason, (op.id,))


def _with_added_pages(edition: Edition) -> Iterator[Resource]:
    for resource in edition.resources:
        if resource.list is not None and resource.pages is not None:
            parameters = edition.operation(resource.list).parameters
            if any(p.is_addition and p.name == resource.pages.size for p in parameters):
                yield resource


def _cuts(probe: Probe, resource: Resource) -> bool:
    pages = resource.pages
    assert pages is not None
    assert resource.list is not None
    ids = probe.existing()
    if not probe.edition.takes(probe.edition.operation(resource.list)) <= ids.keys():
        return False
    for _ in range(2 if probe.can(Capability.WRITE) else 0):
        probe.made(resource.kind, ids)
    exchange = probe.call(resource.list, ids, query=f"{pages.size}=1")
    items = payload(probe.edition, exchange)
    size = _member(exchange, (*pages.frame, pages.page_size)) if pages.page_size is not None else None
    return size == 1 or (isinstance(items, list) and len(items) == 1)


def _member(exchange: Exchange, place: tuple[str, ...]) -> object:
    return member(legible(exchange.response.body), place) if exchange.response is not None else None
