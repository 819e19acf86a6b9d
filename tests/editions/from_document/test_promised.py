"""What a document alone promises is held against a server, and nothing else."""

from collections.abc import Mapping
from typing import Any

import pytest

from flowgauge.contract.findings.defect import Case
from flowgauge.contract.judging.expectation import cases_of
from flowgauge.contract.judging.headers import wrong_allow
from flowgauge.contract.judging.knowledge import Knowledge
from flowgauge.contract.judging.oracle import expectation
from flowgauge.contract.judging.tolerances import FOREIGN
from flowgauge.contract.requests import AUTHORIZATION
from flowgauge.edition import Edition
from flowgauge.editions.from_document.inference import inferred
from flowgauge.openapi import Document
from flowgauge.results import Exchange, Request, Response

from .cups import CUP, DOCUMENT, answers

JSON = (("Content-Type", "application/json"),)


def without_errors() -> dict[str, Any]:
    """The document of an author who has declared successes alone."""
    paths = {
        path: {
            method: {**op, "responses": {k: v for k, v in op["responses"].items() if k.startswith("2")}}
            if method != "parameters"
            else op
            for method, op in item.items()
        }
        for path, item in DOCUMENT["paths"].items()
    }
    return {**DOCUMENT, "paths": paths}


def edition(document: Mapping[str, Any] = DOCUMENT) -> Edition:
    return inferred(Document(document), "cups").edition


CUPS, BARE = edition(), edition(without_errors())


def with_ids(schema: Mapping[str, Any]) -> Edition:
    """The cups, whose ids in the path are of that schema."""
    parameter = {"name": "id", "in": "path", "required": True, "schema": schema}
    item = {**DOCUMENT["paths"]["/cups/{id}"], "parameters": [parameter]}
    return edition({**DOCUMENT, "paths": {**DOCUMENT["paths"], "/cups/{id}": item}})


TEXTS, KEYED = with_ids({"type": "string"}), with_ids({"type": "string", "pattern": "^[A-Z]{2,10}$"})
PUT = edition(
    {
        **DOCUMENT,
        "paths": {
            **DOCUMENT["paths"],
            "/cups/{id}": {
                **DOCUMENT["paths"]["/cups/{id}"],
                "put": {"operationId": "put", "responses": answers(CUP)},
            },
        },
    }
)
MAKE = DOCUMENT["paths"]["/cups"]["post"]
UNSUPPORTED = edition(
    {
        **DOCUMENT,
        "paths": {
            **DOCUMENT["paths"],
            "/cups": {
                **DOCUMENT["paths"]["/cups"],
                "post": {**MAKE, "responses": {**MAKE["responses"], "415": {"description": "no JSON"}}},
            },
        },
    }
)


def asked(of: Edition, method: str, target: str, body: bytes | None = None) -> set[int]:
    headers = JSON if body is not None else ()
    return set(expectation(Request(method, target, headers, body), Knowledge(of, True, FOREIGN)).statuses)


@pytest.mark.parametrize("status", [400, 404, 415, 422])
def test_any_4xx_refuses_what_is_wrong(status: int) -> None:
    assert status in asked(CUPS, "POST", "/cups", b"{}")
    assert status in asked(CUPS, "GET", "/cups/7")


@pytest.mark.parametrize("of", [CUPS, BARE])
def test_a_server_error_is_never_due(of: Edition) -> None:
    for method, target, body in (
        ("POST", "/cups", b"{}"),
        ("POST", "/cups", b'{"label": "a"}'),
        ("GET", "/cups", None),
        ("GET", "/cups/7", None),
        ("PUT", "/cups", None),
        ("GET", "/nothing", None),
    ):
        assert not asked(of, method, target, body) & {500, 502, 504}


@pytest.mark.parametrize(
    ("body", "may_be_taken"),
    [
        (b'{"label": "a", "other": NaN}', True),
        (b'{"label": "a\xff"}', True),
        (b'{"label": "a\n"}', True),
        (b'\xef\xbb\xbf{"label": "a"}', True),
        ('{"label": "a"}'.encode("utf-16"), True),
        (b'{"label": "a",}', False),
        (b"{'label': 'a'}", False),
        (b'{"label": "a"', False),
        (b"<a/>", False),
        (b"[" * 100_000, False),
    ],
)
def test_what_common_parsers_take_for_json_may_be_taken(body: bytes, may_be_taken: bool) -> None:
    # RFC 8259, section 9: a parser may accept forms that are not JSON.
    statuses = asked(CUPS, "POST", "/cups", body)
    assert {400, 422} <= statuses
    assert (201 in statuses) == may_be_taken


def test_what_is_invalid_has_to_be_refused_where_a_refusal_is_declared() -> None:
    assert 201 not in asked(CUPS, "POST", "/cups", b"{}")
    assert 201 in asked(BARE, "POST", "/cups", b"{}")
    assert 204 not in asked(CUPS, "DELETE", "/cups/7")
    assert 204 in asked(BARE, "DELETE", "/cups/7")


