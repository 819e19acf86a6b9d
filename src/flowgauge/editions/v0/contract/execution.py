"""What a server does of what the stage checks foretell: found out kind by kind, with variables and without.

A run may go wrong because the server has no such kind, or another one of that name, and then nothing can be
foretell of it; or because of a fault, and then the kind has to be judged. So a kind is known by a run of the
plainest stage of it, which needs nothing else; what is known by none is told to the report's reader.
"""

from collections.abc import Mapping

from flowgauge.contract.probe import Probe
from flowgauge.editions.stage_outcomes import VARIABLES
from flowgauge.openapi import Json

__all__ = ["abilities", "known_kinds"]

_PLAIN: Mapping[str, Json] = {
    "noop": {},
    "echo": {"message": "flowgauge"},
    "delay": {"duration": "10ms"},
    "fail": {"message": "flowgauge"},
}
_LOOKS = 5


def abilities(probe: Probe) -> frozenset[str]:
    """The kinds of stages that are known, and VARIABLES where those of a run are put into its stages."""
    known = known_kinds(probe, _PLAIN)
    return frozenset(known | {VARIABLES} if _looks_up_variables(probe, known) else known)


def known_kinds(probe: Probe, plain: Mapping[str, Json]) -> set[str]:
    """Those kinds of stages that are known, each by its parameters in the plainest stage of it."""
    return {kind for kind, parameters in plain.items() if _is_known(probe, kind, parameters)}


def _is_known(probe: Probe, kind: str, parameters: Json) -> bool:
    status = _ended(probe, {kind: parameters}, {})
    if status is None:
        probe.notice(f"stages of the kind {kind} are not judged: no run of one was seen to end")
        return False
    error = status.get("error") or None
    is_known = error == parameters["message"] if kind == "fail" else error is None
    if not is_known:
        probe.notice(f"stages of the kind {kind} are not judged: a run of the plainest ended with {error!r}")
    return is_known


def _looks_up_variables(probe: Probe, known: set[str]) -> bool:
    """Whether `${a}` is anything to the server but a text."""
    told: str | None = None
    if "fail" in known:
        status = _ended(probe, {"fail": {"message": "${a}"}}, {"a": "x"}) or {}
        told = "${a}" if status.get("error") == "${a}" else None
    elif "echo" in known:
        status = _ended(probe, {"echo": {"message": "${a}"}}, {}) or {}
        told = None if status.get("error") else "${a}"
    else:
        return False
    if told is not None:
        probe.notice(f"variables in stages are not judged: {told} is a text like any other to the target")
    return told is None


def _ended(probe: Probe, stage: Json, variables: Json) -> dict[str, Json] | None:
    """The status of a run of that one stage, once it has ended; None if it was not seen to."""
    flow = probe.made("workflow", body={"stages": [stage]})
    run = probe.made("run", flow.ids, query="wait=true", body=variables) if flow is not None else None
    for _ in range(_LOOKS if run is not None else 0):
        assert run is not None
        statuses = run.view.get("statuses")
        first = statuses[0] if statuses else {}
        if first.get("terminatedAt") is not None:
            return dict(first)
        probe.target.sleep(probe.knowledge.tolerances.lateness / _LOOKS)
        probe.call("getWorkflowOccurrence", run.ids)
    return None
