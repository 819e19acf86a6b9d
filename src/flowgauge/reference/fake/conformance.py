"""Whether a request, and the fake's own reply, keep the document: one answer for each criterion."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from flowgauge.openapi import Document, Json, Operation, Parameter
from flowgauge.reference.fake.recordings.mismatch import FakeViolation
from flowgauge.reference.world.inputs import MAX_BODY_BYTES, MAX_DEPTH
from flowgauge.reference.world.message import Reply, WorldRequest
from flowgauge.reference.world.wire import MalformedJson, decoded

__all__ = ["Conformance", "Criterion"]

JSON_TYPE = "application/json"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One point of comparison between a request and an operation."""

    name: str
    holds: bool
    detail: str


class Conformance:
    """Holds requests and replies to one document."""

    def __init__(self, document: Document) -> None:
        self.document = document
        # Most clients ask with few queries again and again.
        self._query = lru_cache(maxsize=256)(self._query_of)

    def is_acceptable(self, operation: Operation, request: WorldRequest) -> bool:
        """Whether nothing in the query and the body of a request to `operation` breaks the document."""
        if request.query and not self._query(operation.id, request.query).holds:
            return False
        if not request.body:
            return not operation.request_required
        return all(criterion.holds for criterion in self.body_criteria(operation, request))

    def query_criterion(self, operation: Operation, request: WorldRequest) -> Criterion:
        """Whether each query parameter is declared, given once, and fits its schema."""
        return self._query(operation.id, request.query)

    def body_criteria(self, operation: Operation, request: WorldRequest) -> list[Criterion]:
        """Media type and body."""
        if not request.body:
            detail = "none, the operation requires one" if operation.request_required else "none"
            return [Criterion("body", not operation.request_required, detail)]
        if operation.request_schema is None:
            # Nothing forbids a body here, and servers ignore it.
            return [Criterion("body", True, f"{len(request.body)} bytes, ignored")]
        media_type = (request.header("content-type") or "").partition(";")[0].strip().lower()
        criteria = [Criterion("content-type", media_type == JSON_TYPE, media_type or "none")]
        if len(request.body) > MAX_BODY_BYTES:
            return [*criteria, Criterion("body", False, f"over {MAX_BODY_BYTES} bytes")]
        try:
            value = decoded(request.body, max_depth=MAX_DEPTH)
        except MalformedJson as error:
            return [*criteria, Criterion("body", False, str(error))]
        flaws = self.document.request_violations(operation.id, value)
        shown = "; ".join(str(flaw) for flaw in flaws[:3]) or "fits the schema"
        return [*criteria, Criterion("body", not flaws, shown)]

    def check_reply(self, operation: Operation | None, reply: Reply) -> None:
        """Raise FakeViolation where a reply of the fake itself breaks the document."""
        if operation is None or reply.head_only or reply.status == 204:
            return
        declared = reply.status in operation.successes or 400 <= reply.status < 500
        media_type = next((value for name, value in reply.headers if name == "content-type"), None)
        if not declared or media_type != JSON_TYPE:
            raise FakeViolation(f"the fake answers {operation.id} with {reply.status} {media_type}")
        try:
            body: Json = msgspec.json.decode(reply.body)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise FakeViolation(f"the fake's answer to {operation.id}: {error}") from None
        flaws = self.document.response_violations(operation.id, reply.status, body, closed=True)
        if flaws:
            raise FakeViolation(f"the fake's {reply.status} to {operation.id}: {'; '.join(map(str, flaws))}")

    def _query_of(self, operation_id: str, query: str) -> Criterion:
        operation, flaws = self.document.operation(operation_id), []
        declared = {p.name: p for p in operation.parameters if p.location == "query"}
        pairs = parse_qsl(query, keep_blank_values=True, errors="surrogateescape")
        for place, (name, value) in enumerate(pairs):
            if name not in declared:
                known = ", ".join(declared) or "none"
                flaws.append(f"{name!r} is not declared (it has: {known})")
            elif any(earlier == name for earlier, _ in pairs[:place]):
                flaws.append(f"{name!r} is given twice")
            elif not _fits(declared[name], value):
                flaws.append(f"{name}={value!r} does not fit {declared[name].schema}")
        flaws += [
            f"{name!r} is required"
            for name, parameter in declared.items()
            if parameter.required and all(given != name for given, _ in pairs)
        ]
        return Criterion("query", not flaws, "; ".join(flaws) or query or "none")


def _fits(parameter: Parameter, text: str) -> bool:
    schema: dict[str, Any] = parameter.schema
    match schema.get("type"):
        case "boolean":
            return text in {"true", "false"}
        case "integer":
            if not re.fullmatch(r"-?(0|[1-9][0-9]{0,18})", text):
                return False
            number = int(text)
            return bool(schema.get("minimum", number) <= number <= schema.get("maximum", number))
        case _:
            return len(text) >= int(schema.get("minLength", 0))
