"""Every operation, with generated requests: Schemathesis' examples, coverage and fuzzing, and its links."""

import pytest
from schemathesis import Case

from flowgauge.contract.probe import Probe
from flowgauge.contract.session.session import ContractSession
from flowgauge.contract.traffic.exploration import exploring
from flowgauge.contract.traffic.schemathesis_cases import ids_for, send_case, walk_links


@pytest.mark.each_operation
def test_operation(case: Case, probe: Probe) -> None:
    """Two of three cases carry ids that exist: generated ones almost only meet 404."""
    send_case(case, probe, ids=ids_for(case, probe))


def test_links(probe: Probe, contract: ContractSession) -> None:
    """Schemathesis' state machine over the links: create, read, list, in every order."""
    walk_links(probe, exploring(contract.settings.examples, steps=8))
