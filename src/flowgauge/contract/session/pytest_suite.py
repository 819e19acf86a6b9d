"""What pytest does around the suites: open the target, judge each test by its findings, write the report.

Registered by `contracts/conftest.py`. The exit code is 1 exactly when there are findings; a test that fails
for another reason is a broken harness and ends in its own code, as does a target that cannot be judged.
"""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from flowgauge.contract.asking import OutOfTime
from flowgauge.contract.edition_part import ContractPart
from flowgauge.contract.findings.merging import merged
from flowgauge.contract.findings.summary import finding_lines, summary_lines
from flowgauge.contract.session.beginning import begun
from flowgauge.contract.session.clean_output import CleanOutput
from flowgauge.contract.session.crew import crew_of, in_order, is_alone, left_in_round
from flowgauge.contract.session.forks import Reports, ran, run_apart, run_here
from flowgauge.contract.session.session import ContractSession, Share
from flowgauge.contract.settings import Settings, settings_from
from flowgauge.contract.target import Capability
from flowgauge.contract.targets.opening import open_target
from flowgauge.contract.traffic.exploration import fix_generation
from flowgauge.contract.traffic.schemathesis_cases import tune_schema
from flowgauge.errors import ExitCode, FlowgaugeError, HarnessError
from flowgauge.inert import inert
from flowgauge.redaction import without_known_secrets
from flowgauge.reference import WorldPart
from flowgauge.results import (
    CONTRACT_FILE,
    STAGES_FILE,
    ContractReport,
    check_writable,
    held,
    remove,
    write_contract_report,
)
from flowgauge.results.waivers import Waiver, of_suites, read_waivers, today, waived

__all__ = ["PLUGIN_NAME", "ContractSuite"]

PLUGIN_NAME = "flowgauge-contract"

# Marks a test that failed by its findings and by nothing else.
FOUND = ("flowgauge", "found")


