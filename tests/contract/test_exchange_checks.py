"""Checks of one exchange: for each, the response that it must catch, and that it alone speaks."""

import json
from dataclasses import replace

import pytest
from broken_target import V0, BrokenTarget, Change, found, probe_of

from flowgauge.contract.requests import built
from flowgauge.contract.strict_json import NotStrictJson, parsed
from flowgauge.results import Request, Response


def body(text: bytes) -> Change:
    return lambda request, response: replace(response, body=text)


def header(name: str, value: str | None) -> Change:
    def change(request: Request, response: Response) -> Response:
        rest = tuple(h for h in response.headers if h[0].lower() != name)
        return replace(response, headers=rest if value is None else (*rest, (name, value)))

    return change


def status(code: int) -> Change:
    return lambda request, response: replace(response, status=code)


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (lambda request, response: None, "FG-100"),
        (status(500), "FG-101"),
        (status(503), "FG-101"),
        (status(202), "FG-102"),
        (status(302), "FG-102"),
        (status(404), "FG-210"),
        (status(401), "FG-602"),
        (header("content-type", "text/plain"), "FG-103"),
        (header("content-type", None), "FG-103"),
        (body(b'{"version": NaN}'), "FG-104"),
        (body(b'{"version":"1","version":"2"}'), "FG-104"),
        (body(b""), "FG-104"),
        (body(b'{"version":"1"} x'), "FG-104"),
        (body(b"\xff"), "FG-104"),
        (body(b"{}"), "FG-105"),
        (body(b'{"version":1}'), "FG-105"),
        (body(b'{"version":null}'), "FG-105"),
        (body(b'{"version":"1","secret":"x"}'), "FG-106"),
    ],
)
def test_a_broken_answer_to_info_is_caught(change: Change, wanted: str) -> None:
    probe = probe_of(BrokenTarget(change))
    probe.call("orchestrationgetServerInfo")
    assert (wanted, "orchestrationgetServerInfo") in found(probe)


def test_a_sound_answer_is_not_a_finding() -> None:
    probe = probe_of(BrokenTarget(header("content-type", "application/json;charset=UTF-8")))
    probe.call("orchestrationgetServerInfo")
    assert found(probe) == set()
    [info, *_] = probe.recorder.operation_reports()
    assert info.cases == 1
    assert info.checks_run >= 5


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (header("www-authenticate", None), {"FG-108"}),
        (header("www-authenticate", "Basic realm=x"), {"FG-108"}),
        (header("www-authenticate", 'Basic realm="x, bearer"'), {"FG-108"}),
        (status(200), {"FG-601"}),
        (body(b'{"errorCode":"VALIDATION","errorMessage":"sql: no rows in result set"}'), {"FG-109"}),
        (body(b'{"errorCode":"VALIDATION","errorMessage":"at com.acme.Auth(Auth.java:12)"}'), {"FG-109"}),
        (body(b'{"errorCode":"VALIDATION","errorMessage":"open /etc/app/keys.json"}'), {"FG-109"}),
        (body(b'{"errorCode":"NOT_AUTHORIZED","errorMessage":"x"}'), {"FG-105"}),
        (body(b"<html>"), {"FG-104"}),
    ],
)
def test_a_broken_refusal_is_caught(change: Change, wanted: set[str]) -> None:
    probe = probe_of(BrokenTarget(change))
    request = built(V0, "listFlows")
    probe.send(replace(request, headers=()))
    assert {finding_id for finding_id, _ in found(probe)} == wanted


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (None, {"FG-107"}),
        ("GET", {"FG-107"}),
        ("GET, POST, DELETE", {"FG-107"}),
        ("GET, POST, PUT", {"FG-107"}),
        ("*", {"FG-107"}),
        ("get, post", {"FG-107"}),
        ("GET, POST", set()),
        ("OPTIONS, POST,GET , HEAD", set()),
        (", GET,, POST, ", set()),
        ("GET, HEAD, OPTIONS, POST, TRACE, CONNECT", set()),
    ],
)
def test_allow_names_what_there_is_and_not_what_was_refused(value: str | None, wanted: set[str]) -> None:
    probe = probe_of(BrokenTarget(header("allow", value)))
    probe.send(replace(built(V0, "listFlows"), method="DELETE"))
    assert {finding_id for finding_id, _ in found(probe)} == wanted


