"""What may be null by the word of the schema, and what may be absent: neither is refused."""

from collections.abc import Iterator, Mapping
from typing import Any

from flowgauge.contract.probe import Probe
from flowgauge.contract.requests import ABSENT
from flowgauge.contract.schema_values import plain_schema
from flowgauge.openapi import Document, Json, Operation
from flowgauge.results import Exchange

__all__ = ["send_nulls"]

_MOST = 12
_INVALID = frozenset({400, 422})


def send_nulls(probe: Probe) -> None:
    """Make things of each kind with a null where the schema names one, beside the same without the member.

    A rule that no schema states may mind a value. Where the same body without the member was taken, and taken
    again, no such rule is left: the body is complete, and none of its values has to be unique.
    """
    ids = probe.existing()
    for resource in probe.edition.resources:
        op = probe.edition.operation(resource.create) if resource.create is not None else None
        if op is not None and probe.edition.takes(op) <= ids.keys():
            for without, beside in _bodies(probe, op):
                taken = [probe.call(op.id, ids, body=without) for _ in range(2)]
                if all(_status(exchange) in range(200, 300) for exchange in taken):
                    name = next(name for name in beside if name not in without)
                    exchange = probe.call(op.id, ids, body=beside)
                    refused = _status(exchange) in _INVALID
                    wrong = f"{name} may be null, and is refused where it is" if refused else None
                    probe.found("FG-210", wrong, exchange, *taken)


def _bodies(probe: Probe, op: Operation) -> Iterator[tuple[dict[str, Json], dict[str, Json]]]:
    """A legal body without a member that may be null, and the same with a null there."""
    document, body = probe.edition.document, probe.part.ordinary(op.id)
    if body is ABSENT or not isinstance(body, dict):
        return
    declared = plain_schema(document, op.request_schema).get("properties", {})
    for name in [name for name, schema in declared.items() if _names_null(document, schema)][:_MOST]:
        without = {other: value for other, value in body.items() if other != name}
        beside = {**without, name: None}
        if not any(document.request_violations(op.id, each) for each in (without, beside)):
            yield without, beside


def _names_null(document: Document, schema: Json) -> bool:
    """Whether a schema says in so many words that null is a value, and does not just leave it open."""
    for _ in range(_MOST):
        if not isinstance(schema, Mapping) or "$ref" not in schema:
            break
        schema = document.resolved(schema["$ref"])
    if not isinstance(schema, Mapping):
        return False
    plain: Mapping[str, Any] = schema
    types = plain.get("type")
    is_typed = types == "null" or (isinstance(types, list) and "null" in types)
    branches = [branch for word in ("anyOf", "oneOf") for branch in plain.get(word, ())]
    return is_typed or plain.get("nullable") is True or any(_names_null(document, each) for each in branches)


def _status(exchange: Exchange) -> int:
    return exchange.response.status if exchange.response is not None else 0
