"""Requests that are wrong in one way each, by hand: what generators rarely hit on."""

import json
from collections.abc import Iterator
from dataclasses import replace

from flowgauge.contract.probe import built
from flowgauge.contract.strategies import BOUNDARY_IDS
from flowgauge.results import Request
from flowgauge.spec import Operation, operation, operations

__all__ = ["bodies_of", "framings_of", "identities", "media_of", "methods_of", "paths", "queries_of"]

_NOT_JSON = (
    b"{",
    b"[",
    b"nope",
    b"{'stages': []}",
    b'{"stages": []',
    b'{"stages": []} trailing',
    b'{"stages": []}{}',
    b'{"stages": [],}',
    b'{"stages": [NaN]}',
    b'{"stages": [{"a": Infinity}]}',
    b'{"stages": [{"a": 1e400}]}',
    b'{"stages": [{"a": 01}]}',
    b'{"stages": [{"a": "\xff"}]}',
    b"\xff\xfe{}",
    b"\x00",
    b"<stages/>",
    b"stages: []",
    b'{"stages": [{"a": "\n"}]}',
)
_WRONG_CONFIGS = (
    "null",
    "true",
    "0",
    '""',
    "[]",
    '"stages"',
    "{}",
    '{"stages": null}',
    '{"stages": {}}',
    '{"stages": "x"}',
    '{"stages": 0}',
    '{"stages": true}',
    '{"stages": [null]}',
    '{"stages": [0]}',
    '{"stages": ["noop"]}',
    '{"stages": [[]]}',
    '{"stages": [true]}',
    '{"stages": [{}, 1]}',
    '{"Stages": []}',
    '{"STAGES": [{}]}',
    '{"stage": []}',
)
_WRONG_VARIABLES = (
    "null",
    "true",
    "0",
    '"a"',
    "[]",
    '["a"]',
    '{"a": null}',
    '{"a": 1}',
    '{"a": 1.5}',
    '{"a": true}',
    '{"a": []}',
    '{"a": {}}',
    '{"a": "x", "b": 0}',
)
_LEGAL_CONFIGS = (
    '{"stages": []}',
    '{"stages": [{}]}',
    '{"stages": [{"unknown kind": null}]}',
    '{"stages": [{"a": 1, "b": [1.0, "1", null]}], "extra": 1}',
    '{"stages": [{"n": 123456789012345678901234567890, "f": 1.0, "e": 1e3, "z": -0.0}]}',
    '{"stages": [{"\\u00e9": "\\u0000", "\\ud83d\\ude00": ""}]}',
)
_WRONG_WAITS = (
    "banana",
    "",
    "1",
    "0",
    "yes",
    "no",
    "TRUE",
    "False",
    "null",
    "true,false",
    "true ",
    "truefalse",
)
_WRONG_SIZES = ("0", "-1", "1001", "banana", "", "1.5", "1e2", "99999999999999999999", "true")
MEDIA_TYPES = (
    "text/plain",
    "application/xml",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/octet-stream",
    "text/vnd.yaml",
    "application/jsonx",
    "json",
    "*/*",
    "",
)
METHODS = ("DELETE", "PUT", "PATCH", "POST", "GET", "TRACE", "PROPFIND")


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
        for name in op.path_parameters:
            if name in real:
                # Near misses of an id that exists.
                plain = real[name]
                near_misses = [plain + "%00", plain.upper() + "0", plain[:-1], "%20" + plain]
                # The same id, though: any character may be escaped (RFC 3986, section 2.3).
                respelled = [f"%{ord(plain[0]):02X}{plain[1:]}", "".join(f"%{ord(c):02x}" for c in plain)]
                for near in (*near_misses, *respelled):
                    yield _with_raw_ids(op, {**real, name: near})


def bodies_of(real: dict[str, str]) -> Iterator[Request]:
    """Both operations that take a body, with bodies that are not JSON, not legal, and legal but unusual."""
    for body in (*_NOT_JSON, *(text.encode() for text in _WRONG_CONFIGS)):
        yield _with_body("createWorkflow", body, real)
    for text in _LEGAL_CONFIGS:
        yield _with_body("createWorkflow", text.encode(), real)
    if "flowId" in real:
        for body in (*_NOT_JSON, *(text.encode() for text in _WRONG_VARIABLES)):
            yield _with_body("runWorkflow", body, real)
        for variables in (
            {},
            {"": ""},
            {"é": "日本"},
            {"a": "\x00"},
            {"a" * 300: "b" * 3000},
            {"a.b": "${a}"},
        ):
            yield _with_body("runWorkflow", json.dumps(variables, ensure_ascii=False).encode(), real)
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
    for text in _WRONG_WAITS:
        yield built("runWorkflow", query=f"wait={text.replace(' ', '%20')}", flowId=real["flowId"])
    for query in (
        "wait=true&wait=false",
        "wait=true&wait=true",
        "wait",
        "wait=%74rue",
        "wait=false&unknown=1",
    ):
        yield built("runWorkflow", query=query, flowId=real["flowId"])
    for text in _WRONG_SIZES:
        yield built("listRuns", query=f"pageSize={text}", flowId=real["flowId"])
    for query in ("pageSize=1&pageSize=2", "pageSize=1000", "pageSize=1"):
        yield built("listRuns", query=query, flowId=real["flowId"])


def methods_of(real: dict[str, str]) -> Iterator[Request]:
    """Every path with every method: the unsupported refused, HEAD like GET, OPTIONS naming what there is."""
    for path in dict.fromkeys(op.path for op in operations()):
        supported = {op.method: op for op in operations() if op.path == path}
        some = next(iter(supported.values()))
        ids = {name: real.get(name, "x") for name in some.path_parameters}
        for method in (*METHODS, "HEAD", "OPTIONS"):
            if method not in supported:
                yield replace(built(some.id, **ids), method=method)


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