@pytest.mark.parametrize(
    ("method", "value", "is_right"),
    [
        # Who refuses a method of the document is at fault for that alone, and says what is left.
        ("HEAD", "GET, POST", True),
        ("GET", "POST", True),
        ("GET", "GET, POST", False),
        ("HEAD", "POST", False),
        ("HEAD", "GET, POST, DELETE", False),
    ],
)
def test_who_refuses_a_method_of_the_document_names_the_others(
    method: str, value: str, is_right: bool
) -> None:
    def refused(_: Request, response: Response) -> Response:
        return replace(response, status=405, headers=(*response.headers, ("allow", value)), body=b"")

    probe = probe_of(BrokenTarget(refused))
    probe.send(replace(built(V0, "listFlows"), method=method))
    assert ("FG-107" not in {finding_id for finding_id, _ in found(probe)}) is is_right


def test_a_body_after_head_is_caught() -> None:
    probe = probe_of(BrokenTarget(body(b"{}")))
    probe.send(replace(built(V0, "listFlows"), method="HEAD"))
    assert found(probe) == {("FG-111", "listFlows")}


def test_options_names_what_there_is() -> None:
    for value, is_right in (("GET, POST, OPTIONS, HEAD", True), ("GET", False), ("GET, POST, DELETE", False)):
        probe = probe_of(BrokenTarget(header("allow", value)))
        probe.send(replace(built(V0, "listFlows"), method="OPTIONS"))
        assert found(probe) == (set() if is_right else {("FG-107", "listFlows")}), value


def test_head_names_no_other_type_than_get_and_may_name_none() -> None:
    for value, wanted in (
        ("text/html", {("FG-110", "listFlows")}),
        ("application/json", set()),
        (None, set()),
    ):
        probe = probe_of(BrokenTarget(header("content-type", value)))
        probe.send(replace(built(V0, "listFlows"), method="HEAD"))
        assert found(probe) == wanted, value


LEAKS = [
    'ERROR: relation "flows" does not exist',
    "SELECT id FROM flows WHERE id = 1",
    "You have an error in your SQL syntax; check the manual",
    "SQLITE_ERROR: no such table: flows",
    "ORA-00942: table or view does not exist",
    "invalid input syntax for type uuid",
    "goroutine 12 [running]:",
    "interface conversion: interface {} is nil, not string",
    "json: cannot unmarshal number into Go struct field Config.stages",
    'strconv.ParseBool: parsing "x": invalid syntax',
    "invalid UUID length: 3",
    "rpc error: code = NotFound desc = workflow not found",
    'File "handler.py", line 3, in get',
    "KeyError: 'stages'",
    "Cannot read properties of undefined (reading 'stages')",
    "org.postgresql.util.PSQLException",
    "at com.acme.Flow.get(Flow.java:12)",
    "thread 'main' panicked at src/main.rs:4:5",
    "Fatal error: Uncaught Error",
    "Warning: Undefined index: id in x.php on line 3",
    "NoMethodError (undefined method `x' for nil:NilClass)",
    "Object reference not set to an instance of an object",
    r"could not open C:\inetpub\wwwroot",
    "open /srv/data/flows.db: no such file or directory",
    "dial tcp 10.0.0.5:5432: connect: connection refused",
    "postgres://user:pw@db:5432/flows",
    "POSTGRES_PASSWORD=hunter2",
]
HARMLESS = [
    "stages/3: must be an object",
    "the body must be application/json in UTF-8, with no content coding",
    "no such workflow: 5b2ef2a0-6f06-4d0c-8d3b-1d1f5e0c9a01",
    "pageSize: must be an integer from 1 to 1000",
    "unexpected character at line 3, column 5 (offset 31)",
    "GET /api/orchestration/flows/x: not found",
    "version 1.10.2 does not support this; see https://docs.example.com/errors",
]


