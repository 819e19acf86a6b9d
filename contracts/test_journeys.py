"""What clients do: create, read, list, walk the pages, in any order, checked at every step."""

import math

import pytest

from flowgauge.contract.probe import Probe
from flowgauge.contract.session.session import ContractSession
from flowgauge.contract.traffic.exploration import run_machine
from flowgauge.contract.traffic.journeys import journeys_of
from flowgauge.contract.traffic.page_walk import read_first_lists

pytestmark = pytest.mark.writes

SHARES = 2


@pytest.mark.parametrize("share", range(SHARES))
def test_journeys(share: int, probe: Probe, contract: ContractSession) -> None:
    """Many short journeys, each from an empty store where the target can give one."""
    settings = contract.settings
    journeys = math.ceil(settings.examples / SHARES)
    run_machine(journeys_of(probe), examples=journeys, steps=20, seed=f"{settings.seed}, {share}")


def test_empty_store(probe: Probe) -> None:
    """Nothing is there: the lists are empty arrays, those below a fresh thing too."""
    read_first_lists(probe)
