"""Requests that are wrong in one way each, by hand: what generators rarely hit on."""

import json
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote

from flowgauge.contract.probe import built, built_all
from flowgauge.contract.traffic.strategies import BOUNDARY_IDS
from flowgauge.contract.traffic.unusual import unusual_stages, unusual_variables
from flowgauge.contract.traffic.wrong import (
    LEGAL_CONFIGS,
    MEDIA_TYPES,
    NOT_JSON,
    UNKNOWN_CURSORS,
    WRONG_CONFIGS,
    WRONG_CURSORS,
    WRONG_SIZES,
    WRONG_VARIABLES,
    WRONG_WAITS,
)
from flowgauge.openapi import Operation
from flowgauge.openapi.v0_shim import operation, operations
from flowgauge.results import Request

__all__ = [
    "bodies_of",
    "framings_of",
    "identities",
    "media_of",
    "methods_of",
    "overrides_of",
    "paths",
    "queries_of",
]

METHODS = ("DELETE", "PUT", "PATCH", "POST", "GET", "TRACE", "PROPFIND")
# What some frameworks take for the method, past whoever looks at the request line only.
OVERRIDES = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")


def paths() -> Iterator[Request]:
    """Paths that are not in the document, and such as only look like one that is."""
    prefix = operation("listFlows").path.rpartition("/")[0]
    tails = (
        "",
        "/",
        "/flow",
        "/flows/x/y",
        "/flows/x/runs/y/z",
        "/_info/",
        "/_info/x",
        "/_INFO",
        "/Flows",
        "/flows%2Fx",
    )
    for target in [f"{prefix}{tail}" for tail in tails] + ["/", "/flows", f"/{prefix}/flows", "//"]:
        for method in ("GET", "POST", "DELETE"):
            yield replace(built("listFlows"), method=method, target=target)


def identities(real: dict[str, str]) -> Iterator[Request]:
    """Each operation with ids that were never given out, of every length and spelling."""
    for op in operations():
        for raw in BOUNDARY_IDS if op.path_parameters else ():
            yield _with_raw_ids(op, {"flowId": raw, "runId": real.get("runId", "x")})
            if "runId" in op.path_parameters and "flowId" in real:
                yield _with_raw_ids(op, {"flowId": real["flowId"], "runId": raw})
        if op.path_parameters and "runId" in real:
            # Ids of another kind of thing.
            yield _with_raw_ids(op, {"flowId": real["runId"], "runId": real["runId"]})
            if "runId" in op.path_parameters:
                yield _with_raw_ids(op, {"flowId": real["flowId"], "runId": real["flowId"]})
        for name in op.path_parameters:
            if name in real:
                # Near misses of an id that exists.
                plain = real[name]
                near_misses = _near_misses(plain)
                # The same id, though: any character may be escaped (RFC 3986, section 2.3).
                respelled = [f"%{ord(plain[0]):02X}{plain[1:]}", "".join(f"%{ord(c):02x}" for c in plain)]
                for near in (*near_misses, *respelled):
                    yield _with_raw_ids(op, {**real, name: near})


def bodies_of(real: dict[str, str]) -> Iterator[Request]:
    """Both operations that take a body, with bodies that are not JSON, not legal, and legal but unusual."""
    for body in (*NOT_JSON, *(text.encode() for text in WRONG_CONFIGS)):
        yield _with_body("createWorkflow", body, real)
    for text in LEGAL_CONFIGS:
        yield _with_body("createWorkflow", text.encode(), real)
    if "flowId" in real:
        for body in (*NOT_JSON, *(text.encode() for text in WRONG_VARIABLES)):
            yield _with_body("runWorkflow", body, real)
        for variables in ({}, *unusual_variables()):
            yield _with_body("runWorkflow", json.dumps(variables, ensure_ascii=False).encode(), real)
    yield _with_body("createWorkflow", b' \n\t{ "stages" :\r\n[ ] } \n', real)
    for stages in unusual_stages():
        yield _with_body("createWorkflow", json.dumps({"stages": stages}, ensure_ascii=False).encode(), real)
    for depth in (30, 200, 5_000, 100_000):
        yield _with_body(
            "createWorkflow", b'{"stages":[' + b'{"a":' * depth + b"1" + b"}" * depth + b"]}", real
        )
        yield _with_body("createWorkflow", b"[" * depth, real)
    for size in (10_000, 200_000, 3_000_000):
        yield _with_body("createWorkflow", b'{"stages":[{"a":"' + b"x" * size + b'"}]}', real)
    yield _with_body("createWorkflow", b'{"stages":[{"n":' + b"9" * 400 + b"}]}", real)
    yield _with_body("createWorkflow", b'{"stages":[' + b"{}," * 3_000 + b"{}]}", real)


