"""One run from the outside: prepared, carried out here or by workers, put together, written.

The coordinator knows no Locust: the adapter hands it this process alone, or the workers that it can send
messages to.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import gevent
from gevent.event import Event
from gevent.lock import BoundedSemaphore

from flowgauge.errors import ExitCode, FlowgaugeError, HarnessError
from flowgauge.expressions import comparisons
from flowgauge.load.engine.tally import Interval
from flowgauge.load.plans.plan_text import rate_text
from flowgauge.load.runs.capacity import Search, verdict_of
from flowgauge.load.runs.conditions import IntervalFigures, holds, longest_window, parsed_condition
from flowgauge.load.runs.merged_intervals import MergedIntervals
from flowgauge.load.runs.outcome import Progress, exit_code_of, load_run_of, overflow
from flowgauge.load.runs.summary import summary_of
from flowgauge.load.runs.target import fresh_tokens
from flowgauge.load.runs.workers import LocalWorker, RemoteWorkers
from flowgauge.results import CapacityStep, LoadLog, LoadRun, Slice

__all__ = ["Coordinator"]

LOG = logging.getLogger(__name__)
# A step of the capacity search reads fewer runs back, and leaves its first second out.
_STEP_VERIFY, _STEP_WARM_UP = 200, 1.0
_DELIVERED = 0.99
# Where nothing is measured, how long the run has lasted is written all the same after so many seconds.
_STALE = 0.9


@dataclass(eq=False)
class Coordinator:
    """One run, or a search of several. `over` is called once, when it has ended and is written.

    `feed` gets each second of each engine; `result` or `error` is what came of it. `ended_by_itself` if
    nobody had to finish it.
    """

    progress: Progress
    workers: LocalWorker | RemoteWorkers
    run_folder: Path
    feed: Callable[[Interval], None]
    over: Callable[[], None]
    result: LoadRun | None = None
    error: FlowgaugeError | None = None
    ended_by_itself: bool = False

    def __post_init__(self) -> None:
        self._stop = Event()
        self._log: LoadLog | None = None
        self._stood_at = 0.0
        self._is_told_to_end = False
        self._writing = BoundedSemaphore(1)
        settings, operations = self.progress.settings, self.progress.part.operations
        self._autostop = parsed_condition(settings.autostop, operations)
        self._capacity = parsed_condition(settings.capacity, operations, windows=False)
        self._search = Search(settings.rate) if self._capacity else None
        # The run whose seconds stand in the log; those of the step that goes on.
        self._logged: LoadRun | None = None
        self._step_slices: list[Slice] = []
        self.progress.intervals = MergedIntervals(
            kept=longest_window(self._autostop) if self._autostop else 1
        )

    @property
    def exit_code(self) -> int:
        """What the process should end with. No result is no data, however it came about."""
        if self.error is not None:
            return int(self.error.exit_code)
        return int(exit_code_of(self.result) if self.result is not None else ExitCode.NO_DATA)

    def start(self) -> None:
        """Begin, in a greenlet of its own."""
        self._conducted = gevent.spawn(self._conduct)

    def finish(self) -> None:
        """End the run early, if it still goes on, and wait until it is written."""
        self._is_told_to_end |= not self._conducted.dead
        self._stop.set()
        self._conducted.join()

    def summary(self) -> str:
        """What a person reads at the end; empty where there is no result."""
        return summary_of(self.result) if self.result is not None else ""

    def _conduct(self) -> None:
        try:
            with fresh_tokens(self.progress.target.connection, self._authorize):
                self.result = self._searched_run() if self._capacity else self._written_run()
            LOG.info("run folder written: %s", self.run_folder)
        except Exception as error:  # noqa: BLE001 - the last line of defence: nobody waits for this greenlet
            self._fail(error)
        finally:
            if self._log is not None:
                self._log.close()
            self.ended_by_itself = not self._is_told_to_end
            self.over()

    def _fail(self, error: Exception) -> None:
        """End the run with the first error; one that is no sentence for people is a fault of ours."""
        self._stop.set()
        if self.error is not None:
            return
        if isinstance(error, FlowgaugeError):
            LOG.error("%s", error)
            self.error = error
        else:
            LOG.error("the coordinator broke", exc_info=error)
            self.error = HarnessError(f"the coordinator broke: {error!r}")

    def _authorize(self, bearer: str) -> None:
        self.progress.target = replace(self.progress.target, bearer=bearer)
        self.workers.authorize(bearer)

    def _written_run(self) -> LoadRun:
        """One run, whose files say at any moment what was measured until a second or two before."""
        self._run_through()
        with self._writing:
            run = load_run_of(self.progress)
            log = self._opened_log()
            log.append(run.slices)
            log.stand(run, is_whole=True)
        return run

    def _run_through(self) -> None:
        self.progress.count_plan()
        self.workers.carry_out(self.progress, self._taken, self._stop)
        if self.error is not None:
            raise self.error

    def _taken(self, source: str, interval: Interval) -> None:
        try:
            self._take(source, interval)
        except Exception as error:  # noqa: BLE001 - whoever hands intervals over could do nothing about it
            self._fail(error)

    def _opened_log(self) -> LoadLog:
        if self._log is None:
            self._log = LoadLog(self.run_folder, started_at=self.progress.started_at)
        return self._log

    def _write(self) -> None:
        """Keep the seconds that are complete, and with them how the run stands."""
        if not self._writing.acquire(blocking=False):
            # Somebody is at it, and this second comes with the next.
            return
        try:
            progress, search = self.progress, self._search
            running = [name for name in progress.sources if name not in {*progress.lost, *progress.reports}]
            slices = []
            for piece in progress.intervals.complete(running):
                slices.append(piece)
                # Between two, whatever is due leaves.
                gevent.sleep(0)
            if not slices and time.monotonic() - self._stood_at < _STALE:
                return
            run = load_run_of(progress, goes_on=True)
            if search is not None:
                self._step_slices += slices
                run = search.cut_in("cut off", run, self._judged(run))
            log = self._opened_log()
            if search is None or search.best is None:
                log.append(slices)
            log.stand(run, is_whole=False)
            self._stood_at = time.monotonic()
        finally:
            self._writing.release()

    def _take(self, source: str, interval: Interval) -> None:
        progress = self.progress
        if not progress.intervals.take(source, interval):
            return
        self.feed(interval)
        self._write()
        if self._autostop is None or self._stop.is_set():
            return
        running = [name for name in progress.sources if name not in progress.lost]
        seconds = progress.intervals.latest(longest_window(self._autostop), running)
        operations = progress.part.operations
        if holds(self._autostop, [IntervalFigures(second, operations) for second in seconds]):
            progress.stopped_because = str(self._autostop)
            LOG.warning("stopped: %s", self._autostop)
            self._stop.set()

    # The search for the capacity

    def _searched_run(self) -> LoadRun:
        """One run after another, each at a steady rate; the result is that of the highest that held.

        Its files hold the best of those that ended, and how the one that goes on stands.
        """
        asked, search = self.progress, self._search
        assert search is not None
        while (rate := search.next_rate()) is not None:
            self.progress = self._step_progress(asked, rate)
            self._run_through()
            with self._writing:
                run = load_run_of(self.progress)
                run = replace(run, slices=(*self._step_slices, *run.slices))
                self._step_slices.clear()
                step, is_stopped = self._judged(run), self._stop.is_set()
                if is_stopped and not step.is_valid:
                    stopped = search.cut_in("stopped", run, step)
                    return self._stand(stopped, search.best or run, is_whole=True)
                search.take(step, run)
                LOG.info("capacity: %g/s %s %s", rate, verdict_of(step), "; ".join(step.invalid))
                if is_stopped:
                    return self._stand(search.cut_after("stopped", run), search.best, is_whole=True)
                self._stand(search.cut_after("cut off", run), search.best, is_whole=False)
        with self._writing:
            return self._stand(search.result(), search.best, is_whole=True)

    def _stand(self, run: LoadRun, best: LoadRun | None, *, is_whole: bool) -> LoadRun:
        """Write how the search stands; the log is that of the best run until now."""
        assert best is not None
        if best is not self._logged:
            if self._log is not None:
                self._log.close()
            self._log = LoadLog(self.run_folder, started_at=best.started_at)
            self._log.append(best.slices)
            self._logged = best
        assert self._log is not None
        self._log.stand(run, is_whole=is_whole)
        self._stood_at = time.monotonic()
        return run

    def _step_progress(self, asked: Progress, rate: float) -> Progress:
        settings = replace(
            asked.settings,
            plan=rate_text(rate),
            rate=rate,
            duration=asked.settings.capacity_step,
            warm_up=max(asked.settings.warm_up, min(_STEP_WARM_UP, asked.settings.capacity_step / 4)),
            verify_runs=min(asked.settings.verify_runs, _STEP_VERIFY),
        )
        return Progress(self.progress.target, asked.part, settings, asked.scenarios)

    def _judged(self, run: LoadRun) -> CapacityStep:
        condition = self._capacity
        assert condition is not None
        whole = self.progress.figures
        delivered = run.arrivals_started / run.arrivals_planned if run.arrivals_planned else 0.0
        held = holds(condition, [whole])
        # A generator that was in time and still ran out of places waited for a server that could not keep up.
        overflowed = overflow(self.progress)
        return CapacityStep(
            rate=self.progress.settings.rate,
            duration=run.duration,
            held=held and delivered >= _DELIVERED and not run.findings and not overflowed,
            delivered_ratio=delivered,
            values={str(each): each.measure.read(whole).value for each in comparisons(condition)},
            invalid=tuple(sentence for sentence in run.invalid if sentence not in overflowed),
        )