class ContractSuite:
    """One pytest session over the suites in `folder`, of an edition.

    `world`, if the edition has one, makes embedded targets; `how` says how the edition was found out.
    """

    def __init__(
        self,
        config: pytest.Config,
        folder: Path,
        part: ContractPart,
        world: WorldPart[Any] | None = None,
        *,
        how: str | None = None,
    ) -> None:
        self._how = how
        self._part = part
        config.pluginmanager.register(CleanOutput(config))
        self._config = config
        self._folder = folder
        self._world = world
        self._open = contextlib.ExitStack()
        self._locked = contextlib.ExitStack()
        self._session: ContractSession | None = None
        self._report: ContractReport | None = None
        # The tests that failed by something else than what they found.
        self.harness_errors: list[str] = []
        self._worker_reports: list[ContractReport] = []
        self._waivers: tuple[Waiver, ...] = ()
        self._run_folder: Path | None = None
        self._is_partial = False
        self._ended = 0
        self._crew = 1
        self._left: dict[str, int] = {}

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
            waivers = read_waivers(
                Path(self._config.option.flowgauge_waivers or self._folder / "waivers.toml"),
                catalogue=self._part.findings,
                operations=(op.id for op in self._part.edition.operations),
            )
            self._waivers = of_suites(waivers)
            self._part.check_guards(settings.allowed)
            if not self._is_worker:
                check_writable(settings.run_folder)
                self._locked.enter_context(held(settings.run_folder))
            if not self._is_controller:
                self.open(settings)
            if not self._is_worker:
                # What an earlier run found must not be taken for what this one finds, should it break off.
                for name in (CONTRACT_FILE, STAGES_FILE):
                    remove(settings.run_folder / name)
            if self._is_controller:
                print(f"flowgauge: {self._workers} workers, seed {settings.seed}", flush=True)
                self._run_folder = settings.run_folder
                return
        except FlowgaugeError as error:
            # pytest itself prints the sentence; its reporter would print it once more.
            self._config.pluginmanager.unregister(name="terminalreporter")
            pytest.exit(inert(without_known_secrets(f"flowgauge: {error}")), returncode=int(error.exit_code))
        fix_generation(settings.seed)
        tune_schema(self._part, seed=settings.seed, max_examples=settings.examples)
        self._run_folder = settings.run_folder
        if not self._is_worker and not self._config.option.usepdb:
            self._crew = crew_of(settings, self.session.target, self._part.edition)
            self.session.probe.together = self._crew
        if not self._is_worker:
            workers = f", {self._crew} workers" if self._crew > 1 else ""
            print(self.session.title + workers, flush=True)
            if self._how is not None:
                print(f"flowgauge: {self._how}", flush=True)

    def open(self, settings: Settings) -> None:
        """Open a target, in place of the one before, and begin a run on it."""
        self._open.close()
        target = self._open.enter_context(open_target(settings, self._part, self._world))
        self._session = begun(settings, target, self._part, self._waivers)
        if self._how is not None:
            self._session.probe.notice(self._how)

    @property
    def _is_worker(self) -> bool:
        """Whether this is one of pytest-xdist's workers."""
        return hasattr(self._config, "workerinput")

    @property
    def _workers(self) -> int:
        return int(getattr(self._config.option, "numprocesses", None) or 0)

    @property
    def _is_controller(self) -> bool:
        """Whether this only hands out tests: its workers have a target each, and send their reports here."""
        return self._workers > 0 and not self._is_worker

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """A worker is done: take its report."""
        content = getattr(node, "workeroutput", {}).get("flowgauge")
        if content is not None:
            self._worker_reports.append(msgspec.json.decode(content, type=ContractReport))

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Others' tests go first, and of ours what finds most."""
        ours = in_order(item for item in items if self._is_ours(item))
        items[:] = [*(item for item in items if not self._is_ours(item)), *ours]

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """What must not write, or begins after the budget was used up, is skipped by name."""
        if not self._is_ours(item):
            return
        self.session.in_slice(self.session.seconds_left * self._crew / self._left[item.nodeid])
        self.session.probe.begin()
        reason = None
        if item.get_closest_marker("writes"):
            reason = self.session.needs(item.name, Capability.WRITE)
        if self.session.is_out_of_time:
            reason = self.session.end
            self.session.recorder.skip(item.name, reason)
        if reason:
            pytest.skip(reason)

    def _is_ours(self, item: pytest.Item) -> bool:
        return self._folder in item.path.parents

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        """A part of the suites was left out."""
        self._is_partial |= bool(items)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Suites that were not collected make the report incomplete."""
        collected = {item.path for item in session.items}
        self._is_partial |= bool(set(self._folder.glob("test_*.py")) - collected)
        self._left = left_in_round(item for item in session.items if self._is_ours(item))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Each test in a fork of its own, where there are workers; what must be alone comes after, here."""
        if self._crew < 2 or self._is_controller or session.testsfailed:
            return None
        here = [i for i in session.items if not self._is_ours(i) or is_alone(i)]
        apart = [item for item in session.items if item not in here]
        # A fork must not speak on its parent's connection.
        self.session.target.close()
        for share in run_apart(session, apart, self._told_of, self._crew):
            self.session.add(share)
        run_here(session, here)
        return True

    def _told_of(self, item: pytest.Item) -> tuple[Reports, Share]:
        """Run one test, in a fork: nothing that was known or seen before is there."""
        self._session = self.session.for_fork()
        return ran([item]), self.session.share

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        """A test of the suites fails by what no test before it has found, and by nothing else."""
        try:
            result = yield
        except OutOfTime:
            result = None
        news = self.session.news() if self._is_ours(item) else ()
        if news:
            item.user_properties.append(FOUND)
            text = "\n\n".join("\n".join(finding_lines(finding)) for finding in news)
            pytest.fail(inert(text), pytrace=False)
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Whatever else fails, in set-up, call or tear-down, is the harness' own fault."""
        self._ended += report.when == "teardown"
        # A property travels from a worker to the controller, and a tuple arrives there as a list.
        is_finding = report.when == "call" and FOUND in map(tuple, report.user_properties)
        if report.failed and not is_finding:
            self.harness_errors.append(report.nodeid)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int | pytest.ExitCode) -> None:
        """Write the report, and settle the exit code."""
        if self._run_folder is None:
            return
        ran = exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}
        # Fewer ended than were collected where the session was stopped, by -x for one.
        is_whole = ran and not self._is_partial and self._ended >= session.testscollected
        self._report = self._reported(is_complete=is_whole and not self.harness_errors)
        if self._is_worker:
            self._config.workeroutput["flowgauge"] = msgspec.json.encode(self._report).decode()  # type: ignore[attr-defined]
            return
        write_contract_report(self._run_folder, self._report)
        if (
            reporter := self._config.pluginmanager.get_plugin("terminalreporter")
        ) and not self.harness_errors:
            # A line for each test that met a finding says less than the list of findings, below.
            reporter.reportchars = reporter.reportchars.replace("f", "")
        if not ran:
            return
        if any(finding.waived is None for finding in self._report.findings):
            session.exitstatus = ExitCode.FAILED
        elif self._session is not None and self.session.probe.is_given_up:
            session.exitstatus = ExitCode.UNREACHABLE
        elif self.harness_errors or exitstatus == pytest.ExitCode.TESTS_FAILED:
            session.exitstatus = ExitCode.HARNESS
        elif not (self._is_partial or self._report.cases):
            session.exitstatus = ExitCode.NO_DATA

    def _reported(self, *, is_complete: bool) -> ContractReport:
        if self._is_worker:
            # It ran a part of the suites: only its controller knows whether the parts make a whole.
            return self.session.report(complete=False)
        if not self._is_controller:
            report = self.session.report(complete=is_complete)
        elif self._worker_reports:
            report = replace(merged(self._worker_reports), complete=is_complete)
        else:
            raise HarnessError("no worker has sent a report")
        judged = waived(report.findings, self._waivers, today(), is_complete=is_complete)
        return replace(report, findings=judged)

    def close(self) -> None:
        """Let go of the target."""
        self._open.close()

    def pytest_unconfigure(self) -> None:
        """Let go of the target and of the run folder."""
        self.close()
        self._locked.close()

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """A line per operation, what was skipped and why, and where the report is."""
        if self._report is None or self._run_folder is None:
            return
        terminalreporter.section("contract")
        for line in summary_lines(self._report):
            terminalreporter.write_line(inert(line, keep=""))
        if self.harness_errors:
            terminalreporter.write_line(f"broken harness, not findings: {', '.join(self.harness_errors)}")
        terminalreporter.write_line(f"report: {self._run_folder / CONTRACT_FILE}")
