"""Malformed, wrong, huge and odd requests: each gets its 4xx, none a 5xx, and none changes anything.

Which status a request deserves is the oracle's business; that nothing was changed shows in the lists, which
are read again at the end and hold nothing that was not acknowledged.
"""

from collections.abc import Callable, Iterator, Mapping

import pytest

from flowgauge.contract.edition_part import ContractPart
from flowgauge.contract.probe import Probe
from flowgauge.contract.session.session import ContractSession
from flowgauge.contract.shares import SHARES, share_of
from flowgauge.contract.target import Capability
from flowgauge.contract.traffic import malformed
from flowgauge.contract.traffic.alone.nulls import send_nulls
from flowgauge.contract.traffic.identities import identities
from flowgauge.contract.traffic.messages import check_messages
from flowgauge.contract.traffic.page_walk import read_all_again, whole_list
from flowgauge.contract.traffic.repetition import read_made
from flowgauge.results import Request

Family = Callable[[ContractPart, Mapping[str, str]], Iterator[Request]]


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize(
    "family",
    [
        identities,
        malformed.bodies_of,
        malformed.media_of,
        malformed.queries_of,
        malformed.methods_of,
    ],
)
def test_family(family: Family, share: int, probe: Probe) -> None:
    """One family of requests, each wrong in one way."""
    real = probe.existing()
    for request in share_of(share, [*family(probe.part, real)]):
        probe.send(request)
    read_all_again(probe, real)
    read_made(probe)


@pytest.mark.writes
def test_other_methods_beside_the_method(probe: Probe) -> None:
    """The method of a request is the one in its first line."""
    real = probe.existing()
    for request in malformed.overrides_of(probe.part, real):
        probe.send(request)
    read_all_again(probe, real)


@pytest.mark.writes
def test_refused_writes_leave_nothing(probe: Probe) -> None:
    """Each below a thing of its own: the list there holds nothing."""
    for resource in probe.edition.resources:
        op = probe.edition.operation(resource.create) if resource.create is not None else None
        if op is None or op.request_schema is None or resource.parent is None:
            continue
        real = probe.existing()
        if not probe.edition.takes(op) <= real.keys():
            continue
        for number in range(len(malformed.refusals_of(probe.part, op, real))):
            ids = probe.apart(resource.parent)
            if ids is not None:
                probe.send(malformed.refusals_of(probe.part, op, ids)[number])
                whole_list(probe, resource.kind, ids)


@pytest.mark.writes
def test_nulls(probe: Probe) -> None:
    """What the schema calls null by name is taken where the member may be absent."""
    send_nulls(probe)


def test_unknown_paths(probe: Probe) -> None:
    """What is not in the document is not there."""
    for request in malformed.paths(probe.part):
        probe.send(request)


def test_framing(probe: Probe, contract: ContractSession) -> None:
    """A body in chunks is a body."""
    with_body = tuple(op.id for op in probe.edition.operations if op.request_schema is not None)
    if reason := contract.needs("chunked framing", Capability.FRAMING, operations=with_body):
        pytest.skip(reason)
    real = probe.existing()
    for request in malformed.framings_of(probe.part, real):
        probe.send(request)
    read_all_again(probe, real)


def test_messages(probe: Probe, contract: ContractSession) -> None:
    """What HTTP rules on is refused, or taken, whatever the document says."""
    reads = tuple(op.id for op in probe.edition.operations if op.method == "GET")
    if reason := contract.needs("messages on which HTTP rules", Capability.FRAMING, operations=reads):
        pytest.skip(reason)
    check_messages(probe)


@pytest.mark.writes
def test_offers_of_another_protocol(probe: Probe) -> None:
    """Who does not switch to the protocol that is offered takes the request as it is, with its body."""
    real = probe.existing()
    offers = malformed.offers_taken_as_they_are(probe.asked, probe.part)
    for request in malformed.with_offers(probe.part, real, offers):
        probe.send(request)
    read_all_again(probe, real)
