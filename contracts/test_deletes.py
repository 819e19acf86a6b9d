"""Deletes: what is deleted is gone, once, and nothing else with it."""

import pytest

from flowgauge.contract.probe import Probe
from flowgauge.contract.session.session import ContractSession
from flowgauge.contract.traffic.deletes import delete_each_kind

pytestmark = pytest.mark.writes


def test_deletes(probe: Probe, contract: ContractSession) -> None:
    """The first, the last and the only one of a few siblings, of each kind that can be deleted."""
    if not any(resource.delete for resource in contract.probe.edition.resources):
        pytest.skip("nothing can be deleted by this document")
    delete_each_kind(probe)
