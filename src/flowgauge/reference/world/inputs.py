"""Reading a request: from bytes to values, or to the refusal that the bytes deserve."""

import re
from typing import Any
from urllib.parse import parse_qsl

from flowgauge.reference.world.message import Headers, Request
from flowgauge.reference.world.wire import MalformedJson, decoded

__all__ = ["ABSENT", "MAX_BODY_BYTES", "MAX_DEPTH", "Inputs", "Refused"]

MAX_BODY_BYTES = 1 << 20
MAX_DEPTH = 100
# What stands for a body that was not sent; JSON has no such value.
ABSENT = object()

_PAGE_SIZE = re.compile(r"[1-9][0-9]{0,2}|1000")


class Refused(Exception):
    """The request gets this status, with the message in an Error body."""

    def __init__(self, status: int, message: str, headers: Headers = ()) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers


class Inputs:
    """The steps of reading; a named fault replaces one of them."""

    def limit_body(self, request: Request) -> None:
        if len(request.body) > MAX_BODY_BYTES:
            raise Refused(413, f"the body is over {MAX_BODY_BYTES} bytes", (("connection", "close"),))

    def json_body(self, request: Request) -> Any:
        """The body's value, or `ABSENT` where there is none."""
        self.limit_body(request)
        if not request.body:
            return ABSENT
        if not self.is_json(request):
            raise Refused(415, "the body must be application/json in UTF-8, with no content coding")
        try:
            return decoded(request.body, max_depth=MAX_DEPTH)
        except MalformedJson as error:
            raise Refused(400, str(error)) from None

    def is_json(self, request: Request) -> bool:
        types = request.header_values("content-type")
        if len(types) != 1 or _codings(request) - {"", "identity", "chunked"}:
            return False
        media_type, *parameters = types[0].lower().split(";")
        named = [parameter.partition("=") for parameter in parameters]
        charsets = {value.strip(' \t"') for name, _, value in named if name.strip() == "charset"}
        return media_type.strip() == "application/json" and charsets <= {"utf-8", "utf8"}

    def stages_of(self, body: Any) -> list[dict[str, Any]]:
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

    def variables_of(self, body: Any) -> dict[str, str]:
        if body is ABSENT:
            return {}
        if not isinstance(body, dict):
            raise Refused(400, "the body must be an object")
        if not all(isinstance(value, str) for value in body.values()):
            raise Refused(400, "every variable must be a string")
        return body

    def query(self, request: Request) -> dict[str, list[str]]:
        values: dict[str, list[str]] = {}
        if request.query:
            for name, value in parse_qsl(request.query, keep_blank_values=True, errors="surrogateescape"):
                values.setdefault(name, []).append(value)
        return values

    def single(self, query: dict[str, list[str]], name: str) -> str | None:
        values = query.get(name, [])
        if len(values) > 1:
            raise Refused(400, f"{name}: is given {len(values)} times")
        return values[0] if values else None

    def wait_of(self, query: dict[str, list[str]]) -> bool:
        value = self.single(query, "wait")
        if value not in {None, "true", "false"}:
            raise Refused(400, "wait: must be true or false")
        return value == "true"

    def page_size_of(self, query: dict[str, list[str]]) -> int | None:
        """The page size asked for, or None."""
        text = self.single(query, "pageSize")
        if text is None:
            return None
        if not _PAGE_SIZE.fullmatch(text):
            raise Refused(400, "pageSize: must be an integer from 1 to 1000")
        return int(text)


def _codings(request: Request) -> set[str]:
    """What the body went through before it was sent; no coding but that of chunks is undone here."""
    values = request.header_values("content-encoding") + request.header_values("transfer-encoding")
    return {coding.strip() for value in values for coding in value.lower().split(",")}
