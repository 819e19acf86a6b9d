"""The contract suites' engine: oracle, observer, targets, generated data, and the wiring to pytest.

Suites take a `Probe` and send requests through it; everything else follows.
"""

from flowgauge.contract.catalogue import CATALOGUE
from flowgauge.contract.observer import Observer
from flowgauge.contract.oracle import Expectation, expectation
from flowgauge.contract.probe import Probe
from flowgauge.contract.target import Capability, Target

__all__ = ["CATALOGUE", "Capability", "Expectation", "Observer", "Probe", "Target", "expectation"]
