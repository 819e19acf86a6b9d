"""Events and aborts: what an instance does that was sent one, and what it does not."""

from typing import Any

from flowgauge.contract.edition_part import Scenario
from flowgauge.contract.judging.knowledge import Record
from flowgauge.contract.probe import Probe
from flowgauge.contract.target import Capability
from flowgauge.editions.v2.contract.execution import ended, over_after, started
from flowgauge.editions.v2.contract.prediction import WAIT
from flowgauge.openapi import Json
from flowgauge.results import Exchange

__all__ = [
    "SCENARIOS",
    "aborts",
    "events_that_are_waited_for",
    "one_event_for_each_stage",
    "what_is_over_stays_over",
]

_EVENT = "flowgauge"
# Nobody lives to see its end.
_ENDLESS = {"delay": {"duration": "1000h"}}
_AFTER: tuple[Json, ...] = ({"noop": {}}, {"noop": {}})
# Texts that differ from the event's name, the last by a hair.
_OTHERS = ("other", "", f"{_EVENT} ", _EVENT.upper(), f"{_EVENT}\u0000", _EVENT[:-1])


def events_that_are_waited_for(probe: Probe) -> None:
    """An instance goes on once its event has come, and with no other; each waiting stage takes one."""
    wait = {WAIT: {"event": _EVENT}}
    for stages in ([wait], [{"noop": {}}, wait, *_AFTER], [{WAIT: {"event": "${a}"}}, *_AFTER]):
        instance = _waiting(probe, stages, {"a": _EVENT})
        if instance is None:
            continue
        for name in _OTHERS:
            if not _is_sent(probe, instance, name, must=False):
                return
        _check_still_waiting(probe, instance, "events of other names were sent")
        if _is_sent(probe, instance, _EVENT, must=True):
            _check_over(probe, instance, "FG-420", "the event that it waited for was sent")


def one_event_for_each_stage(probe: Probe) -> None:
    """Two stages that wait need two events; another instance's event is none of this one's."""
    wait = {WAIT: {"event": _EVENT}}
    instance, other = _waiting(probe, [wait, wait]), _waiting(probe, [wait])
    if instance is None or other is None:
        return
    if _is_sent(probe, instance, _EVENT, must=True):
        _check_still_waiting(probe, instance, "one of two events was sent")
        _check_still_waiting(probe, other, "nothing was sent to it, but to another instance")
        if _is_sent(probe, instance, _EVENT, must=True):
            _check_over(probe, instance, "FG-420", "both events that it waited for were sent")
    probe.call("v2CancelEvent", other.ids)


def aborts(probe: Probe) -> None:
    """What is aborted is over, whether it waits or passes time, and no further stage of it begins."""
    kinds = [
        stage
        for kind, stage in (("delay", _ENDLESS), (WAIT, {WAIT: {"event": _EVENT}}))
        if probe.knowledge.can(kind)
    ]
    for stage in kinds:
        instance, other = started(probe, [stage, *_AFTER]), started(probe, [stage])
        if instance is None or other is None:
            continue
        _let_begin(probe, instance)
        exchange = probe.call("v2CancelEvent", instance.ids)
        if exchange.response is None or exchange.response.status != 204:
            continue
        view = _check_over(probe, instance, "FG-421", "it was aborted", exchange)
        if view is not None:
            begun = view.get("status") or []
            wrong = f"{len(begun)} stages have begun of an instance that was aborted in the first"
            probe.found("FG-421", wrong if len(begun) > 1 else None, exchange, *instance.creators)
        still = probe.answered("v2GetInstance", other.ids)
        if isinstance(still, dict):
            wrong = "it is over, and another instance was aborted"
            probe.found("FG-421", wrong if still.get("terminated") else None, exchange, *other.creators)
        for sent in (instance, other):
            # As well for the first: it is over for good.
            probe.call("v2CancelEvent", sent.ids)
            probe.call("v2SendEvent", sent.ids, body={"name": _EVENT})
            probe.call("v2GetInstance", sent.ids)
            probe.call("v2GetInstanceHistory", sent.ids)


def what_is_over_stays_over(probe: Probe) -> None:
    """Neither an event nor an abort changes what is over; whether either is refused is left open."""
    ends: tuple[list[Json], ...] = ([], [{"noop": {}}], [{"delay": {"duration": "1ms"}}])
    for stages in ends:
        instance = started(probe, stages, query="wait=true")
        if instance is None or ended(probe, instance) is None:
            continue
        probe.call("v2SendEvent", instance.ids, body={"name": _EVENT})
        probe.call("v2GetInstance", instance.ids)
        probe.call("v2CancelEvent", instance.ids)
        probe.call("v2GetInstance", instance.ids)


def _waiting(probe: Probe, stages: list[Any], variables: dict[str, str] | None = None) -> Record | None:
    """A new instance that waits, where the server is known to have such."""
    if not probe.knowledge.can(WAIT):
        return None
    instance = started(probe, stages, variables)
    if instance is not None:
        _let_begin(probe, instance)
    return instance


def _let_begin(probe: Probe, instance: Record) -> None:
    """Give it the time that it may need to begin: an event that comes before is left open."""
    probe.target.sleep(probe.knowledge.tolerances.lateness)
    probe.call("v2GetInstance", instance.ids)


def _is_sent(probe: Probe, instance: Record, name: str, *, must: bool) -> bool:
    """Send an event; the one that is waited for must be taken."""
    exchange = probe.call("v2SendEvent", instance.ids, body={"name": name})
    response = exchange.response
    if response is None or probe.is_misled:
        return False
    if must:
        wrong = f"{response.status} to the event that the instance waits for"
        probe.found("FG-420", None if response.status == 204 else wrong, exchange, *instance.creators)
    return response.status == 204 or not must


def _check_still_waiting(probe: Probe, instance: Record, why: str) -> None:
    exchange = probe.call("v2GetInstance", instance.ids)
    view = probe.answered("v2GetInstance", instance.ids)
    if isinstance(view, dict) and isinstance(view.get("terminated"), bool) and not probe.is_misled:
        wrong = f"it is over, and {why}" if view["terminated"] else None
        probe.found("FG-420", wrong, exchange, *instance.creators)


def _check_over(
    probe: Probe, instance: Record, finding: str, why: str, *sent: Exchange
) -> dict[str, Any] | None:
    """It is over before long; its view, if it is."""
    view = over_after(probe, instance, probe.knowledge.tolerances.lateness)
    exchange = probe.call("v2GetInstance", instance.ids)
    if view is None and (exchange.response is None or exchange.response.status != 200):
        return None
    wrong = None if view is not None else f"it is not over, though {why}"
    probe.found(finding, wrong, exchange, *instance.creators, *sent)
    return view


SCENARIOS: tuple[Scenario, ...] = tuple(
    Scenario(run.__name__, run, needs=needs, operations=operations)
    for run, needs, operations in (
        (events_that_are_waited_for, (Capability.EXECUTION,), ("v2SendEvent",)),
        (one_event_for_each_stage, (Capability.EXECUTION,), ("v2SendEvent",)),
        (aborts, (Capability.EXECUTION,), ("v2CancelEvent",)),
        (what_is_over_stays_over, (), ()),
    )
)
