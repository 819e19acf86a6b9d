"""Whether a server does what the stage checks foretell."""

from flowgauge.contract.requests import built, payload
from flowgauge.contract.target import Target
from flowgauge.editions.v0.edition import edition

__all__ = ["executes"]


def executes(target: Target) -> bool:
    """Whether a run of the reference's stage kinds ends well there; other servers have other kinds."""
    stages = [{"noop": {}}, {"echo": {"message": "${a}"}}, {"delay": {"duration": "10ms"}}]
    v0 = edition()
    created = payload(v0, target.send(built(v0, "createWorkflow", body={"stages": stages})), "createWorkflow")
    if not isinstance(created, dict) or not isinstance(created.get("id"), str):
        return False
    start = built(v0, "runWorkflow", {"workflow": created["id"]}, query="wait=true", body={"a": "flowgauge"})
    run = payload(v0, target.send(start), "runWorkflow")
    statuses = run.get("statuses") if isinstance(run, dict) else None
    if not isinstance(statuses, list) or not all(isinstance(status, dict) for status in statuses):
        return False
    return not any(status.get("error") for status in statuses)
