"""Malformed, wrong, huge and odd requests: each gets its 4xx, none a 5xx, and none changes anything.

Which status a request deserves is the oracle's business; that nothing was changed shows in the lists, which
are read again at the end and hold nothing that was not acknowledged.
"""

from collections.abc import Callable, Iterator

import pytest

from flowgauge.contract.probe import Probe, existing_ids
from flowgauge.contract.session.session import ContractSession
from flowgauge.contract.targets.target import Capability
from flowgauge.contract.traffic import malformed
from flowgauge.results import Request

WITH_BODY = ("createWorkflow", "runWorkflow")
Family = Callable[[dict[str, str]], Iterator[Request]]


@pytest.mark.parametrize(
    "family",
    [
        malformed.identities,
        malformed.bodies_of,
        malformed.media_of,
        malformed.queries_of,
        malformed.methods_of,
    ],
)
def test_family(family: Family, probe: Probe) -> None:
    """One family of requests, each wrong in one way."""
    real = existing_ids(probe)
    for request in family(real):
        probe.send(request)
    _read_all_again(probe, real)


@pytest.mark.writes
def test_other_methods_beside_the_method(probe: Probe) -> None:
    """The method of a request is the one in its first line."""
    real = existing_ids(probe)
    for request in malformed.overrides_of(real):
        probe.send(request)
    _read_all_again(probe, real)


def test_unknown_paths(probe: Probe) -> None:
    """What is not in the document is not there."""
    for request in malformed.paths():
        probe.send(request)


def test_framing(probe: Probe, contract: ContractSession) -> None:
    """A body in chunks is a body."""
    if reason := contract.needs("chunked framing", Capability.FRAMING, operations=WITH_BODY):
        pytest.skip(reason)
    real = existing_ids(probe)
    for request in malformed.framings_of(real):
        probe.send(request)
    _read_all_again(probe, real)


def _read_all_again(probe: Probe, real: dict[str, str]) -> None:
    probe.call("listFlows")
    if "flowId" in real:
        probe.call("getFlow", flowId=real["flowId"])
        probe.call("listRuns", query="pageSize=1000", flowId=real["flowId"])
