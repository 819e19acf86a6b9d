"""The adapter to Locust, and the only module that imports it.

Importing Locust replaces the interpreter's sockets and threads by cooperative ones, so nothing else of
flowgauge may do it. A scenario is a `LoadScenario` that names a journey; Locust's users only stand by, while
one engine per process sends the journeys when they are due.
"""

import atexit
import logging
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import gevent
from gevent.event import Event
from locust import User, events, task
from locust.env import Environment
from locust.html import get_html_report, process_html_filename
from locust.runners import STATE_CLEANUP, STATE_RUNNING, STATE_SPAWNING, MasterRunner, WorkerRunner
from locust.stats import CSV_STATS_INTERVAL_SEC

from flowgauge.errors import ExitCode, FlowgaugeError, UsageError
from flowgauge.inert import inert
from flowgauge.load.edition_part import LoadPart, shared_part
from flowgauge.load.engine.tally import Interval
from flowgauge.load.journeys.context import JourneyMaker
from flowgauge.load.locust_adapter.interrupts import end_forked_with_parent, heed_interrupts
from flowgauge.load.locust_adapter.options import (
    add_options,
    refuse_idle,
    settings_of,
    with_defaults,
)
from flowgauge.load.locust_adapter.output_files import OutputFiles, forget_earlier_run, try_while_parsing
from flowgauge.load.locust_adapter.parts import chosen_of, parts_of
from flowgauge.load.locust_adapter.screen import prepare_screen
from flowgauge.load.locust_adapter.server_under_load import ServerUnderLoad
from flowgauge.load.locust_adapter.shown import end_csv_writer, feed, is_history_shown, keep_no_history
from flowgauge.load.locust_adapter.telemetry import instrument
from flowgauge.load.locust_adapter.web_ui import extend, form_values
from flowgauge.load.runs.coordinator import Coordinator
from flowgauge.load.runs.live_metrics import LiveMetrics
from flowgauge.load.runs.merged_intervals import MergedIntervals
from flowgauge.load.runs.outcome import Progress
from flowgauge.load.runs.settings import LoadSettings
from flowgauge.load.runs.worker_engine import WorkerEngine
from flowgauge.load.runs.workers import LocalWorker, RemoteWorkers
from flowgauge.redaction import without_known_secrets
from flowgauge.results import check_writable, held

__all__ = ["LoadAdapter", "LoadScenario"]

LOG = logging.getLogger(__name__)


class LoadScenario(User):
    """A kind of journey. `part` is the edition's, `journey` the name of one of the part's journeys.

    `also` are parts of other editions that have a journey of that name, for when one is asked for.
    `is_default` scenarios run where none is named. Several that are named share the arrivals by their
    `weight`. `defaults` are options that the scenario changes where the command line and the configuration do
    not, by their names with underscores.
    """

    abstract = True
    part: ClassVar[LoadPart]
    also: ClassVar[tuple[LoadPart, ...]] = ()
    journey: ClassVar[str]
    is_default: ClassVar[bool] = False
    defaults: ClassVar[Mapping[str, Any]] = {}

    @task
    def stand_by(self) -> None:
        """Do nothing: the engine works, whatever the number of users."""
        time.sleep(1.0)


