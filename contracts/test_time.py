"""Time, with repeats: nothing has a slow tail."""

import pytest

from flowgauge.contract.probe import Probe
from flowgauge.contract.session.session import ContractSession
from flowgauge.contract.traffic.latency import check_tails


@pytest.mark.alone
def test_no_slow_tail(probe: Probe, contract: ContractSession) -> None:
    """No operation, in all that was sent so far, and asked again."""
    check_tails(probe, probe.existing(), contract.settings.tail)
