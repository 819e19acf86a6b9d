"""Checks of runs: started, read, listed."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from flowgauge.contract.findings.sightings import Sightings
from flowgauge.contract.judging.date_times import precision
from flowgauge.contract.judging.flow_checks import check_new_id, check_past, check_sane
from flowgauge.contract.judging.knowledge import FlowRecord, Knowledge, RunRecord
from flowgauge.contract.judging.oracle import Expectation
from flowgauge.contract.judging.progress_checks import check_progress, check_shape
from flowgauge.contract.judging.stage_checks import check_stages
from flowgauge.contract.judging.tolerances import Tolerances
from flowgauge.contract.strict_json import parsed
from flowgauge.results import Exchange

__all__ = ["check_read_run", "check_run_page", "check_started_run", "is_over"]

_Result = TypeVar("_Result")

DEFAULT_PAGE_SIZE = 15
# Below this a late answer may be the machine's fault.
SHORTEST_JUDGED_DELAY = 1.0


def is_over(view: dict[str, Any], stage_count: int) -> bool:
    """Whether a run is over: a stage has failed, or all have terminated."""
    statuses = view["statuses"]
    if any("error" in status for status in statuses):
        return True
    return sum("terminatedAt" in status for status in statuses) >= stage_count


def check_started_run(
    sightings: Sightings, value: Any, expected: Expectation, knowledge: Knowledge, tolerances: Tolerances
) -> None:
    """A start answers with a new run of that workflow; at once, or with `wait` when it is over."""
    view = value["data"]
    flow = knowledge.flow(expected.ids["flowId"])
    if flow is None:
        return
    exchange = sightings.exchange
    variables = parsed(exchange.request.body) if exchange.request.body else {}
    if not check_new_id(sightings, view["id"], knowledge):
        if view["id"] in flow.runs:
            flow.runs[view["id"]].is_lost = True
        return
    check_sane(sightings, view["createdAt"], tolerances)
    record = RunRecord(view["id"], flow.id, variables, exchange, view, exchange)
    _check_parent(sightings, view, flow, record)
    if _fitted(sightings, flow, knowledge, lambda s, f: check_shape(s, view, f, knowledge, record)):
        _fitted(sightings, flow, knowledge, lambda s, f: _check_start(s, record, f, knowledge, tolerances))
    flow.runs.setdefault(record.id, record)


def _check_start(
    sightings: Sightings, record: RunRecord, flow: FlowRecord, knowledge: Knowledge, tolerances: Tolerances
) -> None:
    """The answer to a start comes at once, or with `wait` when the run is over."""
    exchange, view = sightings.exchange, record.view
    waits = _query(exchange).get("wait") == "true"
    if waits:
        wrong = None if is_over(view, len(flow.stages)) else "the run is not over in the answer"
        sightings.check("FG-401", wrong, flow.created)
    seconds = check_stages(sightings, record, flow, knowledge, tolerances)
    if seconds is not None and waits:
        # Both ends may be written with few digits.
        early = exchange.elapsed < seconds - tolerances.early - precision(view["createdAt"])
        detail = f"answered after {exchange.elapsed:.3f} s, the stages take {seconds:.3f} s"
        sightings.check("FG-401", detail if early else None, flow.created)
    elif seconds is not None and seconds >= SHORTEST_JUDGED_DELAY:
        late = exchange.elapsed >= 0.9 * seconds
        detail = f"answered after {exchange.elapsed:.3f} s, as if it had waited for {seconds:.3f} s of stages"
        sightings.check("FG-402", detail if late else None, flow.created)


def check_read_run(
    sightings: Sightings, value: Any, expected: Expectation, knowledge: Knowledge, tolerances: Tolerances
) -> None:
    """A read answers with the run that was asked for, as it stands now."""
    view = value["data"]
    flow = knowledge.flow(expected.ids["flowId"])
    record = knowledge.run(expected.ids["flowId"], expected.ids["runId"])
    if flow is None or record is None:
        return
    wrong = None if view["id"] == record.id else f"asked for {record.id}, got {view['id']}"
    if sightings.check("FG-201", wrong, flow.created, record.started):
        _check_seen(sightings, view, record, flow, knowledge, tolerances)


def check_run_page(
    sightings: Sightings, value: Any, expected: Expectation, knowledge: Knowledge, tolerances: Tolerances
) -> None:
    """A page is consistent in itself, holds runs of this workflow only, and the first page the newest."""
    cursor = value["cursor"]
    flow = knowledge.flow(expected.ids["flowId"])
    if flow is None:
        return
    query = _query(sightings.exchange)
    knowledge.cursors.update(cursor[name] for name in ("next", "previous") if name in cursor)
    _check_page_frame(sightings, cursor, query)
    ids = [view["id"] for view in cursor["data"]]
    twice = next((i for i in ids if ids.count(i) > 1), None)
    sightings.check("FG-203", f"{twice} stands on the page more than once" if twice else None, flow.created)
    for view in cursor["data"]:
        record = flow.runs.get(view["id"])
        if record is not None and not record.is_lost:
            _check_seen(sightings, view, record, flow, knowledge, tolerances)
        else:
            _check_stranger(sightings, view, flow, knowledge)
    _check_order(sightings, ids, flow)
    if "cursor" not in query:
        # 15.0 is an integer to JSON Schema.
        _check_first_page(sightings, ids, int(cursor["pageSize"]), flow)
        _check_end(sightings, ids, cursor, flow)


def _check_seen(
    sightings: Sightings,
    view: dict[str, Any],
    record: RunRecord,
    flow: FlowRecord,
    knowledge: Knowledge,
    tolerances: Tolerances,
) -> None:
    _check_parent(sightings, view, flow, record)
    check_past(sightings, view["updatedAt"], tolerances)
    if _fitted(sightings, flow, knowledge, lambda s, f: check_shape(s, view, f, knowledge, record)):
        if not check_progress(sightings, view, record, flow):
            return
        # What is seen first stays the measure only for older looks; overlapping ones prove nothing.
        if sightings.exchange.sent_at >= record.seen.received_at:
            record.view, record.seen = view, sightings.exchange
        _fitted(sightings, flow, knowledge, lambda s, f: check_stages(s, record, f, knowledge, tolerances))


def _fitted(
    sightings: Sightings,
    flow: FlowRecord,
    knowledge: Knowledge,
    check: Callable[[Sightings, FlowRecord], _Result],
) -> _Result:
    """Check a run by its workflow as it was sent, or, where it fits better, as the server shows it.

    A run of a workflow that was not kept is as wrong as the workflow, which is a finding already.
    """
    trial = sightings.trial()
    result = check(trial, flow)
    if trial.defects and not flow.is_read:
        knowledge.read_back(flow.id)
    for stages in flow.readings if trial.defects else ():
        other = sightings.trial()
        other_result = check(other, replace(flow, stages=stages))
        if len(other.defects) < len(trial.defects):
            trial, result = other, other_result
    sightings.take(trial)
    return result


def _check_parent(sightings: Sightings, view: dict[str, Any], flow: FlowRecord, record: RunRecord) -> None:
    named = view["workflowID"]
    wrong = None if named == flow.id else f"a run of {flow.id} says that it is of {named!r}"
    sightings.check("FG-206", wrong, flow.created, about=record.subject)


def _check_stranger(
    sightings: Sightings, view: dict[str, Any], flow: FlowRecord, knowledge: Knowledge
) -> None:
    if view["id"] in flow.runs:
        return
    owner = knowledge.owner_of(view["id"])
    if owner is not None:
        detail = f"the list of {flow.id} holds {view['id']}, a run of {owner.id}"
        sightings.check("FG-205", detail, flow.created, owner.runs[view["id"]].started)
    elif view["id"] not in knowledge.given_out and not flow.has_stray_runs:
        # Nobody else knows a workflow that the suites created, so nobody else can have started a run of it.
        sightings.check("FG-208", f"run {view['id']} was never acknowledged", flow.created)


def _query(exchange: Exchange) -> dict[str, str]:
    return dict(parse_qsl(exchange.request.target.partition("?")[2], keep_blank_values=True))


def _check_page_frame(sightings: Sightings, cursor: dict[str, Any], query: dict[str, str]) -> None:
    has_more, has_next = cursor.get("hasMore", False), "next" in cursor
    links = f"hasMore is {has_more}, next is {'there' if has_next else 'absent'}"
    sightings.check("FG-501", links if has_more != has_next else None)
    size, count = cursor["pageSize"], len(cursor["data"])
    overfull = f"{count} runs on a page of {size}" if count > size else None
    if "cursor" not in query:
        wanted = int(query.get("pageSize") or DEFAULT_PAGE_SIZE)
        if "pageSize" in query and size != wanted:
            overfull = f"pageSize is {size} where {wanted} was asked for"
    sightings.check("FG-502", overfull)
    if has_more:
        sightings.check(
            "FG-502", f"{count} runs on a page of {size} with more to come" if count < size else None
        )


def _check_first_page(sightings: Sightings, ids: list[str], size: int, flow: FlowRecord) -> None:
    """The newest runs are on the first page; whether one that was being started is there is open."""
    due = _due(sightings, flow)
    due.sort(key=lambda run: run.started.received_at, reverse=True)
    strangers = len([i for i in ids if i not in {r.id for r in due}])
    newest = due[: max(0, size - strangers)]
    missing = [run for run in newest if run.id not in ids]
    # At the edge of a full page a run may have had to give way to one that overlapped it.
    if len(due) > size and missing and missing[-1] is newest[-1]:
        missing = [run for run in missing if run.started.received_at > due[len(newest)].started.received_at]
    for run in missing:
        run.is_lost = True
    detail = f"{len(missing)} of {len(due)} runs are missing, {missing[0].id} among them" if missing else None
    sightings.check("FG-202", detail, flow.created, *(run.started for run in missing[:1]))


def _check_end(sightings: Sightings, ids: list[str], cursor: dict[str, Any], flow: FlowRecord) -> None:
    """A first page that is the last holds all there is."""
    if cursor.get("hasMore", False) or "next" in cursor:
        return
    left_out = len([run for run in _due(sightings, flow) if run.id not in ids])
    wrong = f"{left_out} older runs are known, and nothing leads to them" if left_out else None
    sightings.check("FG-501", wrong, flow.created)


def _due(sightings: Sightings, flow: FlowRecord) -> list[RunRecord]:
    """The runs that were acknowledged before this page was asked for."""
    sent_at = sightings.exchange.sent_at
    return [r for r in flow.runs.values() if not r.is_lost and r.started.received_at <= sent_at]


def _check_order(sightings: Sightings, ids: list[str], flow: FlowRecord) -> None:
    """Newest first; the order of runs whose starts overlapped is open."""
    known = [flow.runs[i].started for i in ids if i in flow.runs]
    wrong = next(
        (k for k, (newer, older) in enumerate(pairwise(known)) if newer.received_at < older.sent_at),
        None,
    )
    sightings.check("FG-503", None if wrong is None else f"item {wrong} is older than the next", flow.created)
