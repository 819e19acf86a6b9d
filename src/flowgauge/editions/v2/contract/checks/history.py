"""Checks of what an instance went through."""

from collections.abc import Iterator, Sequence
from typing import Any

from flowgauge.contract.date_times import moment
from flowgauge.contract.findings.looking import look as looked
from flowgauge.contract.findings.looking import looks, seen_member
from flowgauge.contract.findings.sighting import Sighting
from flowgauge.contract.judging.knowledge import Knowledge, Record
from flowgauge.contract.judging.reading import Reading
from flowgauge.contract.strict_json import ABSENT
from flowgauge.edition import member
from flowgauge.editions.stage_outcomes import VARIABLE, after
from flowgauge.editions.v2.contract.checks.look import stages_of
from flowgauge.editions.v2.contract.prediction import predicted
from flowgauge.openapi import Json

__all__ = ["seen_history"]

_HISTORIES = ("v2GetInstanceHistory", "v2GetInstanceStageHistory")


def seen_history(reading: Reading, knowledge: Knowledge) -> Iterator[Sighting]:
    """The history of a known instance, and that of one of its stages."""
    operation = reading.expected.operation
    of_all, of_one = (knowledge.edition.operation(name).id for name in _HISTORIES)
    if operation is None or operation.id not in {of_all, of_one}:
        return
    record = knowledge.thing("instance", reading.expected.ids.get("instance", ""))
    items = member(reading.value, ("data",))
    if record is None or not isinstance(items, list):
        return
    yield from looks(("FG-301",), _seen_times(items, record))
    yield looked("FG-422", lambda: _contradiction(items), *record.creators)
    if operation.id == of_all:
        wrong = lambda: _other_than_told(items, record, reading, knowledge)  # noqa: E731 - a check on one line
        yield looked("FG-422", wrong, *record.creators)


def _seen_times(items: Sequence[Json], record: Record) -> Iterator[Sighting]:
    def wrong() -> str | None:
        last = None
        for number, item in enumerate(items):
            begun, ended = moment(item["startedAt"]), seen_member(item, "terminatedAt")
            at = moment(ended) if ended is not None else None
            if begun is not None and at is not None and at < begun:
                return f"terminatedAt of item {number} is before its startedAt"
            if last is not None and begun is not None and begun < last:
                return f"item {number} began before the one before it"
            last = begun if begun is not None else last
        return None

    yield looked("FG-301", wrong, *record.creators)


def _contradiction(items: Sequence[Json]) -> str | None:
    for number, item in enumerate(items):
        is_over, ended = seen_member(item, "terminated"), seen_member(item, "terminatedAt")
        if not is_over and (ended is not None or item.get("error")):
            return f"item {number} is not over and says when or why it ended"
    return None


def _other_than_told(
    items: Sequence[Json], record: Record, reading: Reading, knowledge: Knowledge
) -> str | None:
    """How the items differ from the stages, as far as those can be foretold."""
    stages = stages_of(record)
    if stages is None:
        return None
    if len(items) > len(stages):
        return f"{len(items)} items of {len(stages)} stages"
    was_over = bool(record.view.get("terminated")) and reading.exchange.sent_at >= record.seen.received_at
    if was_over and not record.is_touched:
        running = [number for number, item in enumerate(items) if not seen_member(item, "terminated")]
        if running:
            return f"the instance is over and item {running[0]} is not"
    variables = {} if record.sent is ABSENT else record.sent
    outcomes = predicted(stages, variables, start=0.0, abilities=knowledge.abilities).outcomes
    well = [outcome is not None and outcome.error is None for outcome in outcomes]
    if (
        was_over
        and all(well)
        and len(well) == len(stages)
        and not record.is_touched
        and len(items) < len(stages)
    ):
        return f"{len(items)} items of {len(stages)} stages, which are all over"
    for number, (stage, item) in enumerate(zip(stages, items, strict=False)):
        if not all(well[:number]) or number > len(well):
            break
        told = _told(stage, variables)
        if told is not None and (wrong := _other_input(told, item["input"])):
            return f"item {number} {wrong}"
    return None


def _told(stage: Json, variables: dict[str, str]) -> tuple[str, str] | None:
    """The one parameter that a stage was told, with its variables; None where it is another sort of stage."""
    match stage:
        case {"delay": {"duration": str() as text, **others}, **rest} if not rest and not others:
            name = "duration"
        case {"wait_event": {"event": str() as text, **others}, **rest} if not rest and not others:
            name = "event"
        case _:
            return None
    if any(each not in variables for each in VARIABLE.findall(text)):
        return None
    return name, VARIABLE.sub(lambda match: variables[match[1]], text)


def _other_input(told: tuple[str, str], shown: Any) -> str | None:
    name, text = told
    value = seen_member(shown, name)
    if value == text:
        return None
    if name == "duration" and isinstance(value, str):
        # The same time may be written otherwise.
        one, other = after(text), after(value)
        if one is None or other is None or one == other:
            return None
    return f"has {name} {value!r} where it was told {text!r}"
