"""What a server does of what the checks of stages foretell: found out kind by kind.

A kind is known by an instance of the plainest stage of it, which needs nothing else; what is known by none is
told to the report's reader.
"""

from collections.abc import Mapping
from typing import Any

from flowgauge.contract.judging.knowledge import Record
from flowgauge.contract.probe import Probe
from flowgauge.editions.stage_outcomes import VARIABLES
from flowgauge.editions.v2.contract.prediction import WAIT
from flowgauge.openapi import Json

__all__ = ["abilities", "ended", "known_kinds", "over_after", "started"]

_PLAIN: Mapping[str, Json] = {"noop": {}, "delay": {"duration": "10ms"}}
_LOOKS = 5


def abilities(probe: Probe) -> frozenset[str]:
    """The kinds of stages that are known, and VARIABLES where they are put into stages."""
    known = known_kinds(probe, _PLAIN)
    if _waits(probe):
        known.add(WAIT)
    if "delay" in known:
        view = ended(probe, started(probe, [{"delay": {"duration": "${a}"}}], {"a": "1ms"}))
        if view is not None and not view.get("error"):
            known.add(VARIABLES)
        else:
            probe.notice("variables in stages are not judged: an instance that needs one did not end well")
    return frozenset(known)


def known_kinds(probe: Probe, plain: Mapping[str, Json]) -> set[str]:
    """Those kinds of stages that are known, each by its parameters in the plainest stage of it."""
    known = set()
    for kind, parameters in plain.items():
        view = ended(probe, started(probe, [{kind: parameters}]))
        if view is None:
            probe.notice(f"stages of the kind {kind} are not judged: no instance of one was seen to end")
        elif view.get("error"):
            told = f"an instance of the plainest ended with {view['error']!r}"
            probe.notice(f"stages of the kind {kind} are not judged: {told}")
        else:
            known.add(kind)
    return known


def _waits(probe: Probe) -> bool:
    """Whether an instance that waits for an event is not over when any other would be."""
    instance = started(probe, [{WAIT: {"event": "flowgauge"}}])
    if (
        instance is None
        or over_after(probe, instance, probe.knowledge.tolerances.lateness / _LOOKS) is not None
    ):
        probe.notice("waiting for events is not judged: no instance was seen to wait for one")
        return False
    return True


def started(probe: Probe, stages: list[Any], variables: Json = None, *, query: str = "") -> Record | None:
    """A new instance of a new workflow of these stages, if both could be made."""
    workflow = probe.made("workflow", body={"stages": stages})
    if workflow is None:
        return None
    return probe.made("instance", workflow.ids, query=query, body={} if variables is None else variables)


def ended(probe: Probe, instance: Record | None) -> dict[str, Any] | None:
    """The view of an instance once it is over; None if it was not seen to be."""
    return over_after(probe, instance, probe.knowledge.tolerances.lateness) if instance is not None else None


def over_after(probe: Probe, instance: Record, seconds: float) -> dict[str, Any] | None:
    """InstanceLook at an instance until it is over, for so long at most."""
    for _ in range(_LOOKS + 1):
        view = probe.answered("v2GetInstance", instance.ids)
        if isinstance(view, dict) and view.get("terminated") is True:
            return view
        probe.target.sleep(seconds / _LOOKS)
    return None
