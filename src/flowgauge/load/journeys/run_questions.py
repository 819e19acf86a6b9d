"""What is asked at the end about acknowledged runs: each is there, once, over, and complete."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from flowgauge.load.engine.iteration import Journey
from flowgauge.load.journeys.findings import DOUBLED, ENDLESS, INCOMPLETE, LOST
from flowgauge.load.journeys.run_path import AcknowledgedRun, Runs, SeenRun
from flowgauge.load.journeys.verification import Questions, Verification, is_not_there
from flowgauge.results import Exchange

__all__ = ["questions_of"]

_PAGES = 300


def questions_of(runs: Runs[Any]) -> Questions:
    """The questions about an edition's runs."""

    def questions(verification: Verification, most: int) -> Iterator[Journey]:
        acknowledged = verification.context.acknowledged
        for doubled in acknowledged.doubled.values():
            entry = doubled.first
            call = verification.context.templates["get_run"].call(*entry.ids)
            detail = f"two requests were acknowledged with the run id {entry.id}"
            yield verification.show_doubled(call, detail, doubled.count)
        shared: dict[str, list[AcknowledgedRun[Any]]] = {}
        for entry in acknowledged.sampled[:most]:
            yield _run(runs, verification, entry)
            if not entry.is_alone:
                shared.setdefault(runs.workflow_id(entry.workflow), []).append(entry)
        for entries in shared.values():
            yield _listed(runs, verification, entries)

    return questions


def _run(runs: Runs[Any], verification: Verification, entry: AcknowledgedRun[Any]) -> Journey:
    call = verification.context.templates["get_run"].call(*entry.ids)
    answer, exchange = yield from verification.ask(call)
    run = None if answer.failure else runs.seen(answer.body, entry.workflow)
    answer.body = b""
    if run is None and not is_not_there(answer):
        verification.unreadable += 1
        return
    verification.asked += 1
    if run is None:
        detail = f"run {entry.id} was acknowledged, and is not there: {answer.failure}"
        verification.found.add(LOST, exchange, detail)
        return
    _judge(verification, entry, run, exchange)
    workflow_id = runs.workflow_id(entry.workflow)
    if entry.is_alone and not verification.context.acknowledged.is_uncertain(workflow_id):
        yield from _listed(runs, verification, [entry])


def _judge(verification: Verification, entry: AcknowledgedRun[Any], run: SeenRun, exchange: Exchange) -> None:
    if run.is_over:
        if run.gap is not None:
            verification.found.add(INCOMPLETE, exchange, f"run {entry.id} is over, {run.gap}")
    elif entry.is_over:
        verification.found.add(ENDLESS, exchange, f"run {entry.id} was over, and now is not")
    elif verification.must_be_over:
        verification.found.add(ENDLESS, exchange, f"run {entry.id} is not over, long after its stages' time")


def _listed(runs: Runs[Any], verification: Verification, entries: list[AcknowledgedRun[Any]]) -> Journey:
    """A workflow's list holds its runs, each once; that of one made for a run nothing else."""
    seen: Counter[str] = Counter()
    cursor: str | None = None
    is_uncertain = verification.context.acknowledged.is_uncertain(runs.workflow_id(entries[0].workflow))
    for _ in range(_PAGES):
        call = runs.listing(verification.context, entries[0].workflow, cursor)
        answer, exchange = yield from verification.ask(call)
        page = None if answer.failure else runs.listed(answer.body, entries[0].workflow)
        answer.body = b""
        if page is None:
            verification.unreadable += 1
            return
        ids, cursor = page
        # Where one may be made only now, those behind it move on to the next page.
        counted = Counter(ids) if is_uncertain else seen + Counter(ids)
        seen.update(ids)
        twice = next((run_id for run_id, times in counted.items() if times > 1), None)
        if twice is not None:
            verification.found.add(DOUBLED, exchange, f"run {twice} is listed {counted[twice]} times")
            return
        if cursor is None:
            break
    else:
        # More pages than we turn: nothing can be said to be missing.
        return
    missing = [entry.id for entry in entries if entry.id not in seen]
    if missing:
        detail = f"{len(missing)} acknowledged runs are not among their workflow's, such as {missing[0]}"
        verification.found.add(LOST, exchange, detail)
    elif entries[0].is_alone and len(seen) > 1:
        detail = f"one run was asked for and acknowledged ({entries[0].id}), but {len(seen)} are listed"
        verification.found.add(DOUBLED, exchange, detail)