@pytest.mark.parametrize(
    ("header", "is_ever_refused"),
    [(("Content-Type", "text/plain"), True), (("Content-Encoding", "gzip"), False)],
    ids=["media type", "coding"],
)
def test_what_is_labelled_otherwise_may_be_read(header: tuple[str, str], is_ever_refused: bool) -> None:
    """Under another media type unless 415 is declared; in a coding, of which no document says more."""
    headers = (*(() if header[0] == "Content-Type" else JSON), header)
    request = Request("POST", "/cups", headers, b'{"label": "a"}')
    for of, is_taken in ((CUPS, True), (UNSUPPORTED, not is_ever_refused)):
        statuses = expectation(request, Knowledge(of, True, FOREIGN)).statuses
        assert {400, 415} <= statuses
        assert (201 in statuses) == is_taken


def test_what_is_read_has_to_be_there() -> None:
    assert 200 not in asked(CUPS, "GET", "/cups/7")
    assert 200 not in asked(BARE, "GET", "/cups/7")
    # A PUT may have made it, in this run or before.
    assert 200 in asked(PUT, "GET", "/cups/7")


def test_a_number_may_be_the_id_of_a_thing_that_others_made_until_ids_are_known_to_look_otherwise() -> None:
    shared = Knowledge(TEXTS, False, FOREIGN)
    assert 200 in expectation(Request("GET", "/cups/7"), shared).statuses
    assert 200 not in expectation(Request("GET", "/cups/7"), Knowledge(TEXTS, True, FOREIGN)).statuses
    for text in ("-7", "7.5", "x", "%D9%A7"):
        assert 200 not in expectation(Request("GET", f"/cups/{text}"), shared).statuses
    made = Exchange(None, Request("POST", "/cups"), Response(201), 0.0, 0.0)
    shared.given_out[("cup", "cup_a1b2")] = made
    assert 200 not in expectation(Request("GET", "/cups/7"), shared).statuses


def test_a_valid_body_may_break_a_rule_that_no_schema_states() -> None:
    statuses = asked(CUPS, "POST", "/cups", b'{"label": "a"}')
    assert {201, 400, 409, 422} <= statuses
    assert not statuses & {200, 401, 405}


def test_a_plain_question_is_answered() -> None:
    assert asked(CUPS, "GET", "/cups") == {200}


def with_parameter(where: str, *, required: bool = False) -> Edition:
    """The cups, where a list takes a parameter more."""
    item = DOCUMENT["paths"]["/cups"]
    parameter = {"name": "X-Since", "in": where, "required": required, "schema": {"type": "string"}}
    listing = {**item["get"], "parameters": [parameter]}
    return edition({**DOCUMENT, "paths": {**DOCUMENT["paths"], "/cups": {**item, "get": listing}}})


@pytest.mark.parametrize("where", ["header", "cookie", "query"])
def test_a_parameter_may_break_a_rule_that_no_schema_states_wherever_it_stands(where: str) -> None:
    said = {"header": ("x-since", "w@W!="), "cookie": ("Cookie", "X-Since=w@W!="), "query": ("Accept", "*/*")}
    target = "/cups?X-Since=w%40" if where == "query" else "/cups"
    sent = Request("GET", target, (said[where],))
    for of, is_open in ((with_parameter(where), True), (CUPS, where == "query")):
        statuses = expectation(sent, Knowledge(of, True, FOREIGN)).statuses
        assert ({400, 403, 404, 422} <= statuses) == is_open
        assert 200 in statuses
    bare = asked(with_parameter(where), "GET", "/cups")
    assert bare == {200}
    if where != "query":
        assert 400 in asked(with_parameter(where, required=True), "GET", "/cups")


def test_what_comes_twice_may_be_taken_once() -> None:
    of = edition(
        {
            **DOCUMENT,
            "paths": {
                **DOCUMENT["paths"],
                "/cups": {
                    **DOCUMENT["paths"]["/cups"],
                    "get": {
                        "operationId": "all",
                        "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer"}}],
                        "responses": {
                            **answers({"type": "array", "items": CUP}),
                            "422": {"description": "-"},
                        },
                    },
                },
            },
        }
    )
    assert {200, 400, 422} <= asked(of, "GET", "/cups?limit=1&limit=2")
    assert 200 not in asked(of, "GET", "/cups?limit=many")


@pytest.mark.parametrize("some_id", ["7%2F", "7%2fparts", "%2F"])
def test_an_id_that_parts_the_path_may_be_another_path(some_id: str) -> None:
    assert {200, 307, 400, 404} <= asked(TEXTS, "GET", f"/cups/{some_id}")
    assert 307 not in asked(TEXTS, "GET", "/cups/7%2E")


