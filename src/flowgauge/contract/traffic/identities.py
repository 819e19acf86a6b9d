"""Ids that were never given out: of every length and spelling, of another kind, and nearly one that was."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from urllib.parse import quote

from flowgauge.contract.edition_part import ContractPart
from flowgauge.contract.requests import built, deletes
from flowgauge.contract.traffic.data.wrong import BOUNDARY_IDS
from flowgauge.openapi import Operation
from flowgauge.results import Request

__all__ = ["UNKNOWN_ID", "identities"]

UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"
# What stands for an id of which nobody knows a real one.
_NOBODY = "x"
# An id that stands in a path as it is.
_PLAIN = re.compile(r"[\w.~-]+", re.ASCII)
# Of a shorter one too many neighbours are real: counters are.
_LONG = 16


def identities(part: ContractPart, real: Mapping[str, str]) -> Iterator[Request]:
    """Each operation with each of them in each place; `real` are ids of things that exist, by kind.

    What deletes is only asked to delete what cannot be there.
    """
    real = {kind: quote(some_id, safe="") for kind, some_id in real.items()}
    for op in part.edition.operations:
        named = part.edition.kinds_in(op)
        kinds = [kind for kind, _ in named]
        is_delete = deletes(part.edition, op)
        for place, (kind, parameter) in enumerate(named):
            if not all(above in real for above in kinds[:place]):
                continue
            raws = (UNKNOWN_ID,) if is_delete else BOUNDARY_IDS
            others = [real[other] for other in real if other != kind]
            ids = {other: real.get(other, _NOBODY) for other in kinds}
            # Out of the collection, and back into it.
            back = f"..%2F{op.path.split('{' + parameter + '}')[0].strip('/').rpartition('/')[2]}"
            for raw in (*raws, *((back,) if not is_delete else ()), *others):
                yield _with_raw_ids(part, op, {**ids, kind: raw})
        for kind, parameter in named:
            if real.keys() >= set(kinds) and not is_delete and _is_text(op, parameter):
                for near in (*_near_misses(real[kind]), *_respelled(real[kind])):
                    yield _with_raw_ids(part, op, {**real, kind: near})


def _is_text(op: Operation, parameter: str) -> bool:
    """Whether an id may be any text: another spelling of a number may be the same number."""
    schema = next(p.schema for p in op.parameters if p.name == parameter and p.location == "path")
    return not isinstance(schema, dict) or bool(schema.get("type", "string") == "string")


def _respelled(plain: str) -> list[str]:
    """The same id, though: any character may be escaped (RFC 3986, section 2.3)."""
    if not _PLAIN.fullmatch(plain):
        return []
    return [f"%{ord(plain[0]):02X}{plain[1:]}", "".join(f"%{ord(letter):02x}" for letter in plain)]


def _near_misses(plain: str) -> list[str]:
    """Spellings, as they stand in the path, of ids that are almost the one given out; none of them is."""
    around = ["%00", "%20", "%0A", "%2F", ".", ";x", "%23", "%3F", "%25", "%2A", "%09", "%E2%80%8B"]
    near = [*(plain + mark for mark in around), *(mark + plain for mark in ("%20", "%2F", "%EF%BB%BF"))]
    near += [f"%7B{plain}%7D", f"urn:uuid:{plain}", f"%22{plain}%22"]
    if _PLAIN.fullmatch(plain):
        # An escaped escape: it must be decoded once only.
        near += [f"%25{ord(plain[0]):02X}{plain[1:]}"]
    if _PLAIN.fullmatch(plain) and len(plain) >= _LONG:
        near += [plain[:-1], plain[1:], plain[:8], plain + plain, f"0{plain}", f"{plain}0"]
        near += sorted({plain.upper(), plain.lower(), plain.replace("-", ""), plain[::-1]})
    return [text for text in near if text != plain]


def _with_raw_ids(part: ContractPart, op: Operation, raw: Mapping[str, str]) -> Request:
    """A request whose ids stand in the path as they are, unescaped."""
    path = op.path
    for kind, parameter in part.edition.kinds_in(op):
        path = path.replace("{" + parameter + "}", raw[kind])
    for name in part.edition.plain & set(op.path_parameters):
        path = path.replace("{" + name + "}", _NOBODY)
    placeholders = dict.fromkeys((*raw, *op.path_parameters), _NOBODY)
    request = built(part.edition, op.id, placeholders, body=part.required_body(op.id))
    return replace(request, target=path)
