"""The contract suites' engine: oracle, observer, targets, generated data, and the wiring to pytest.

Suites take a `Probe` and send requests through it; everything else follows.
"""

from flowgauge.contract.findings.catalogue import CATALOGUE
from flowgauge.contract.judging.observer import Observer
from flowgauge.contract.judging.oracle import Expectation, expectation
from flowgauge.contract.probe import Probe
from flowgauge.contract.targets.target import Capability, Target

__all__ = ["CATALOGUE", "Capability", "Expectation", "Observer", "Probe", "Target", "expectation"]
