"""Calls that overlap: a few, with a search for a legal order; and many, of which none may be lost."""

import itertools

import pytest

from flowgauge.contract.probe import Probe, existing_ids
from flowgauge.contract.traffic.concurrency import burst, overlapping_calls

pytestmark = pytest.mark.writes

PAIRS = tuple(itertools.product(("create", "list"), repeat=2)) + tuple(
    itertools.product(("run", "runs"), repeat=2)
)
LONGER = (
    ("create", "create", "list"),
    ("list", "create", "list"),
    ("create", "list", "create", "list"),
    ("run", "run", "runs"),
    ("runs", "run", "runs"),
    ("run", "runs", "run", "runs"),
    ("create", "run", "list", "runs"),
)


def test_legal_order(probe: Probe) -> None:
    """Two to four calls at once, after a prefix of sequential ones."""
    probe.reset()
    ids = existing_ids(probe)
    for kinds in (*PAIRS, *LONGER):
        if "flowId" in ids:
            overlapping_calls(probe, kinds, ids["flowId"])
            probe.call("listFlows")
            probe.call("listRuns", query="pageSize=1000", flowId=ids["flowId"])


def test_bursts(probe: Probe) -> None:
    """Many parallel creates and runs: none lost, none doubled, none swapped."""
    probe.reset()
    for count in (2, 8, 16):
        burst(probe, count)
