"""The questions at the end: whether every acknowledged run is there, once, over, and complete.

Asked when the load has drained, by journeys of the same engine that count nowhere. Runs are those of the
logbook's uniform sample, so a long run is asked about as thoroughly as a short one.
"""

import time
from collections import Counter
from collections.abc import Generator, Iterator
from urllib.parse import quote

from flowgauge.load.engine.engine import Engine
from flowgauge.load.engine.tally import Tally
from flowgauge.load.engine.trip import Answer, Journey
from flowgauge.load.journeys.evidence import exchange_of
from flowgauge.load.journeys.findings import DOUBLED, ENDLESS, INCOMPLETE, LOST, FindingBook
from flowgauge.load.journeys.journeys import Route
from flowgauge.load.journeys.logbook import Acknowledged
from flowgauge.load.journeys.runs import Run, is_over, listed_runs, run_in
from flowgauge.load.transport.wire import Call
from flowgauge.results import Exchange

__all__ = ["Verification"]

_AT_A_TIME = 8
_ATTEMPTS = 3
_PAUSE = 0.1
_PAGES = 300
Asking = Generator["Call | float", "Answer | None", tuple[Answer, Exchange]]


class Verification:
    """Reads acknowledged runs back. `must_be_over`: every run has had time enough to end.

    `asked` counts the runs that were read back, `unreadable` those that no answer could be had about.
    """

    def __init__(self, route: Route, book: FindingBook, *, must_be_over: bool) -> None:
        self.asked = 0
        self._route = route
        self._book = book
        self._must_be_over = must_be_over

    def carry_out(self, engine: Engine, tally: Tally, *, most: int, timeout: float) -> None:
        """Ask about at most `most` runs within `timeout` seconds; blocks this greenlet."""
        journeys = self._journeys(most)

        def next_one() -> None:
            journey = next(journeys, None)
            if journey is not None and time.monotonic() < latest:
                engine.depart(journey, tally, then=next_one)

        latest = time.monotonic() + timeout
        for _ in range(_AT_A_TIME):
            next_one()
        engine.wait_quiet(timeout)

    def _journeys(self, most: int) -> Iterator[Journey]:
        logbook = self._route.logbook
        for run in logbook.doubled[:most]:
            yield self._doubled(run)
        for run in logbook.sampled[:most]:
            yield self._run(run)
        by_flow: dict[str, list[Acknowledged]] = {}
        for run in logbook.sampled[:most]:
            if not run.is_alone:
                by_flow.setdefault(run.flow_id, []).append(run)
        for flow_id, runs in by_flow.items():
            yield self._shared_flow(flow_id, runs)

    def _ask(self, call: Call) -> Asking:
        """The answer to a call, after a few attempts where there is none or the server is at fault."""
        for attempt in range(_ATTEMPTS):
            if attempt:
                yield time.monotonic() + _PAUSE
            answer = yield call
            assert answer is not None
            if answer.status and answer.status < 500 and answer.status != 429:
                break
        assert answer is not None
        shown = (answer.status, b"", answer.body) if answer.status else None
        exchange = exchange_of(call, shown, sent=answer.sent, at=answer.at, error=answer.failure)
        return answer, exchange

    def _doubled(self, run: Acknowledged) -> Journey:
        call = self._route.templates["get_run"].call(run.flow_id, run.run_id)
        _, exchange = yield from self._ask(call)
        self._book.add(DOUBLED, exchange, f"two requests were acknowledged with the run id {run.run_id}")

    def _run(self, entry: Acknowledged) -> Journey:
        call = self._route.templates["get_run"].call(entry.flow_id, entry.run_id)
        answer, exchange = yield from self._ask(call)
        self.asked += 1
        run = None if answer.failure else run_in(answer.body)
        if run is None:
            reason = answer.failure or "its body is not a run"
            self._book.add(
                LOST, exchange, f"run {entry.run_id} was acknowledged, but cannot be read: {reason}"
            )
            return
        self._judge(entry, run, exchange)
        if entry.is_alone and entry.flow_id not in self._route.logbook.crowded:
            yield from self._alone(entry)

    def _judge(self, entry: Acknowledged, run: Run, exchange: Exchange) -> None:
        over = is_over(run.statuses, entry.stage_count)
        if entry.is_over and not over:
            self._book.add(ENDLESS, exchange, f"run {entry.run_id} was over, and now is not")
        elif not over and self._must_be_over:
            self._book.add(ENDLESS, exchange, f"run {entry.run_id} is not over, long after its stages' time")
        if not over:
            return
        stages = [status.stage for status in run.statuses]
        failed = any(status.error is not None for status in run.statuses)
        expected = len(stages) if failed else entry.stage_count
        if stages != list(range(expected)):
            detail = f"run {entry.run_id} of {entry.stage_count} stages is over with statuses for {stages}"
            self._book.add(INCOMPLETE, exchange, detail)

    def _alone(self, entry: Acknowledged) -> Journey:
        """A workflow that was made for one run lists that run and nothing else."""
        answer, exchange = yield from self._ask(self._route.templates["list_runs"].call(entry.flow_id))
        page = None if answer.failure else listed_runs(answer.body)
        if page is None:
            return
        ids = [run.id for run in page[0]]
        if entry.run_id not in ids:
            self._book.add(LOST, exchange, f"run {entry.run_id} is not among its workflow's runs")
        elif len(ids) > 1:
            detail = f"one run was asked for and acknowledged ({entry.run_id}), but {len(ids)} are listed"
            self._book.add(DOUBLED, exchange, detail)

    def _shared_flow(self, flow_id: str, runs: list[Acknowledged]) -> Journey:
        """A workflow with many runs lists each of them once."""
        seen: Counter[str] = Counter()
        query = ""
        for _ in range(_PAGES):
            call = self._route.templates["list_runs"].call(flow_id, query=query)
            answer, exchange = yield from self._ask(call)
            page = None if answer.failure else listed_runs(answer.body)
            if page is None:
                return
            seen.update(run.id for run in page[0])
            twice = [run_id for run_id, times in seen.items() if times > 1]
            if twice:
                self._book.add(DOUBLED, exchange, f"run {twice[0]} is listed {seen[twice[0]]} times")
                return
            if page[1] is None:
                break
            query = "cursor=" + quote(page[1], safe="")
        else:
            # More pages than we turn: nothing can be said to be missing.
            return
        missing = [run.run_id for run in runs if run.run_id not in seen]
        if missing:
            detail = f"{len(missing)} acknowledged runs are not among their workflow's, such as {missing[0]}"
            self._book.add(LOST, exchange, detail)