def test_a_doubled_credential_may_be_read_where_one_of_them_is_valid() -> None:
    # RFC 9110, section 5.3: a sender must not double a header, and nobody has to refuse one who has.
    of = edition(
        {
            **DOCUMENT,
            "security": [{"token": []}],
            "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        }
    )
    valid, other = AUTHORIZATION, ("Authorization", "Bearer x")
    for headers, is_open in (((valid, other), True), ((other, other), False), ((other,), False)):
        statuses = expectation(Request("GET", "/cups", headers), Knowledge(of, True, FOREIGN)).statuses
        assert {400, 401} <= statuses
        assert (200 in statuses) == is_open


@pytest.mark.parametrize("some_id", [".", "..", "%2E", "%2e.", ""])
def test_dots_that_are_taken_out_of_a_path_lead_to_another(some_id: str) -> None:
    # RFC 3986, section 6.2.2.3: a server may tidy the path up, and say so by a redirect.
    assert {200, 301, 307, 308, 404} <= asked(TEXTS, "GET", f"/cups/{some_id}")
    for text in ("...", ".a", "a.", "%2E%2E%2E"):
        assert not {200, 301, 307} & asked(TEXTS, "GET", f"/cups/{text}")


@pytest.mark.parametrize("some_id", ["%FF", "A%C3", "%ED%A0%80"])
def test_bytes_that_are_no_text_fit_no_pattern_of_an_id(some_id: str) -> None:
    statuses = asked(KEYED, "GET", f"/cups/{some_id}")
    assert {400, 404, 422} <= statuses
    assert 200 not in statuses


@pytest.mark.parametrize(("method", "target"), [("PATCH", "/cups"), ("GET", "/nothing"), ("GET", "/cups/")])
def test_nothing_is_said_of_what_the_document_does_not_have(method: str, target: str) -> None:
    assert {200, 302, 400, 404, 405, 501} <= asked(CUPS, method, target)


def test_allow_may_name_methods_that_the_document_does_not_have() -> None:
    request, response = Request("PATCH", "/cups"), Response(405, (("Allow", "DELETE, GET, POST, PUT"),))
    expected = expectation(request, Knowledge(CUPS, True, FOREIGN))
    assert wrong_allow(request, response, expected, is_whole=False) is None
    assert wrong_allow(request, response, expected) == "Allow names PUT: DELETE, GET, POST, PUT"
    missing = Response(405, (("Allow", "GET, POST"),))
    assert wrong_allow(request, missing, expected, is_whole=False) == "Allow misses DELETE: GET, POST"


def test_a_value_of_another_type_is_one_cause_wherever_it_stands() -> None:
    item = DOCUMENT["paths"]["/cups"]
    draft = {
        "type": "object",
        "required": ["label"],
        "properties": {
            "label": {"type": "string"},
            "size": {"type": "integer"},
            "colour": {"enum": ["red", "blue"]},
        },
    }
    body = {"required": True, "content": {"application/json": {"schema": draft}}}
    of = edition(
        {
            **DOCUMENT,
            "paths": {**DOCUMENT["paths"], "/cups": {**item, "post": {**item["post"], "requestBody": body}}},
        }
    )

    def cases(text: bytes) -> tuple[Case, ...]:
        request = Request("POST", "/cups", JSON, text)
        return cases_of(request, expectation(request, Knowledge(of, True, FOREIGN)))

    schema = "a body that breaks its schema"
    assert cases(b'{"label": null}') == cases(b'{"label": "a", "colour": null}') == cases(b"null")
    assert cases(b'{"label": null}') == (Case(schema, "a null of another type"),)
    assert cases(b'{"label": false}') == cases(b'{"label": "a", "size": true}')
    assert cases(b'{"label": 1}') == cases(b'{"label": "a", "size": 1.5}')
    assert cases(b'{"label": 1}') == (Case(schema, "a number of another type"),)
    for text in (b'{"label": "a", "colour": "green"}', b"{}"):
        [case] = cases(text)
        assert (case.kind, "of another type" in case.which) == (schema, False)


def test_of_two_things_that_are_wrong_the_one_that_has_to_be_refused_is_held() -> None:
    wash = {
        "operationId": "wash",
        "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
        "responses": {"200": answers(CUP)["200"], "422": {"description": "no"}},
    }
    item = {"parameters": DOCUMENT["paths"]["/cups/{id}"]["parameters"], "post": wash}
    of = edition({**DOCUMENT, "paths": {**DOCUMENT["paths"], "/cups/{id}/wash": item}})
    knowledge = Knowledge(of, True, FOREIGN)
    unknown = expectation(Request("POST", "/cups/7/wash", JSON, b"{}"), knowledge)
    assert {200, 404, 422} <= unknown.statuses
    both = expectation(Request("POST", "/cups/7/wash", JSON, b"null"), knowledge)
    assert 200 not in both.statuses
    assert [each.kind for each in both.problems if each.kind != "unspecified"] == ["body"]
    assert len(cases_of(Request("POST", "/cups/7/wash", JSON, b"null"), both)) == 1
