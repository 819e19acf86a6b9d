"""Chooses the edition and opens the target of the suites; everything else stands in `flowgauge.contract`."""

from dataclasses import replace
from pathlib import Path

import pytest

from flowgauge.contract.edition_part import ContractPart
from flowgauge.contract.probe import Probe
from flowgauge.contract.session.pytest_suite import PLUGIN_NAME, ContractSuite
from flowgauge.contract.session.session import ContractSession
from flowgauge.contract.traffic.schemathesis_cases import OperationTests
from flowgauge.editions import DEFAULT_EDITION, contract_part, world_part_if_any
from flowgauge.errors import FlowgaugeError

MARKERS = (
    "writes: is about what was written, and skipped on a read-only target",
    "alone: runs when nothing else does, after all others",
    "each_operation: becomes a test of each operation, with cases that Schemathesis generates",
)
PART: pytest.StashKey[ContractPart] = pytest.StashKey()


def pytest_configure(config: pytest.Config) -> None:
    """Take over from here: the options are those of the flowgauge plugin."""
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)
    try:
        name = config.option.flowgauge_edition or DEFAULT_EDITION
        part, world = contract_part(name), world_part_if_any(name)
    except FlowgaugeError as error:
        pytest.exit(f"flowgauge: {error}", returncode=int(error.exit_code))
    if config.option.flowgauge_no_auth:
        part = replace(part, edition=part.edition.without_security())
    config.stash[PART] = part
    config.pluginmanager.register(ContractSuite(config, Path(__file__).parent, part, world), PLUGIN_NAME)
    config.pluginmanager.register(OperationTests(part), "flowgauge-operations")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for a scenario is one of each that the edition has."""
    if "scenario" in metafunc.fixturenames:
        scenarios = metafunc.config.stash[PART].scenarios
        marks = [[pytest.mark.writes] if scenario.writes else [] for scenario in scenarios]
        metafunc.parametrize(
            "scenario",
            [pytest.param(s, id=s.name, marks=m) for s, m in zip(scenarios, marks, strict=True)],
        )


@pytest.fixture(scope="session")
def contract(pytestconfig: pytest.Config) -> ContractSession:
    """The run: its settings, its seed, and what the target can do."""
    suite = pytestconfig.pluginmanager.get_plugin(PLUGIN_NAME)
    assert isinstance(suite, ContractSuite)
    return suite.session


@pytest.fixture(scope="session")
def probe(contract: ContractSession) -> Probe:
    """The hand on the target; whatever it sends is judged."""
    return contract.probe
