"""What is asked at the end about acknowledged runs: each is there, once, over, and complete."""

from collections import Counter
from collections.abc import Iterator
from urllib.parse import quote

from flowgauge.editions.v0.load.journeys import AcknowledgedRun
from flowgauge.editions.v0.load.views import SeenRun, is_over, listed_runs, run_in
from flowgauge.load.engine.iteration import Journey
from flowgauge.load.journeys.findings import DOUBLED, ENDLESS, INCOMPLETE, LOST
from flowgauge.load.journeys.verification import Verification, is_not_there
from flowgauge.results import Exchange

__all__ = ["questions"]

_PAGES = 300


def questions(verification: Verification, most: int) -> Iterator[Journey]:
    """Every question about at most `most` runs, a journey each."""
    acknowledged = verification.context.acknowledged
    for run in acknowledged.doubled[:most]:
        yield _doubled(verification, run)
    for run in acknowledged.sampled[:most]:
        yield _run(verification, run)
    by_flow: dict[str, list[AcknowledgedRun]] = {}
    for run in acknowledged.sampled[:most]:
        if not run.is_alone:
            by_flow.setdefault(run.flow_id, []).append(run)
    for flow_id, runs in by_flow.items():
        yield _shared_flow(verification, flow_id, runs)


def _doubled(verification: Verification, run: AcknowledgedRun) -> Journey:
    call = verification.context.templates["get_run"].call(run.flow_id, run.run_id)
    _, exchange = yield from verification.ask(call)
    verification.found.add(DOUBLED, exchange, f"two requests were acknowledged with the run id {run.run_id}")


def _run(verification: Verification, entry: AcknowledgedRun) -> Journey:
    call = verification.context.templates["get_run"].call(entry.flow_id, entry.run_id)
    answer, exchange = yield from verification.ask(call)
    run = None if answer.failure else run_in(answer.body)
    if run is None and not is_not_there(answer):
        verification.unreadable += 1
        return
    verification.asked += 1
    if run is None:
        detail = f"run {entry.run_id} was acknowledged, and is not there: {answer.failure}"
        verification.found.add(LOST, exchange, detail)
        return
    _judge(verification, entry, run, exchange)
    if entry.is_alone and entry.flow_id not in verification.context.acknowledged.uncertain:
        yield from _alone(verification, entry)


def _judge(verification: Verification, entry: AcknowledgedRun, run: SeenRun, exchange: Exchange) -> None:
    over = is_over(run.statuses, entry.stage_count)
    if entry.is_over and not over:
        verification.found.add(ENDLESS, exchange, f"run {entry.run_id} was over, and now is not")
    elif not over and verification.must_be_over:
        verification.found.add(
            ENDLESS, exchange, f"run {entry.run_id} is not over, long after its stages' time"
        )
    if not over:
        return
    stages = [status.stage for status in run.statuses]
    failed = any(status.error is not None for status in run.statuses)
    expected = len(stages) if failed else entry.stage_count
    if stages != list(range(expected)):
        detail = f"run {entry.run_id} of {entry.stage_count} stages is over with statuses for {stages}"
        verification.found.add(INCOMPLETE, exchange, detail)


def _alone(verification: Verification, entry: AcknowledgedRun) -> Journey:
    """A workflow that was made for one run lists that run and nothing else."""
    answer, exchange = yield from verification.ask(
        verification.context.templates["list_runs"].call(entry.flow_id)
    )
    page = None if answer.failure else listed_runs(answer.body)
    if page is None:
        verification.unreadable += 1
        return
    ids = [run.id for run in page[0]]
    if entry.run_id not in ids:
        verification.found.add(LOST, exchange, f"run {entry.run_id} is not among its workflow's runs")
    elif len(ids) > 1:
        detail = f"one run was asked for and acknowledged ({entry.run_id}), but {len(ids)} are listed"
        verification.found.add(DOUBLED, exchange, detail)


def _shared_flow(verification: Verification, flow_id: str, runs: list[AcknowledgedRun]) -> Journey:
    """A workflow with many runs lists each of them once."""
    seen: Counter[str] = Counter()
    query = ""
    for _ in range(_PAGES):
        call = verification.context.templates["list_runs"].call(flow_id, query=query)
        answer, exchange = yield from verification.ask(call)
        page = None if answer.failure else listed_runs(answer.body)
        if page is None:
            verification.unreadable += 1
            return
        seen.update(run.id for run in page[0])
        twice = [run_id for run_id, times in seen.items() if times > 1]
        if twice:
            verification.found.add(DOUBLED, exchange, f"run {twice[0]} is listed {seen[twice[0]]} times")
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
        verification.found.add(LOST, exchange, detail)