class LoadAdapter:
    """Locust's events on one side, the coordinator on the other; one for each process."""

    def __init__(self, environment: Environment) -> None:
        assert environment.parsed_options is not None
        assert environment.runner is not None
        self._environment = environment
        self._options = environment.parsed_options
        self._runner = environment.runner
        self._holding = ExitStack()
        self._metrics = LiveMetrics()
        self._coordinator: Coordinator | None = None
        self._run_time: float | None = None
        self._exit_code: int | None = None
        self._summary = ""
        self._ending: gevent.Greenlet | None = None

    def open(self) -> None:
        """Make ready: validate the options, find the target, listen. Ends the process where that fails."""
        # Whatever keeps us from saying how it ended is a fault of ours: Locust itself would say 0.
        self._environment.process_exit_code = int(ExitCode.HARNESS)
        prepare_screen(self._environment)
        # Whoever forked a worker tells it to stop once more than the terminal does.
        heed_interrupts(repeatedly=not isinstance(self._runner, WorkerRunner))
        try:
            classes: dict[str, Any] = self._environment.available_user_classes or {}
            known = [cls for cls in classes.values() if issubclass(cls, LoadScenario)]
            parts = parts_of(known, self._options.flowgauge_edition)
            self._part = shared_part([*parts.values()])
            self._classes = frozenset(parts)
            # Each its own: a project's part may have journeys that the others do not.
            makers = {cls.__name__: part.maker(cls.__name__, cls.journey) for cls, part in parts.items()}
            if isinstance(self._runner, WorkerRunner):
                self._serve(WorkerEngine(self._part, makers, self._runner.send_message), self._runner)
            else:
                self._conduct(makers)
        except FlowgaugeError as error:
            sys.stderr.write(f"flowgauge: {inert(without_known_secrets(str(error)))}\n")
            sys.exit(int(error.exit_code))

    def _serve(self, worker: WorkerEngine, runner: WorkerRunner) -> None:
        """Be a worker of another process."""
        for kind, handler in worker.handlers.items():
            # In greenlets of their own: one that blocked would keep this worker from hearing the next.
            runner.register_message(kind, handler, concurrent=True)

        def quit_worker(**_: Any) -> None:
            # By itself, too, where its master is gone; who forked it knows that, and takes it for a fault.
            code = worker.finish()
            self._environment.process_exit_code = 0 if self._options.processes else int(code)

        hooks: Any = self._environment.events
        hooks.quitting.add_listener(quit_worker)

    def _conduct(self, makers: Mapping[str, JourneyMaker]) -> None:
        """Be the one process, or the master of others."""
        environment, runner = self._environment, self._runner
        self._workers: LocalWorker | RemoteWorkers = LocalWorker(self._part, makers)
        if isinstance(runner, MasterRunner):
            self._workers = RemoteWorkers(runner.send_message, lambda: _alive(runner))
            for kind, handler in self._workers.handlers.items():
                runner.register_message(kind, handler)
        self._server = ServerUnderLoad(self._part.edition, self._options)
        atexit.register(self._server.close)
        if self._options.headless:
            refuse_idle(vars(self._options))
        # Before anything starts: what is wrong with a plan can be said without a server.
        settings = self._settings()
        check_writable(Path(self._options.run_folder))
        if self._options.html_file:
            process_html_filename(self._options)
        if not is_history_shown(environment.web_ui, self._options):
            keep_no_history(environment.stats)
        page: Any = partial(get_html_report, environment, show_download_link=False)
        self._files = OutputFiles(self._options, page, csv_interval=CSV_STATS_INTERVAL_SEC)
        self._holding.enter_context(held(Path(self._options.run_folder)))
        environment.host = self._server.settle(environment.host).connection.url
        forget_earlier_run(Path(self._options.run_folder))
        self._back_up_run_time(settings)
        if not vars(self._options).get("class_picker"):
            # What stands by, and is said to stand by, is what was chosen.
            environment.user_classes = [*self._scenarios()]
        if environment.web_ui is not None:
            extend(environment.web_ui, self._intervals, self._metrics, self._check_form)
        if self._options.otel:
            instrument(self._metrics)
        hooks: Any = environment.events
        hooks.test_start.add_listener(lambda **_: self._start())
        hooks.test_stopping.add_listener(lambda **_: self._finish())
        hooks.quitting.add_listener(lambda **_: self._quit())
        # The last word, after Locust's own tables with their rounded figures.
        hooks.quit.add_listener(lambda **_: sys.stdout.write(inert(self._summary)))
        hooks.quit.add_listener(lambda **_: end_csv_writer())

    def _intervals(self) -> MergedIntervals | None:
        return self._coordinator.progress.intervals if self._coordinator is not None else None

    def _back_up_run_time(self, settings: LoadSettings) -> None:
        """Let the run end by itself, when its plan is over and drained.

        Locust's own timer would fire in the middle of the last arrivals and hold them up: stopping, it
        inspects its call stack, which takes up to a tenth of a second. It stays as a last resort.
        """
        if self._options.headless and self._options.run_time:
            plan = settings.arrival_plan()
            LOG.info("arrivals: %s for %g s; Locust's limit only backs this up", plan.text, plan.duration)
            self._run_time = self._options.run_time
            self._options.run_time += int(settings.drain_timeout + settings.response_timeout) + 60

    def _check_form(self, form: Mapping[str, str]) -> None:
        """Find the target that the page names. Raises FlowgaugeError where no run can begin so."""
        if self._runner.state in {STATE_SPAWNING, STATE_RUNNING, STATE_CLEANUP}:
            raise UsageError("a load is under way", hint="stop it: what is changed here is for the next one")
        self._settings(form_values(form, vars(self._options)))
        self._server.settle(form.get("host"))

    def _scenarios(self) -> list[type[LoadScenario]]:
        """The scenarios that were named, or the default ones."""
        there = [cls for cls in self._environment.user_classes if cls in self._classes and cls.weight > 0]
        return chosen_of(there, are_named=bool(getattr(self._options, "user_classes", None)))

    def _settings(self, changes: Mapping[str, Any] | None = None) -> LoadSettings:
        values = vars(self._options) | dict(changes or {})
        if self._run_time:
            values["run_time"] = self._run_time
        for scenario in self._scenarios():
            values = with_defaults(values, scenario.defaults)
        settings = settings_of(with_defaults(values, self._part.defaults))
        settings.check(self._part)
        return settings

    def _start(self) -> None:
        # Where this run cannot begin, the one before it is not its result.
        self._coordinator = None
        try:
            target = self._server.settle(self._environment.host)
            self._environment.host = target.connection.url
            forget_earlier_run(Path(self._options.run_folder))
            weights = {scenario.__name__: scenario.weight for scenario in self._scenarios()}
            progress = Progress(target, self._part, self._settings(), weights)
        except FlowgaugeError as error:
            LOG.error("%s", error)  # noqa: TRY400 - a sentence for people, not a traceback
            self._exit_code = int(error.exit_code)
            gevent.spawn(self._over)
            return
        self._coordinator = Coordinator(
            progress,
            self._workers,
            run_folder=Path(self._options.run_folder),
            feed=partial(self._show, progress),
            over=lambda: gevent.spawn(self._over),
        )
        self._coordinator.start()

    def _show(self, progress: Progress, interval: Interval) -> None:
        feed(self._environment.stats, interval, self._part.methods)
        self._metrics.take(progress, interval)

    def _over(self) -> None:
        """The run has ended by itself: so does Locust, unless its web UI waits for the next one."""
        self._files.await_csv()
        if self._options.headless:
            self._runner.quit()
        else:
            self._runner.stop()

    def _finish(self) -> None:
        if self._coordinator is not None:
            self._coordinator.finish()

    def _quit(self) -> None:
        if self._ending is None:
            self._ending = gevent.spawn(self._end)
        self._ending.join()
        if self._options.headless and gevent.getcurrent() is not gevent.get_hub().parent:
            # SIGTERM: Locust's main greenlet fires `quitting` too, once its runner is gone. Of two that end
            # the process one would break.
            self._runner.quit()
            Event().wait()

    def _end(self) -> None:
        coordinator = self._coordinator
        if coordinator is not None:
            coordinator.finish()
            self._summary = coordinator.summary()
            self._exit_code = self._code_of(coordinator)
            if not coordinator.ended_by_itself:
                self._files.await_csv()
            unwritten = self._files.write_page()
            self._exit_code = self._exit_code or unwritten
        elif self._exit_code is None:
            # Of a web UI too, in which nobody has started anything.
            self._exit_code = int(ExitCode.NO_DATA)
        self._environment.process_exit_code = self._exit_code
        self._server.close()

    def _code_of(self, coordinator: Coordinator) -> int:
        """The coordinator's, or what `--exit-code-on-error` says where failed requests are data."""
        code, wanted = coordinator.exit_code, self._options.exit_code_on_error
        has_failed = coordinator.result is not None and coordinator.result.failed > 0
        return int(wanted) if code == ExitCode.PASSED and has_failed and wanted is not None else code


def _alive(runner: MasterRunner) -> list[str]:
    clients: Any = runner.clients
    return [client.id for client in (*clients.ready, *clients.spawning, *clients.running)]


def _register(hooks: Any) -> None:
    hooks.init_command_line_parser.add_listener(lambda parser, **_: add_options(parser))
    hooks.init_command_line_parser.add_listener(lambda parser, **_: try_while_parsing(parser))
    # Before Locust tells us of anything: a worker looks for its master first, and for minutes.
    end_forked_with_parent()
    hooks.init.add_listener(lambda environment, **_: LoadAdapter(environment).open())


_register(events)
