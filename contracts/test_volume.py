"""Passes that never reset: past the 256th create of each kind, and the 200th call of each operation."""

import pytest

from flowgauge.contract.probe import Probe
from flowgauge.contract.shares import SHARES
from flowgauge.contract.traffic.repetition import fill_and_walk, read_again

pytestmark = pytest.mark.writes

MANY = 260


def test_many_things(probe: Probe) -> None:
    """Everything is still there, once, whatever the page size; no operation has slowed down."""
    fill_and_walk(probe, MANY)


@pytest.mark.parametrize("share", SHARES)
def test_many_calls(share: int, probe: Probe) -> None:
    """Operations that only read, again and again on a store that holds little: no call is unlike another."""
    read_again(probe, probe.existing(), share)
