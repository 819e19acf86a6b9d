"""Checks of what a trigger makes of an event, and of lists of instances by whether they are over."""

import re
from collections.abc import Iterator
from typing import Any

from flowgauge.contract.findings.looking import look as looked
from flowgauge.contract.findings.looking import seen_member
from flowgauge.contract.findings.sighting import Sighting
from flowgauge.contract.judging.knowledge import Knowledge
from flowgauge.contract.judging.reading import Reading
from flowgauge.contract.strict_json import ABSENT
from flowgauge.edition import member
from flowgauge.openapi import Json

__all__ = ["seen_running", "seen_trigger_test"]

# Of the language that filters are written in, what needs no reader.
_COMPARED = re.compile(r'event\.([a-z]+) (==|!=) "([^"\\]*)"')
_PATH = re.compile(r"event\.([a-z]+)")


def seen_trigger_test(reading: Reading, knowledge: Knowledge) -> Iterator[Sighting]:
    """The filter fits or does not, and the variables are what they must be, where that is plain."""
    if reading.expected.operation is None or reading.expected.operation.id != "testTrigger":
        return
    trigger = knowledge.thing("trigger", reading.expected.ids.get("trigger", ""))
    found = member(reading.value, ("data",))
    if trigger is None or trigger.readings or not isinstance(found, dict):
        return
    event = {} if reading.asked.sent is ABSENT else reading.asked.sent
    if isinstance(event, dict):
        yield looked("FG-424", lambda: _wrong_match(trigger.sent, event, found), *trigger.creators)
        yield looked("FG-424", lambda: _wrong_variable(trigger.sent, event, found), *trigger.creators)


def _wrong_match(sent: Json, event: dict[str, Any], found: Json) -> str | None:
    due = _fits(sent.get("filter"), event)
    if due is None:
        return None
    shown = seen_member(found, "filter")
    if shown is None:
        return f"nothing is said of the filter {sent['filter']!r}"
    match = bool(seen_member(shown, "match"))
    return None if match is due else f"match is {match} for the filter {sent['filter']!r} and {event!r}"[:300]


def _fits(text: Json, event: dict[str, Any]) -> bool | None:
    if text in ("true", "false"):
        return bool(text == "true")
    compared = _COMPARED.fullmatch(text) if isinstance(text, str) else None
    if compared is None or not isinstance(event.get(compared[1]), str):
        return None
    is_same: bool = event[compared[1]] == compared[3]
    return is_same == (compared[2] == "==")


def _wrong_variable(sent: Json, event: dict[str, Any], found: Json) -> str | None:
    for name, text in (sent.get("vars") or {}).items():
        path = _PATH.fullmatch(text) if isinstance(text, str) else None
        due = event.get(path[1]) if path is not None else None
        if not isinstance(due, str):
            continue
        shown = (seen_member(found, "variables") or {}).get(name)
        value = shown.get("value") if isinstance(shown, dict) else None
        if value != due:
            return f"the variable {name!r} is {value!r} where {text} is {due!r}"
    return None


def seen_running(reading: Reading, knowledge: Knowledge) -> Iterator[Sighting]:
    """A list of those that are not over holds none that is, and the other way round."""
    del knowledge
    if reading.role != "list" or reading.resource is None or reading.resource.kind != "instance":
        return
    wanted = reading.asked.parameters.get("running")
    if wanted not in {"true", "false"} or "cursor" in reading.asked.parameters:
        return

    def wrong() -> str | None:
        for view in reading.views:
            if bool(seen_member(view, "terminated")) is (wanted == "true"):
                return f"the list of those with running={wanted} holds {view.get('id')}, which is not so"
        return None

    yield looked("FG-506", wrong)
