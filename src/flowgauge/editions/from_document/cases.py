"""Bodies that a `flowgauge.toml` names, and as many others as are wanted where a value must be unique."""

import re
from collections.abc import Mapping
from functools import partial
from uuid import NAMESPACE_OID, uuid5

from flowgauge.contract.edition_part import BodyCases, Cases, ContractPart
from flowgauge.contract.schema_values import put
from flowgauge.contract.strict_json import ABSENT
from flowgauge.edition import member
from flowgauge.editions.from_document.inference import Inference
from flowgauge.openapi import Json
from flowgauge.openapi.source import unescaped

__all__ = ["part_of"]

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def part_of(found: Inference) -> ContractPart:
    """What was inferred, as the suites take it."""
    cases = _cases(found.bodies, {})
    bare = ContractPart(found.edition, cases=cases, left_alone=found.left_alone)
    unique = {r.create: r.unique for r in found.edition.resources if r.create and r.unique}
    if not unique:
        return bare
    ordinary = {name: bare.ordinary(name) for name in unique}
    bodies = {**found.bodies, **{name: body for name, body in ordinary.items() if body is not ABSENT}}
    cases = _cases(bodies, {name: unique[name] for name in ordinary if name in bodies})
    return ContractPart(found.edition, cases=cases, left_alone=found.left_alone)


def _cases(bodies: Mapping[str, Json], unique: Mapping[str, tuple[str, ...]]) -> Cases:
    return Cases(
        bodies={
            name: BodyCases(
                ordinary=body, numbered=partial(_numbered, body, unique[name]) if name in unique else None
            )
            for name, body in bodies.items()
        }
    )


def _numbered(body: Json, pointers: tuple[str, ...], number: int) -> Json:
    """The body with other values at these JSON pointers."""
    for pointer in pointers:
        path = unescaped(pointer)
        body = put(body, path, _other(member(body, path), number))
    return body


def _other(value: Json, number: int) -> Json:
    if isinstance(value, int) and not isinstance(value, bool):
        return value + number
    text = str(value or "value")
    if _UUID.fullmatch(text):
        return str(uuid5(NAMESPACE_OID, f"flowgauge {number}"))
    # What stands before an @ may be anything, what stands behind it not.
    return f"{number}-{text}" if "@" in text else f"{text}-{number}"
