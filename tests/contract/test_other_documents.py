"""What other documents than ours allow: for each, an answer that is sound and one that is not."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from flowgauge.contract.edition_part import ContractPart
from flowgauge.contract.findings.kept import kept_difference
from flowgauge.contract.findings.recorder import Recorder
from flowgauge.contract.probe import Probe
from flowgauge.contract.requests import ABSENT, built
from flowgauge.contract.strict_json import parsed
from flowgauge.contract.target import Capability
from flowgauge.contract.traffic.bodies import bodies
from flowgauge.edition import Edition, Resource
from flowgauge.openapi import Document
from flowgauge.results import Exchange, Request, Response, TargetIdentity

JSON = "application/json"
PROBLEM = "application/problem+json"
CUP: dict[str, Any] = {
    "type": "object",
    "required": ["size"],
    "properties": {
        "size": {"type": "number", "minimum": 0, "exclusiveMinimum": True},
        "note": {"type": "string"},
    },
}
SHOWN: dict[str, Any] = {**CUP, "properties": {**CUP["properties"], "id": {"type": "string"}}}
ANY_ERROR = {"description": "Why not", "content": {PROBLEM: {"schema": {"type": "object"}}}}
Responses = dict[str, Any]


def content(schema: dict[str, Any], *media_types: str) -> dict[str, Any]:
    return {"description": "-", "content": {media_type: {"schema": schema} for media_type in media_types}}


DELETED: Responses = {"204": {"description": "Gone"}}
READ: Responses = {"200": content(SHOWN, JSON)}
CREATED: Responses = {"201": content(SHOWN, JSON)}


def edition(
    *,
    created: Responses = CREATED,
    read: Responses = READ,
    deleted: Responses = DELETED,
    taken: tuple[str, ...] = (JSON,),
    reuses_ids: bool = False,
) -> Edition:
    """Cups, by an OpenAPI 3.0 document that anybody may call."""
    size = {"type": "integer", "minimum": 0, "exclusiveMinimum": True}
    paths = {
        "/cups": {
            "post": {
                "operationId": "make",
                "parameters": [{"name": "count", "in": "query", "schema": size}],
                "requestBody": {**content(CUP, *taken), "required": True},
                "responses": {**created, "default": ANY_ERROR},
            }
        },
        "/cups/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {"operationId": "read", "responses": {**read, "default": ANY_ERROR}},
            "delete": {"operationId": "drop", "responses": {**deleted, "default": ANY_ERROR}},
        },
    }
    document = Document({"openapi": "3.0.3", "info": {"title": "Cups", "version": "1"}, "paths": paths})
    cup = Resource(
        kind="cup",
        ids={"read": "id", "drop": "id"},
        create="make",
        read="read",
        delete="drop",
        view=(),
        kept={"/size": "/size"},
        reuses_ids=reuses_ids,
    )
    return Edition("cups", document, (cup,))


class Told:
    """A target that answers what a test tells it to."""

    url = "http://told"
    capabilities = frozenset({Capability.WRITE, Capability.EXCLUSIVE, Capability.VIRTUAL_CLOCK})
    identity = TargetIdentity("told")

    def __init__(self) -> None:
        self.answer: Callable[[Request], Response] = lambda _: Response(500, ())
        self.sent: list[Request] = []
        self._now = 0.0

    def now(self) -> float:
        self._now += 1.0
        return self._now

    def sleep(self, seconds: float) -> None:
        self._now += seconds

    def reset(self) -> None:
        """Nothing is kept."""

    def close(self) -> None:
        """Nothing is open."""

    def send(self, request: Request) -> Exchange:
        self.sent.append(request)
        return Exchange(None, request, self.answer(request), self.now(), self.now())

    def send_together(self, requests: Any) -> list[Exchange]:
        return [self.send(request) for request in requests]


class Asking:
    """Sends requests, tells how they are answered, and says what was found."""

    def __init__(self, of: Edition) -> None:
        self.target = Told()
        self.probe = Probe(self.target, Recorder(self.target.url, of), ContractPart(of))

    def __call__(
        self, operation: str, status: int, value: Any = ABSENT, *, media: str = JSON, body: Any = ABSENT,
        query: str = "", request: Request | None = None, cup: str = "c1",
    ) -> list[str]:  # fmt: skip
        text = value if isinstance(value, bytes) else b"" if value is ABSENT else json.dumps(value).encode()
        headers = () if value is ABSENT else (("Content-Type", media),)
        self.target.answer = lambda _: Response(status, headers, text)
        ids = {} if operation == "make" else {"cup": cup}
        if operation == "make" and body is ABSENT:
            body = {"size": 1}
        self.probe.send(request or built(self.probe.edition, operation, ids, body=body, query=query))
        return [defect.id for defect in self.probe.last_defects]


MADE = {"id": "c1", "size": 1}


@pytest.mark.parametrize(
    ("media", "found"),
    [
        (PROBLEM, []),
        (f"{PROBLEM}; charset=utf-8", []),
        (JSON, ["FG-103"]),
        ("text/html", ["FG-103"]),
    ],
)
def test_an_error_is_of_the_media_type_that_is_declared(media: str, found: list[str]) -> None:
    assert Asking(edition())("read", 404, {"title": "no"}, media=media) == found


@pytest.mark.parametrize(
    ("media", "value", "found"),
    [
        (JSON, MADE, []),
        ("application/hal+json", MADE, []),
        ("text/csv", b"id,size\n", []),
        ("text/html", b"<p>", ["FG-103"]),
        (JSON, b"id,size\n", ["FG-104"]),
    ],
)
def test_one_of_several_declared_media_types_is_as_good_as_another(
    media: str, value: Any, found: list[str]
) -> None:
    ask = Asking(edition(read={"200": content(SHOWN, JSON, "application/hal+json", "text/csv")}))
    assert ask("make", 201, MADE) == []
    assert ask("read", 200, value, media=media) == found


def test_a_body_is_sent_as_what_is_taken() -> None:
    vendor = "application/vnd.cups+json"
    ask = Asking(edition(taken=(vendor,)))
    assert ask("make", 201, MADE) == []
    [sent] = ask.target.sent
    assert sent.header("content-type") == vendor
    plain = replace(sent, headers=(("Content-Type", JSON),))
    assert ask("make", 415, {}, media=PROBLEM, request=plain) == []
    assert ask("make", 201, {"id": "c2", "size": 1}, request=plain) == ["FG-211"]


@pytest.mark.parametrize(
    ("media", "status", "found"),
    [
        ("application/vnd.cups+json", 201, []),
        ("application/vnd.cups+json", 415, []),
        ("application/vnd.cups+json", 500, ["FG-101"]),
        ("application/vnd.cups+xml", 201, ["FG-211"]),
        ("text/plain", 201, ["FG-211"]),
        ("text/plain", 415, []),
    ],
)
def test_where_json_is_taken_what_is_json_by_its_suffix_may_be(
    media: str, status: int, found: list[str]
) -> None:
    ask = Asking(edition())
    assert ask("make", 201, MADE) == []
    request = replace(ask.target.sent[-1], headers=(("Content-Type", media),))
    answer = {"id": "c2", "size": 1} if status == 201 else {}
    assert ask("make", status, answer, media=JSON if status == 201 else PROBLEM, request=request) == found


@pytest.mark.parametrize(("valid", "count"), [(422, 1), (201, 2)])
def test_an_operation_that_never_works_is_one_cause(valid: int, count: int) -> None:
    ask = Asking(edition())
    ask("make", valid, MADE if valid == 201 else {}, media=JSON if valid == 201 else PROBLEM)
    for body in ({"size": 2}, {"size": "two"}):
        ask("make", 501, {}, media=PROBLEM, body=body)
    found = [finding for finding in ask.probe.recorder.findings() if finding.id == "FG-101"]
    assert len(found) == count
    assert sum(finding.count for finding in found) == 2


@pytest.mark.parametrize(("status", "found"), [(200, []), (201, []), (202, []), (300, ["FG-102", "FG-103"])])
def test_a_range_of_successes_holds_each_of_them(status: int, found: list[str]) -> None:
    assert Asking(edition(created={"2XX": content(SHOWN, JSON)}))("make", status, MADE) == found


@pytest.mark.parametrize("status", [200, 202, 204])
def test_what_is_deleted_without_a_word_is_gone_all_the_same(status: int) -> None:
    ask = Asking(edition(deleted={str(status): {"description": "Gone"}}))
    assert ask("make", 201, MADE) == []
    assert ask("drop", status) == []
    assert ask("read", 404, {}, media=PROBLEM) == []
    assert ask("read", 200, MADE) == ["FG-212"]


@pytest.mark.parametrize(
    ("named", "status", "found"), [("422", 422, []), ("404", 422, ["FG-102"]), ("422", 400, [])]
)
def test_a_refusal_may_have_a_status_that_the_document_names(
    named: str, status: int, found: list[str]
) -> None:
    ask = Asking(edition(created={**CREATED, named: ANY_ERROR}))
    assert ask("make", status, {}, media=PROBLEM, body={"size": 0}) == found


@pytest.mark.parametrize(
    ("query", "status", "found"),
    [
        ("count=1", 201, []),
        ("count=0", 400, []),
        ("count=0", 201, ["FG-211"]),
        ("count=1", 400, ["FG-210"]),
        # How large an integer may be is for the server to say.
        (f"count={2**70}", 201, []),
        (f"count={2**70}", 400, []),
        ("count=1.5", 201, ["FG-211"]),
    ],
)
def test_a_query_is_held_to_its_schema_with_its_exclusive_bound(
    query: str, status: int, found: list[str]
) -> None:
    value, media = (MADE, JSON) if status == 201 else ({}, PROBLEM)
    assert Asking(edition())("make", status, value, media=media, query=query) == found


@pytest.mark.parametrize("number", [b"1e400", b"9" * 400])
@pytest.mark.parametrize(
    ("status", "text", "found"),
    [
        (400, b"{}", []),
        (201, b'{"id":"c1","size":NUMBER}', []),
        (201, b'{"id":"c1","size":1.7976931348623157e308}', []),
        (201, b'{"id":"c1","size":Infinity}', ["FG-104"]),
        (500, b"{}", ["FG-101"]),
    ],
)
def test_a_number_beyond_a_double_may_be_refused_or_kept_nearly(
    number: bytes, status: int, text: bytes, found: list[str]
) -> None:
    ask = Asking(edition())
    request = replace(built(ask.probe.edition, "make", body={}), body=b'{"size":' + number + b"}")
    media = JSON if status == 201 else PROBLEM
    assert ask("make", status, text.replace(b"NUMBER", number), media=media, request=request) == found
    if status == 201 and not found:
        assert ask("read", 200, text.replace(b"NUMBER", number)) == []


def test_a_number_below_every_bound_is_refused_however_far_below() -> None:
    ask = Asking(edition())
    request = replace(built(ask.probe.edition, "make", body={}), body=b'{"size":-1e400}')
    assert ask("make", 201, MADE, request=request) == ["FG-211"]


@pytest.mark.parametrize(("reuses_ids", "found"), [(False, ["FG-207"]), (True, [])])
def test_the_id_of_what_is_gone_is_given_again_where_that_is_said(reuses_ids: bool, found: list[str]) -> None:
    ask = Asking(edition(reuses_ids=reuses_ids))
    assert ask("make", 201, MADE) == []
    assert ask("drop", 204) == []
    assert ask("make", 201, {**MADE, "size": 2}, body={"size": 2}) == found
    if reuses_ids:
        assert ask("read", 200, {**MADE, "size": 2}) == []
        assert ask("read", 200, MADE) == ["FG-201"]
        # What is there keeps its id to itself.
        assert ask("make", 201, MADE) == ["FG-207"]


def test_what_needs_a_body_is_made_with_one() -> None:
    ask = Asking(edition())
    ask.target.answer = lambda _: Response(201, (("Content-Type", JSON),), json.dumps(MADE).encode())
    assert ask.probe.made("cup") is not None
    assert [json.loads(request.body or b"") for request in ask.target.sent] == [{"size": 1}]


def test_bodies_go_to_the_bounds_and_past_them() -> None:
    part = ContractPart(edition())
    sizes = []
    for text in bodies(part, part.edition.operation("make")):
        try:
            value = parsed(text)
        except ValueError:
            continue
        sizes += [value["size"]] if isinstance(value, dict) and "size" in value else []
    assert {-1, 0, 1, 10**400, -(10**400)} <= {size for size in sizes if isinstance(size, int)}


def test_a_wrong_token_hides_nothing_where_none_is_needed() -> None:
    ask = Asking(edition())
    assert ask("make", 201, MADE) == []
    stranger = replace(
        built(ask.probe.edition, "drop", {"cup": "c1"}), headers=(("Authorization", "Bearer x"),)
    )
    assert ask("drop", 204, request=stranger) == []
    # It is gone, whoever asks; and what was refused for its token is not.
    assert ask("drop", 404, {}, media=PROBLEM, request=stranger) == []
    assert ask("read", 200, MADE) == ["FG-212"]


def test_a_method_that_a_server_does_not_know_may_be_no_method_of_its() -> None:
    for status, found in ((405, ["FG-107"]), (501, []), (500, ["FG-101"])):
        ask = Asking(edition())
        unknown = replace(built(ask.probe.edition, "read", {"cup": "c1"}), method="PROPFIND")
        assert ask("read", status, {}, media=PROBLEM, request=unknown) == found


def test_what_was_not_sent_may_be_filled_in_and_what_was_must_come_back() -> None:
    kept = Resource(kind="cup", kept={"/size": "/size", "/note": "/note"})
    assert kept_difference(kept, {"size": 1}, {"size": 1, "note": "none"}) is None
    assert kept_difference(kept, {"size": 1, "note": "n"}, {"size": 1, "note": "none"})
    assert kept_difference(kept, {"size": 1, "note": "n"}, {"size": 1})


@pytest.mark.parametrize(
    ("written", "shown", "is_kept"),
    [
        (1.5e300, 15 * 10**299, True),
        (1.5e300, int(1.5e300), True),
        (1.5e300, 15 * 10**299 + 1, False),
        (-1.7976931348623157e308, -17976931348623157 * 10**292, True),
        (2.0, 2, True),
        (2.5, 2, False),
        (1, True, False),
    ],
)
def test_a_number_may_be_written_with_all_its_digits(written: Any, shown: Any, is_kept: bool) -> None:
    kept = Resource(kind="cup", kept={"/size": "/size"})
    assert (kept_difference(kept, {"size": written}, {"size": shown}) is None) == is_kept


def test_what_breaks_at_a_content_type_without_a_body_is_one_cause() -> None:
    ask = Asking(edition())
    assert ask("make", 201, MADE) == []
    for name in ("read", "drop"):
        request = built(ask.probe.edition, name, {"cup": "c1"})
        labelled = replace(request, headers=(*request.headers, ("Content-Type", "multipart/form-data")))
        assert ask(name, 500, {}, media=PROBLEM, request=labelled) == ["FG-101"]
    [finding] = ask.probe.recorder.findings()
    assert set(finding.operations) == {"read", "drop"}
    assert finding.detail.endswith(" with a Content-Type and no body")


@pytest.mark.parametrize("status", [404, 400])
def test_who_does_not_decode_an_escaped_letter_has_lost_nothing(status: int) -> None:
    ask = Asking(edition())
    assert ask("make", 201, MADE) == []
    request = built(ask.probe.edition, "read", {"cup": "c1"})
    escaped = replace(request, target=request.target.replace("c1", "%631"))
    assert ask("read", status, {}, media=PROBLEM, request=escaped) == ["FG-210"]
    [finding] = ask.probe.recorder.findings()
    assert (finding.operation, finding.severity) == ("read", "major")
    assert finding.detail == f"{status} where 200 is due to a valid GET with an escaped letter in its path"
    assert "RFC 3986, section 2.3" in finding.rule


def test_who_decodes_it_is_not_blamed_and_who_lost_the_thing_is() -> None:
    ask = Asking(edition())
    assert ask("make", 201, MADE) == []
    request = built(ask.probe.edition, "read", {"cup": "c1"})
    escaped = replace(request, target=request.target.replace("c1", "%631"))
    assert ask("read", 200, MADE, request=escaped) == []
    for slashed in ("%2Fc1", "c1%2F", "%25631"):
        near = replace(request, target=request.target.replace("c1", slashed))
        assert ask("read", 404, {}, media=PROBLEM, request=near) == []
    assert ask("read", 404, {}, media=PROBLEM, request=request) == ["FG-209"]
