"""What the edition's operations take: workflows, variables, events, triggers, and what a list is asked."""

from collections.abc import Mapping
from typing import Any

from flowgauge.editions.run_world import RunInputs
from flowgauge.openapi import Json
from flowgauge.reference.world.inputs import ABSENT, Query, Refused

__all__ = ["InstanceInputs"]

_BOOLEANS = {None: None, "true": True, "false": False}


class InstanceInputs(RunInputs):
    """The steps of reading a request about workflows, instances and triggers."""

    def config_of(self, body: Json) -> dict[str, Any]:
        body = _object({"stages": []} if body is ABSENT else body)
        if not isinstance(body.get("stages"), list):
            raise Refused(400, "stages: must be an array")
        for index, stage in enumerate(body["stages"]):
            if not isinstance(stage, dict):
                raise Refused(400, f"stages/{index}: must be an object")
        return _texts(body, "name") | {"stages": body["stages"]}

    def variables_of(self, body: Json) -> dict[str, str]:
        variables = _object({} if body is ABSENT else body)
        return _texts(variables, *variables)

    def event_name_of(self, body: Json) -> str:
        return _texts(_object(body), "name", required=("name",))["name"]

    def event_of(self, body: Json) -> dict[str, Any]:
        return _object({} if body is ABSENT else body)

    def trigger_of(self, body: Json) -> dict[str, Any]:
        data: dict[str, Any] = _texts(
            _object(body), "version", "filter", "name", required=("event", "workflowID")
        )
        if "vars" in body:
            if not isinstance(body["vars"], dict):
                raise Refused(400, "vars: must be an object")
            data["vars"] = body["vars"]
        return data

    def flag_of(self, query: Query, name: str) -> bool | None:
        """A boolean of the query, or None."""
        text = self.single(query, name)
        if text not in _BOOLEANS:
            raise Refused(400, f"{name}: must be true or false")
        return _BOOLEANS[text]


def _object(body: Json) -> dict[str, Any]:
    if body is ABSENT:
        raise Refused(400, "a body is required")
    if not isinstance(body, dict):
        raise Refused(400, "the body must be an object")
    return body


def _texts(body: Mapping[str, Any], *names: str, required: tuple[str, ...] = ()) -> dict[str, str]:
    """Those members, which must be texts."""
    found = {}
    for name in dict.fromkeys((*required, *names)):
        if name in body:
            if not isinstance(body[name], str):
                raise Refused(400, f"{name}: must be a string")
            found[name] = body[name]
        elif name in required:
            raise Refused(400, f"{name}: is required")
    return found
