"""What clients do: create, read, list, walk the pages, in any order, checked at every step."""

import pytest

from flowgauge.contract.probe import Probe
from flowgauge.contract.session.session import ContractSession
from flowgauge.contract.traffic.exploration import run_machine
from flowgauge.contract.traffic.journeys import journeys_of
from flowgauge.contract.traffic.page_walk import read_first_lists

pytestmark = pytest.mark.writes


def test_journeys(probe: Probe, contract: ContractSession) -> None:
    """Many short journeys, each from an empty store where the target can give one."""
    run_machine(journeys_of(probe), examples=contract.settings.examples, steps=20)


def test_empty_store(probe: Probe) -> None:
    """Nothing is there: the lists are empty arrays, those below a fresh thing too."""
    probe.reset()
    read_first_lists(probe)
