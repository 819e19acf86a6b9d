"""Faults of input: what must be refused passes, what must pass is refused."""

from collections.abc import Callable
from typing import Any

from flowgauge.editions.v2.world.world import InstanceWorld
from flowgauge.reference.faults import FaultGroup, wrap
from flowgauge.reference.world.inputs import ABSENT, Query, Refused
from flowgauge.reference.world.wire import encoded

__all__ = ["SEEDED"]

SEEDED = FaultGroup[InstanceWorld]("seeded")
fault = SEEDED.fault
Of = Callable[[Any], dict[str, Any]]


@fault("missing-stages-accepted", "v2CreateWorkflow", "input", "Stages may be left out.", "FG-211")
def _(world: InstanceWorld) -> None:
    def lenient(config_of: Of, body: Any) -> dict[str, Any]:
        is_bare = isinstance(body, dict) and "stages" not in body
        return config_of({**body, "stages": []} if is_bare else body)

    wrap(world.inputs.config_of, lenient)


@fault("empty-stages-refused", "v2CreateWorkflow", "input", "An empty list of stages is refused.", "FG-210")
def _(world: InstanceWorld) -> None:
    def strict(config_of: Of, body: Any) -> dict[str, Any]:
        config = config_of(body)
        if not config["stages"]:
            raise Refused(400, "stages: must not be empty")
        return config

    wrap(world.inputs.config_of, strict)


@fault("non-string-variable-accepted", "v2RunWorkflow", "input", "Variables need not be texts.", "FG-211")
def _(world: InstanceWorld) -> None:
    def lenient(variables_of: Of, body: Any) -> dict[str, str]:
        if isinstance(body, dict):
            body = {k: v if isinstance(v, str) else encoded(v).decode() for k, v in body.items()}
        return variables_of(body)

    wrap(world.inputs.variables_of, lenient)


@fault("absent-run-body-refused", "v2RunWorkflow", "input", "A start without a body is refused.", "FG-210")
def _(world: InstanceWorld) -> None:
    def strict(variables_of: Of, body: Any) -> dict[str, str]:
        if body is ABSENT:
            raise Refused(400, "a body is required")
        return variables_of(body)

    wrap(world.inputs.variables_of, strict)


def _lenient_flag(world: InstanceWorld, flag: str) -> None:
    def lenient(flag_of: Callable[[Query, str], bool | None], query: Query, name: str) -> bool | None:
        return query.get(name) == ["true"] if name == flag and name in query else flag_of(query, name)

    wrap(world.inputs.flag_of, lenient)


@fault("wait-banana-accepted", "v2RunWorkflow", "input", "Any wait but true is no wait.", "FG-211 says wait=")
def _(world: InstanceWorld) -> None:
    _lenient_flag(world, "wait")


@fault("running-banana-accepted", "v2ListInstances", "input", "Any running is taken.", "FG-211 says running=")
def _(world: InstanceWorld) -> None:
    _lenient_flag(world, "running")


@fault("page-size-0-accepted", "v2ListWorkflows", "input", "A page of size 0 is one of size 15.", "FG-211")
def _(world: InstanceWorld) -> None:
    def lenient(page_size_of: Callable[[Query], int | None], query: Query) -> int | None:
        return None if query.get("pageSize") == ["0"] else page_size_of(query)

    wrap(world.inputs.page_size_of, lenient)


@fault("event-without-name-accepted", "v2SendEvent", "input", "An event may have no name.", "FG-211")
def _(world: InstanceWorld) -> None:
    def lenient(name_of: Callable[[Any], str], body: Any) -> str:
        return "" if isinstance(body, dict) and "name" not in body else name_of(body)

    wrap(world.inputs.event_name_of, lenient)


@fault(
    "trigger-without-event-accepted", "v2CreateTrigger", "input", "A trigger may lack its event.", "FG-211"
)
def _(world: InstanceWorld) -> None:
    def lenient(trigger_of: Of, body: Any) -> dict[str, Any]:
        is_bare = isinstance(body, dict) and "event" not in body
        return trigger_of({**body, "event": ""} if is_bare else body)

    wrap(world.inputs.trigger_of, lenient)


@fault(
    "nested-vars-refused", "v2CreateTrigger", "input", "The variables of a trigger must be texts.", "FG-210"
)
def _(world: InstanceWorld) -> None:
    def strict(trigger_of: Of, body: Any) -> dict[str, Any]:
        data = trigger_of(body)
        if not all(isinstance(value, str) for value in data.get("vars", {}).values()):
            raise Refused(400, "vars: must be texts")
        return data

    wrap(world.inputs.trigger_of, strict)