def media_of(real: dict[str, str]) -> Iterator[Request]:
    """Both operations that take a body, under media types that are not JSON, and in a content coding."""
    bodies = {"createWorkflow": b'{"stages":[]}', "runWorkflow": b'{"a":"b"}'}
    for operation_id, body in bodies.items():
        if operation_id == "runWorkflow" and "flowId" not in real:
            continue
        request = _with_body(operation_id, body, real)
        plain = tuple(header for header in request.headers if header[0] != "Content-Type")
        for media_type in MEDIA_TYPES:
            yield replace(request, headers=(*plain, ("Content-Type", media_type)))
        yield replace(request, headers=(*request.headers, ("Content-Encoding", "gzip")))
        yield replace(request, headers=(*plain, ("Content-Type", "application/json; charset=utf-8")))
        yield replace(request, headers=(*plain, ("content-type", "APPLICATION/JSON")))


def framings_of(real: dict[str, str]) -> Iterator[Request]:
    """Bodies in chunks mean what they mean in one piece: the legal are obeyed, the illegal refused."""
    for operation_id, body in (
        ("createWorkflow", b'{"stages":[{"noop":{}}]}'),
        ("createWorkflow", b'{"stages":1}'),
        ("createWorkflow", b""),
        ("runWorkflow", b'{"a":"b"}'),
        ("runWorkflow", b'{"a":1}'),
        ("runWorkflow", b""),
    ):
        if operation_id == "createWorkflow" or "flowId" in real:
            yield replace(_with_body(operation_id, body, real), chunked=True)
            yield _with_body(operation_id, body, real)


def queries_of(real: dict[str, str]) -> Iterator[Request]:
    """Query parameters with values outside their schema, given twice, and spelled otherwise."""
    if "flowId" not in real:
        return
    for text in WRONG_WAITS:
        yield built("runWorkflow", query=f"wait={quote(text)}", flowId=real["flowId"])
    for query in (
        "wait=true&wait=false",
        "wait=true&wait=true",
        "wait",
        "wait=%74rue",
        "wait=false&unknown=1",
    ):
        yield built("runWorkflow", query=query, flowId=real["flowId"])
    for text in WRONG_SIZES:
        yield built("listRuns", query=f"pageSize={quote(text)}", flowId=real["flowId"])
    for text in (*WRONG_CURSORS, *UNKNOWN_CURSORS):
        for size in ("", "&pageSize=1"):
            yield built("listRuns", query=f"cursor={quote(text)}{size}", flowId=real["flowId"])
    queries = (
        "pageSize=1&pageSize=2",
        "pageSize=1000",
        "pageSize=999",
        "pageSize=1",
        "pageSize=%31",
        "cursor",
        "cursor=x&cursor=x",
    )
    for query in (
        *queries,
        "cursor=%FF",
        "pageSize=%FF",
        "unknown=1",
        "%FF=%FF",
        "%00",
        "&",
        "=",
        "pageSize=15&",
    ):
        yield built("listRuns", query=query, flowId=real["flowId"])


def methods_of(real: dict[str, str]) -> Iterator[Request]:
    """Every path with every method: the unsupported refused, HEAD like GET, OPTIONS naming what there is."""
    for path in dict.fromkeys(op.path for op in operations()):
        supported = {op.method: op for op in operations() if op.path == path}
        some = next(iter(supported.values()))
        ids = {name: real.get(name, "x") for name in some.path_parameters}
        if "GET" in supported and ids:
            yield replace(built(supported["GET"].id, **dict.fromkeys(ids, "x")), method="HEAD")
        for method in (*METHODS, "HEAD", "OPTIONS"):
            if method not in supported:
                yield replace(built(some.id, **ids), method=method)


def overrides_of(real: dict[str, str]) -> Iterator[Request]:
    """Each operation with another method named beside its own, which is the one that counts."""
    for request in built_all(real):
        for method in ("DELETE", "POST" if request.method == "GET" else "GET"):
            for header in OVERRIDES:
                yield replace(request, headers=(*request.headers, (header, method)))
            yield replace(request, target=f"{request.target}?_method={method}")


def _near_misses(plain: str) -> list[str]:
    """Spellings, as they stand in the path, of ids that are almost the one given out; none of them is."""
    around = ["%00", "%20", "%0A", "%2F", ".", ";x", "%23", "%3F", "%25", "%2A", "%09", "%E2%80%8B", "0"]
    near = [*(plain + mark for mark in around), *(mark + plain for mark in ("%20", "%2F", "0", "%EF%BB%BF"))]
    near += [
        plain[:-1],
        plain[1:],
        plain[:8],
        plain + plain,
        f"%7B{plain}%7D",
        f"urn:uuid:{plain}",
        f"%22{plain}%22",
    ]
    # An escaped escape: it must be decoded once only.
    near += [f"%25{ord(plain[0]):02X}{plain[1:]}"]
    other = {plain.upper(), plain.lower(), plain.replace("-", ""), plain[::-1]} - {plain}
    return near + sorted(other)


def _with_raw_ids(op: Operation, raw: dict[str, str]) -> Request:
    path = op.path
    for name in op.path_parameters:
        path = path.replace("{" + name + "}", raw[name])
    placeholders = dict.fromkeys(op.path_parameters, "x")
    return replace(built(op.id, **placeholders), target=path)


def _with_body(operation_id: str, body: bytes, real: dict[str, str]) -> Request:
    ids = {name: real[name] for name in operation(operation_id).path_parameters}
    request = built(operation_id, body={}, **ids)
    return replace(request, body=body)
