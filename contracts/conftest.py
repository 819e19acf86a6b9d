"""Chooses the edition and opens the target of the suites; everything else stands in `flowgauge.contract`."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from flowgauge.contract.edition_part import ContractPart
from flowgauge.contract.probe import Probe
from flowgauge.contract.session.pytest_suite import PLUGIN_NAME, ContractSuite
from flowgauge.contract.session.session import ContractSession
from flowgauge.contract.settings import settings_from
from flowgauge.contract.targets.spoken_edition import spoken_edition
from flowgauge.contract.traffic.schemathesis_cases import OperationTests
from flowgauge.editions import (
    API_FILE,
    DEFAULT_EDITION,
    EDITIONS,
    contract_part,
    edition_named,
    stranger,
    world_part_if_any,
)
from flowgauge.errors import FlowgaugeError
from flowgauge.inert import inert
from flowgauge.redaction import without_known_secrets

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
        name, how = _edition(config)
        is_stranger = config.option.flowgauge_document_alone
        part = stranger(name) if is_stranger else contract_part(name)
        world = world_part_if_any(name)
    except FlowgaugeError as error:
        pytest.exit(inert(without_known_secrets(f"flowgauge: {error}")), returncode=int(error.exit_code))
    if config.option.flowgauge_no_auth:
        part = replace(part, edition=part.edition.without_security())
    config.stash[PART] = part
    suite = ContractSuite(config, Path(__file__).parent, part, world, how=how)
    config.pluginmanager.register(suite, PLUGIN_NAME)
    config.pluginmanager.register(OperationTests(part), "flowgauge-operations")


def _edition(config: pytest.Config) -> tuple[str, str | None]:
    """The edition's name, and how it was found out where nobody named it: by what a live server answers."""
    named = config.option.flowgauge_edition
    if not named and API_FILE.is_file():
        named = str(API_FILE)
    if named or config.option.collectonly:
        is_other = named in EDITIONS and named != DEFAULT_EDITION
        return named or DEFAULT_EDITION, f"held to edition {named}, as was asked" if is_other else None
    settings = settings_from(vars(config.option), os.environ, root=config.rootpath)
    if settings.connection is None:
        return DEFAULT_EDITION, None
    editions = [edition_named(name) for name in reversed(EDITIONS)]
    if not settings.needs_auth:
        editions = [edition.without_security() for edition in editions]
    edition, how = spoken_edition(settings, editions)
    return edition.name, how


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
