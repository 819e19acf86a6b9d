"""What the edition's operations take: stages, variables, `wait`, and the size of a page."""

import re
from typing import Any

from flowgauge.openapi import Json
from flowgauge.reference.world.inputs import ABSENT, Inputs, Query, Refused

__all__ = ["FlowInputs"]

_PAGE_SIZE = re.compile(r"[1-9][0-9]{0,2}|1000")


class FlowInputs(Inputs):
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

    def page_size_of(self, query: Query) -> int | None:
        """The page size asked for, or None."""
        text = self.single(query, "pageSize")
        if text is None:
            return None
        if not _PAGE_SIZE.fullmatch(text):
            raise Refused(400, "pageSize: must be an integer from 1 to 1000")
        return int(text)
