"""Checks of workflows against what was written: create, read, list."""

from typing import Any

from flowgauge.contract.findings.defect import Subject
from flowgauge.contract.findings.sightings import Sightings
from flowgauge.contract.judging.date_times import is_same_moment, moment, precision
from flowgauge.contract.judging.knowledge import FlowRecord, Knowledge
from flowgauge.contract.judging.oracle import Expectation
from flowgauge.contract.judging.tolerances import Tolerances
from flowgauge.contract.strict_json import first_difference, parsed

__all__ = [
    "check_created_flow",
    "check_flow_list",
    "check_new_id",
    "check_past",
    "check_read_flow",
    "check_sane",
]
# Of what a list misses, so many are asked for by themselves.
_READ_BACK = 5


def check_created_flow(
    sightings: Sightings, value: Any, expected: Expectation, knowledge: Knowledge, tolerances: Tolerances
) -> None:
    """A create answers with what was sent, under a new id, at about now; then the workflow is known."""
    del expected
    view = value["data"]
    body = sightings.exchange.request.body
    sent = parsed(body)["stages"] if body else []
    difference = first_difference(sent, view["config"]["stages"], "stages")
    subject, shown = sightings.made(view["id"]), view["config"]["stages"]
    sightings.check("FG-201", f"create: {difference}" if difference else None, about=subject, shown=shown)
    if not check_new_id(sightings, view["id"], knowledge):
        # Whose it is now cannot be told: nothing more is expected of either.
        if view["id"] in knowledge.flows:
            knowledge.flows[view["id"]].is_lost = True
        return
    _check_times(sightings, view, subject)
    check_sane(sightings, view["createdAt"], tolerances)
    record = FlowRecord(view["id"], sent, sightings.exchange, view)
    knowledge.flows.setdefault(view["id"], record)


def check_read_flow(
    sightings: Sightings, value: Any, expected: Expectation, knowledge: Knowledge, tolerances: Tolerances
) -> None:
    """A read answers with the workflow that was asked for, unchanged."""
    del tolerances
    view = value["data"]
    record = knowledge.flow(expected.ids["flowId"])
    if record is None:
        return
    if sightings.check("FG-201", _other_id(view["id"], record.id), record.created):
        _check_unchanged(sightings, view, record)


def check_flow_list(
    sightings: Sightings, value: Any, expected: Expectation, knowledge: Knowledge, tolerances: Tolerances
) -> None:
    """The list holds every acknowledged workflow once, unchanged, and nothing that nobody created."""
    del expected, tolerances
    views: dict[str, Any] = {}
    twice: list[str] = []
    for view in value["data"]:
        if view["id"] in views:
            twice.append(view["id"])
        views[view["id"]] = view
    sightings.check("FG-203", f"{twice[0]} stands in the list more than once" if twice else None)
    # Only what was acknowledged before the list was asked for has to be on it.
    due = [
        flow
        for flow in knowledge.flows.values()
        if not flow.is_lost and flow.created.received_at <= sightings.exchange.sent_at
    ]
    missing = _missing(due, views, knowledge)
    sightings.check(
        "FG-202",
        f"{len(missing)} of {len(due)} workflows are missing, {missing[0].id} among them"
        if missing
        else None,
        *(flow.created for flow in missing[:1]),
    )
    for flow in due:
        if flow.id in views:
            _check_unchanged(sightings, views[flow.id], flow)
    strangers = [flow_id for flow_id in views if flow_id not in knowledge.flows]
    if knowledge.is_exclusive and not knowledge.has_stray_flows:
        strangers = [flow_id for flow_id in strangers if flow_id not in knowledge.foreign]
        sightings.check("FG-208", f"{strangers[0]} was never created" if strangers else None)
    knowledge.foreign.update(strangers)


def _missing(due: list[FlowRecord], views: dict[str, Any], knowledge: Knowledge) -> list[FlowRecord]:
    """Those of `due` that the list alone misses.

    What cannot be read either was not kept: the create is at fault, and is found by the reading.
    """
    missing = [flow for flow in due if flow.id not in views]
    for flow in missing[:_READ_BACK]:
        knowledge.read_back(flow.id)
    is_explained = all(flow.is_lost for flow in missing[:_READ_BACK])
    missed = [] if is_explained else [flow for flow in missing if not flow.is_lost]
    for flow in missing:
        flow.is_lost = True
    return missed


def check_new_id(sightings: Sightings, new_id: str, knowledge: Knowledge) -> bool:
    """An id is not empty and was never given out before. Returns whether all is well."""
    earlier = knowledge.given_out.get(new_id)
    wrong = "the id is empty" if not new_id else f"{new_id} was given out before" if earlier else None
    knowledge.given_out.setdefault(new_id, sightings.exchange)
    return sightings.check("FG-207", wrong, *((earlier,) if earlier else ()))


def check_sane(sightings: Sightings, written: str, tolerances: Tolerances) -> None:
    """A creation time lies between the request and its answer, give or take the clocks."""
    at = moment(written)
    if at is None:
        return
    exchange = sightings.exchange
    earliest = exchange.sent_at - tolerances.clock - precision(written)
    latest = exchange.received_at + tolerances.clock
    is_sane = earliest <= at <= latest
    off = max(earliest - at, at - latest)
    sightings.check("FG-303", None if is_sane else f"createdAt is {off:.0f} s off the time of the request")


def check_past(sightings: Sightings, written: str, tolerances: Tolerances) -> None:
    """What has happened did not happen after the answer that tells of it, give or take the clocks."""
    at = moment(written)
    if at is not None:
        ahead = at - sightings.exchange.received_at - tolerances.clock
        sightings.check("FG-303", f"updatedAt is {ahead:.3f} s ahead of its answer" if ahead > 0 else None)


def _check_times(sightings: Sightings, view: dict[str, Any], subject: Subject) -> None:
    created, updated = moment(view["createdAt"]), moment(view["updatedAt"])
    if created is not None and updated is not None:
        wrong = "updatedAt is before createdAt" if updated < created else None
        sightings.check("FG-301", wrong, about=subject)


def _check_unchanged(sightings: Sightings, view: dict[str, Any], record: FlowRecord) -> None:
    shown, subject = view["config"]["stages"], record.subject
    difference = first_difference(record.stages, shown, "stages")
    record.is_read = True
    is_new = all(first_difference(known, shown) for known in record.readings)
    if not sightings.check("FG-201", difference, record.created, about=subject, shown=shown) and is_new:
        record.readings.append(shown)
    _check_times(sightings, view, subject)
    changed = [
        name for name in ("createdAt", "updatedAt") if not is_same_moment(record.view[name], view[name])
    ]
    detail = f"{changed[0]} was {record.view[changed[0]]} and is now {view[changed[0]]}" if changed else None
    sightings.check("FG-302", detail, record.created)
    if changed:
        record.view = view


def _other_id(read: str, asked: str) -> str | None:
    return None if read == asked else f"asked for {asked}, got {read}"
