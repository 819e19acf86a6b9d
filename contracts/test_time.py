"""Time, with repeats: nothing has a slow tail."""

from flowgauge.contract.probe import Probe
from flowgauge.contract.traffic.latency import check_tail


def test_no_slow_tail(probe: Probe) -> None:
    """Every operation, again and again."""
    probe.reset()
    for request in probe.part.ordinary_requests(probe.existing()):
        check_tail(probe, request, 15)
