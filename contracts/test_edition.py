"""What is tested of one edition alone: its own scenarios, by their names."""

import pytest

from flowgauge.contract.edition_part import Scenario
from flowgauge.contract.probe import Probe
from flowgauge.contract.session.session import ContractSession


def test_scenario(scenario: Scenario, probe: Probe, contract: ContractSession) -> None:
    """Each as its own docstring says."""
    needs = contract.needs(scenario.name, *scenario.needs, operations=scenario.operations)
    if reason := needs or contract.guards(scenario):
        pytest.skip(reason)
    scenario.run(probe)
