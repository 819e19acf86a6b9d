"""Calls that overlap: a few, with a search for a legal order; and many, of which none may be lost."""

import pytest

from flowgauge.contract.probe import Probe
from flowgauge.contract.traffic.concurrency import burst, call_orders, overlapping_calls
from flowgauge.contract.traffic.page_walk import whole_list

pytestmark = pytest.mark.writes


def test_legal_order(probe: Probe) -> None:
    """Two to four calls at once, after a prefix of sequential ones."""
    ids = probe.existing()
    for calls in call_orders(probe.edition):
        overlapping_calls(probe, calls, ids)
        for resource in probe.edition.resources:
            whole_list(probe, resource.kind, ids)


def test_bursts(probe: Probe) -> None:
    """Many parallel creates of each kind: none lost, none doubled, none swapped."""
    for count in (2, 8, 16):
        burst(probe, count)
