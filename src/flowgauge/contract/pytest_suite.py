"""What pytest does around the suites: open the target, judge each test by its findings, write the report.

Registered by `contracts/conftest.py`. The exit code is 1 exactly when there are findings; a test that fails
for another reason is a broken harness and ends in its own code, as does a target that cannot be judged.
"""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis.core
import pytest

from flowgauge.contract.schemathesis_door import tune_schema
from flowgauge.contract.session import ContractSession
from flowgauge.contract.settings import settings_from
from flowgauge.contract.summary import finding_lines, summary_lines
from flowgauge.contract.targets import open_target
from flowgauge.errors import ExitCode, FlowgaugeError
from flowgauge.results import ContractReport, Finding

__all__ = ["ContractSuite"]


class ContractSuite:
    """One pytest session over the suites in `folder`."""

    def __init__(self, config: pytest.Config, folder: Path) -> None:
        self._config = config
        self._folder = folder
        self._open = contextlib.ExitStack()
        self._session: ContractSession | None = None
        self._report: ContractReport | None = None
        self._harness_errors: list[str] = []
        self._shown: set[tuple[str, str]] = set()
        self._failed_by_findings: set[str] = set()
        self._is_partial = False
        self._ended = 0

    @property
    def session(self) -> ContractSession:
        """The run; opened at the session's start."""
        assert self._session is not None
        return self._session

    def pytest_sessionstart(self) -> None:
        """Open the target; its name is the first line of output."""
        if self._config.option.collectonly:
            return
        try:
            settings = settings_from(vars(self._config.option), os.environ, root=self._config.rootpath)
            target = self._open.enter_context(open_target(settings))
        except FlowgaugeError as error:
            pytest.exit(f"flowgauge: {error}", returncode=int(error.exit_code))
        # Hypothesis has no public way of setting the seed for all of a session's tests but its own flag.
        setattr(hypothesis.core, "global_force_seed", settings.seed)  # noqa: B010 - its type is None alone
        tune_schema(seed=settings.seed, max_examples=settings.examples)
        self._session = ContractSession(settings, target)
        if not hasattr(self._config, "workerinput"):
            print(self._session.title, file=sys.stdout, flush=True)

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        """A part of the suites was left out."""
        self._is_partial |= bool(items)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Suites that were not collected make the report incomplete."""
        collected = {item.path for item in session.items}
        self._is_partial |= bool(set(self._folder.glob("test_*.py")) - collected)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        """A test of the suites fails by what it found, and by nothing else."""
        if self._folder not in item.path.parents:
            return (yield)
        self.session.found_since_last_asked()
        result = yield
        findings = self.session.found_since_last_asked()
        if findings:
            text = "\n\n".join("\n".join(self._told(finding)) for finding in findings)
            self._failed_by_findings.add(item.nodeid)
            pytest.fail(text, pytrace=False)
        return result

    def _told(self, finding: Finding) -> list[str]:
        """All of a finding the first time, one line afterwards."""
        if finding.key in self._shown:
            return [f"{finding.id} {finding.operation}: {finding.title} (again)"]
        self._shown.add(finding.key)
        return list(finding_lines(finding))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Whatever else fails, in set-up, call or tear-down, is the harness' own fault."""
        self._ended += report.when == "teardown"
        if report.failed and not (report.when == "call" and report.nodeid in self._failed_by_findings):
            self._harness_errors.append(report.nodeid)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int | pytest.ExitCode) -> None:
        """Write the report, and settle the exit code."""
        if self._session is None:
            return
        is_whole = exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}
        # Fewer ended than were collected where the session was stopped, by -x for one.
        is_whole &= self._ended == session.testscollected
        is_complete = is_whole and not self._is_partial and not self._harness_errors
        self._report = self._session.write(complete=is_complete)
        if exitstatus not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
            return
        if self._report.findings:
            session.exitstatus = ExitCode.FAILED
        elif self._harness_errors or exitstatus == pytest.ExitCode.TESTS_FAILED:
            session.exitstatus = ExitCode.HARNESS

    def pytest_unconfigure(self) -> None:
        """Let go of the target."""
        self._open.close()

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """A line per operation, what was skipped and why, and where the report is."""
        if self._report is None:
            return
        terminalreporter.section("contract")
        for line in summary_lines(self._report):
            terminalreporter.write_line(line)
        if self._harness_errors:
            terminalreporter.write_line(f"broken harness, not findings: {', '.join(self._harness_errors)}")
        terminalreporter.write_line(f"report: {self.session.settings.run_folder / 'contract.json'}")