def says(message: str, *headers: tuple[str, str]) -> Change:
    text = json.dumps({"errorCode": "VALIDATION", "errorMessage": message}).encode()
    return lambda request, response: replace(response, body=text, headers=response.headers + headers)


@pytest.mark.parametrize("message", LEAKS)
def test_an_error_that_tells_what_is_inside_is_caught(message: str) -> None:
    for change in (says(message), says("x", ("X-Debug", message))):
        probe = probe_of(BrokenTarget(change))
        probe.call("getFlow", {"workflow": "nope"})
        assert found(probe) == {("FG-109", "getFlow")}


@pytest.mark.parametrize("message", HARMLESS)
def test_an_error_that_only_says_what_is_wrong_is_not(message: str) -> None:
    probe = probe_of(BrokenTarget(says(message, ("Set-Cookie", "s=1; Path=/app/x"), ("Date", "now"))))
    probe.call("getFlow", {"workflow": "nope"})
    assert found(probe) == set()


def test_what_the_client_sent_itself_is_no_leak() -> None:
    probe = probe_of(BrokenTarget(says("no workflow '/etc/passwd'")))
    probe.call("getFlow", {"workflow": "/etc/passwd"})
    assert found(probe) == set()


@pytest.mark.parametrize(
    "value",
    [
        "Application/JSON",
        "application/json;",
        "application/json ; charset=utf-8",
        'application/json; charset="UTF-8"; q="a;b"',
        "application/json; profile=x",
        "application/json;odata.metadata=minimal;charset=utf-8",
    ],
)
def test_a_media_type_may_be_written_in_every_way_that_http_allows(value: str) -> None:
    probe = probe_of(BrokenTarget(header("content-type", value)))
    probe.call("listFlows")
    assert found(probe) == set()


@pytest.mark.parametrize(
    "value", ["bearer", 'Basic realm="a, b", Bearer realm="c"', ", ,Bearer error=x", "Negotiate , BEARER"]
)
def test_a_challenge_may_stand_among_others(value: str) -> None:
    probe = probe_of(BrokenTarget(header("www-authenticate", value)))
    probe.send(replace(built(V0, "listFlows"), headers=()))
    assert found(probe) == set()


def test_a_description_need_not_name_the_methods_and_a_preflight_may_be_refused() -> None:
    head = (("content-type", "application/json"), ("allow", "GET, POST"))
    error = b'{"errorCode":"VALIDATION","errorMessage":"no"}'
    refused: tuple[Change, ...] = tuple(
        lambda *_, code=code: Response(code, head, error) for code in (405, 501)
    )
    for change in (header("allow", None), *refused):
        probe = probe_of(BrokenTarget(change))
        probe.send(replace(built(V0, "listFlows"), method="OPTIONS"))
        assert found(probe) == set()


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (status(404), set()),
        (
            lambda request, response: Response(400, (("content-type", "text/html"),), b"<h1>Bad Request"),
            set(),
        ),
        (lambda request, response: Response(431), set()),
        (lambda request, response: None, set()),
        (status(500), {"FG-101"}),
        (status(200), {"FG-102"}),
    ],
)
@pytest.mark.parametrize(
    "target", ["/api/orchestration/flows/%zz", "/api/orchestration/flows/a b", "/%", "/\0"]
)
def test_what_is_not_http_may_be_refused_in_any_shape(change: Change, wanted: set[str], target: str) -> None:
    probe = probe_of(BrokenTarget(change))
    probe.send(replace(built(V0, "listFlows"), target=target))
    assert {finding_id for finding_id, _ in found(probe)} == wanted


def test_an_empty_body_is_called_empty_and_not_a_place_in_it() -> None:
    for body in (b"", b" \r\n\t"):
        with pytest.raises(NotStrictJson, match="the body is empty"):
            parsed(body)
