"""Opens the target of the suites; everything else stands in `flowgauge.contract`."""

from pathlib import Path

import pytest

from flowgauge.contract.probe import Probe
from flowgauge.contract.session.pytest_suite import ContractSuite
from flowgauge.contract.session.session import ContractSession


def pytest_configure(config: pytest.Config) -> None:
    """Take over from here: the options are those of the flowgauge plugin."""
    config.addinivalue_line("markers", "writes: is about what was written, and skipped on a read-only target")
    config.pluginmanager.register(ContractSuite(config, Path(__file__).parent), "flowgauge-contract")


@pytest.fixture(scope="session")
def contract(pytestconfig: pytest.Config) -> ContractSession:
    """The run: its settings, its seed, and what the target can do."""
    suite = pytestconfig.pluginmanager.get_plugin("flowgauge-contract")
    assert isinstance(suite, ContractSuite)
    return suite.session


@pytest.fixture(scope="session")
def probe(contract: ContractSession) -> Probe:
    """The hand on the target; whatever it sends is judged."""
    return contract.probe
