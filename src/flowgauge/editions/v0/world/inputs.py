"""What the edition's operations take: stages, variables, and `wait`."""

from typing import Any

from flowgauge.editions.run_world import RunInputs
from flowgauge.openapi import Json
from flowgauge.reference.world.inputs import ABSENT, Query, Refused

__all__ = ["FlowInputs"]


class FlowInputs(RunInputs):
    """The steps of reading a request about workflows and runs."""

    def stages_of(self, body: Json) -> list[dict[str, Any]]:
        if body is ABSENT:
            return []
        if not isinstance(body, dict):
            raise Refused(400, "the body must be an object")
        if "stages" not in body:
            raise Refused(400, "stages: is required")
        stages = body["stages"]
        if not isinstance(stages, list):
            raise Refused(400, "stages: must be an array")
        for index, stage in enumerate(stages):
            if not isinstance(stage, dict):
                raise Refused(400, f"stages/{index}: must be an object")
        return stages

    def variables_of(self, body: Json) -> dict[str, str]:
        if body is ABSENT:
            return {}
        if not isinstance(body, dict):
            raise Refused(400, "the body must be an object")
        if not all(isinstance(value, str) for value in body.values()):
            raise Refused(400, "every variable must be a string")
        return body

    def wait_of(self, query: Query) -> bool:
        value = self.single(query, "wait")
        if value not in {None, "true", "false"}:
            raise Refused(400, "wait: must be true or false")
        return value == "true"
