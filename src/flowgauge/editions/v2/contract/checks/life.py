"""Checks of an instance by itself, and against how it was last seen."""

from collections.abc import Iterator
from itertools import pairwise

from flowgauge.contract.date_times import is_same_moment, moment
from flowgauge.contract.findings.looking import look as looked
from flowgauge.contract.findings.looking import seen_member
from flowgauge.contract.findings.sighting import Sighting
from flowgauge.editions.v2.contract.checks.look import InstanceLook
from flowgauge.openapi import Json

__all__ = ["seen_life", "seen_progress"]


def seen_life(look: InstanceLook) -> Iterator[Sighting]:
    """It is over or it is not; its stages are its own, and its times stand in order."""
    view, about, before = look.view, look.record.subject, look.record.creators
    yield looked("FG-414", lambda: _contradiction(view), *before, about=about)
    if look.statuses:
        yield looked("FG-413", lambda: _wrong_owner(view), *before, about=about)
    yield looked("FG-301", lambda: _disorder(view), *before, about=about)
    if view.get("workflow") is not None and look.record.parent is not None:
        yield looked("FG-206", lambda: _wrong_workflow(view), *before, about=about)


def _contradiction(view: Json) -> str | None:
    is_over, ended = seen_member(view, "terminated"), seen_member(view, "terminatedAt")
    if not is_over and ended is not None:
        return "it is not over and has terminatedAt"
    # In the field an error may be empty where there is none.
    return "it is not over and has an error" if not is_over and view.get("error") else None


def _wrong_owner(view: Json) -> str | None:
    named = next((s["instanceID"] for s in view["status"] if s["instanceID"] != view["id"]), None)
    return f"a stage of {view['id']} is of {named!r}" if named is not None else None


def _wrong_workflow(view: Json) -> str | None:
    named = view["workflow"]["id"]
    wrong = f"it shows the workflow {named!r} and is of {view['workflowID']!r}"
    return None if named == view["workflowID"] else wrong


def _disorder(view: Json) -> str | None:
    """The first pair of times that stand in the wrong order."""
    steps = [("createdAt", moment(view["createdAt"]))]
    for number, status in enumerate(view.get("status") or ()):
        steps.append((f"startedAt of stage {number}", moment(status["startedAt"])))
        if (ended := seen_member(status, "terminatedAt")) is not None:
            steps.append((f"terminatedAt of stage {number}", moment(ended)))
    if (ended := seen_member(view, "terminatedAt")) is not None:
        steps.append(("terminatedAt", moment(ended)))
    known = [(name, at) for name, at in steps if at is not None]
    changed = moment(view["updatedAt"])
    if changed is not None and known[:1] and known[0][0] == "createdAt" and changed < known[0][1]:
        return "updatedAt is before createdAt"
    for (earlier, one), (later, other) in pairwise(known):
        if other < one:
            return f"{later} is before {earlier}"
    return None


def seen_progress(look: InstanceLook) -> Iterator[Sighting]:
    """What is over stays over, as it was; stages are added, and none is taken away."""
    record = look.record
    if look.is_start or look.exchange.sent_at < record.seen.received_at:
        return
    before = tuple(dict.fromkeys((*record.creators, record.seen)))
    backwards = looked(
        "FG-403", lambda: _regression(record.view, look.view), *before, about=record.subject, is_stale=True
    )
    yield backwards
    if backwards.wrong is None:
        yield looked("FG-302", lambda: _changed_start(record.view, look.view), *before)


def _regression(then: Json, now: Json) -> str | None:
    if seen_member(then, "terminated"):
        if not seen_member(now, "terminated"):
            return "it was over and is not any more"
        for name in ("terminatedAt", "error"):
            if (
                then.get(name)
                and then[name] != now.get(name)
                and not _is_same_time(then[name], now.get(name))
            ):
                return f"{name} was {then[name]!r} and is now {now.get(name)!r}"
        if now.get("error") and not then.get("error"):
            return "it had succeeded and has failed now"
    # Not every answer shows the stages.
    old, new = then.get("status"), now.get("status")
    if not old or not new:
        return None
    if len(new) < len(old):
        return f"there were {len(old)} stages and are now {len(new)}"
    for number, (one, other) in enumerate(zip(old, new, strict=False)):
        for name in ("terminatedAt", "error"):
            if (
                one.get(name)
                and one[name] != other.get(name)
                and not _is_same_time(one[name], other.get(name))
            ):
                return f"{name} of stage {number} was {one[name]!r} and is now {other.get(name)!r}"
    return None


def _is_same_time(one: Json, other: Json) -> bool:
    return isinstance(one, str) and isinstance(other, str) and is_same_moment(one, other)


def _changed_start(then: Json, now: Json) -> str | None:
    before, after = moment(then["updatedAt"]), moment(now["updatedAt"])
    if before is not None and after is not None and after < before:
        return f"updatedAt was {then['updatedAt']} and is now {now['updatedAt']}"
    pairs = zip(then.get("status") or (), now.get("status") or (), strict=False)
    for number, (one, other) in enumerate(pairs):
        if not is_same_moment(one["startedAt"], other["startedAt"]):
            return f"startedAt of stage {number} was {one['startedAt']} and is now {other['startedAt']}"
    return None
