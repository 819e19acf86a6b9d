"""The oracle: which statuses a request deserves."""

from urllib.parse import unquote

import pytest

from flowgauge.contract.judging.knowledge import Knowledge, Record
from flowgauge.contract.judging.oracle import expectation
from flowgauge.contract.judging.tolerances import VIRTUAL
from flowgauge.contract.tokens import EXPIRED_TOKEN, OTHER_TOKEN, TOKEN
from flowgauge.editions import edition_named
from flowgauge.results import Exchange, Request

FLOWS = "/api/orchestration/flows"
BEARER = ("Authorization", f"Bearer {TOKEN}")
JSON = ("Content-Type", "application/json")
CREATED = Exchange("createWorkflow", Request("POST", FLOWS), None, 0.0, 1.0)
STARTED = Exchange("runWorkflow", Request("POST", f"{FLOWS}/f1/runs"), None, 1.0, 2.0)


def knowledge(*, is_exclusive: bool = True) -> Knowledge:
    known = Knowledge(edition_named("v0"), is_exclusive, VIRTUAL)
    for flow_id, run_id in (("f1", "r1"), ("f2", "r2")):
        workflow = Record("workflow", flow_id, None, {"stages": []}, CREATED, {}, CREATED)
        known.add(workflow)
        known.add(Record("run", run_id, workflow, {}, STARTED, {}, STARTED))
    known.led("given out", ())
    return known


def statuses(method: str, target: str, body: bytes | None = None, *headers: tuple[str, str]) -> set[int]:
    given = headers or ((BEARER, JSON) if body is not None else (BEARER,))
    return set(expectation(Request(method, target, given, body), knowledge()).statuses)


@pytest.mark.parametrize(
    ("method", "target", "wanted"),
    [
        ("GET", "/api/orchestration/_info", {200}),
        ("HEAD", "/api/orchestration/_info", {200}),
        ("GET", FLOWS, {200}),
        ("POST", FLOWS, {201}),
        ("GET", f"{FLOWS}/f1", {200}),
        ("GET", f"{FLOWS}/f3", {404}),
        ("GET", f"{FLOWS}/", {404}),
        ("GET", f"{FLOWS}/f%31", {200}),
        ("GET", f"{FLOWS}/f1/runs", {200}),
        ("GET", f"{FLOWS}/f1/runs/r1", {200}),
        ("GET", f"{FLOWS}/f2/runs/r1", {404}),
        ("GET", f"{FLOWS}/f1/runs/nope", {404}),
        ("POST", f"{FLOWS}/f1/runs?wait=true", {201}),
        ("POST", f"{FLOWS}/f1/runs?wait=false", {201}),
        ("POST", f"{FLOWS}/f1/runs?wait=1", {400}),
        ("POST", f"{FLOWS}/f1/runs?wait=", {400}),
        ("POST", f"{FLOWS}/f1/runs?wait=true&wait=true", {400}),
        ("POST", f"{FLOWS}/f3/runs?wait=1", {400, 404}),
        ("GET", f"{FLOWS}/f1/runs?pageSize=1", {200}),
        ("GET", f"{FLOWS}/f1/runs?pageSize=0", {400}),
        ("GET", f"{FLOWS}/f1/runs?pageSize=1001", {400}),
        ("GET", f"{FLOWS}/f1/runs?surprise=1", {200, 400}),
        ("GET", f"{FLOWS}/f1/runs?cursor=abc", {200, 400}),
        ("GET", f"{FLOWS}/f1/runs?cursor=", {400}),
        ("GET", f"{FLOWS}/f1/runs?cursor=not%20a%20cursor", {400}),
        ("GET", f"{FLOWS}/f1/runs?cursor=given%20out", {200, 400}),
        ("DELETE", FLOWS, {405, 501}),
        ("OPTIONS", FLOWS, {200, 204, 405, 501}),
        ("GET", "/api/orchestration/flow", {404}),
    ],
)
def test_a_request_with_a_valid_token_deserves(method: str, target: str, wanted: set[int]) -> None:
    assert statuses(method, target) == wanted


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (b'{"stages":[]}', {201}),
        (b'{"stages":[{}]}', {201}),
        (b'{"stages":[{"n":123456789012345678901234567890}]}', {201}),
        (b"", {201}),
        (b"{}", {400}),
        (b"null", {400}),
        (b'{"stages":null}', {400}),
        (b'{"stages":[1]}', {400}),
        (b'{"stages":[]', {400}),
        (b'{"stages":[NaN]}', {400}),
        (b'{"stages":[{"a":1e400}]}', {201, 400}),
        (b'{"stages":[]} x', {400}),
        (b'{"stages":[{"a":1,"a":2}]}', {201, 400}),
    ],
)
def test_a_create_with_this_body_deserves(body: bytes, wanted: set[int]) -> None:
    assert statuses("POST", FLOWS, body) == wanted


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ((JSON,), {401}),
        ((JSON, ("Authorization", f"bearer {OTHER_TOKEN}")), {201}),
        ((JSON, ("Authorization", f"Bearer {EXPIRED_TOKEN}")), {401}),
        ((JSON, ("Authorization", "Bearer nonsense")), {401}),
        ((JSON, ("Authorization", f"Basic {TOKEN}")), {401}),
        ((JSON, BEARER, BEARER), {400, 401}),
        ((BEARER,), {400, 415}),
        ((BEARER, ("Content-Type", "text/plain")), {400, 415}),
        ((BEARER, ("content-type", "application/json; charset=utf-8")), {201}),
        ((("Content-Type", "text/plain"),), {400, 401, 415}),
    ],
)
def test_a_create_with_these_headers_deserves(headers: tuple[tuple[str, str], ...], wanted: set[int]) -> None:
    assert statuses("POST", FLOWS, b'{"stages":[]}', *headers) == wanted


@pytest.mark.parametrize(
    ("target", "wanted"),
    [
        ("f1", {401}),
        ("f3", {401}),
        ("f3/runs", {401}),
        ("f1/runs/nope", {401}),
        ("f2/runs/r1", {401}),
        ("f3/runs?pageSize=0", {400, 401}),
        ("x" * 5000, {400, 401, 404, 414, 431}),
    ],
)
def test_a_stranger_is_not_told_what_exists(target: str, wanted: set[int]) -> None:
    assert statuses("GET", f"{FLOWS}/{target}", None, ("Authorization", "Bearer x")) == wanted


def test_on_a_shared_server_an_id_that_looks_real_may_be_real() -> None:
    request = Request("GET", f"{FLOWS}/5b2ef2a0-6f06-4d0c-8d3b-1d1f5e0c9a01", (BEARER,))
    assert set(expectation(request, knowledge(is_exclusive=False)).statuses) == {200, 404}
    assert set(expectation(request, knowledge()).statuses) == {404}


UUID = "5b2ef2a0-6f06-4d0c-8d3b-1d1f5e0c9a01"


@pytest.mark.parametrize(
    ("near", "wanted"),
    [
        (UUID, {200}),
        (UUID.upper(), {200, 400, 404}),
        (UUID[:8].upper() + UUID[8:], {200, 400, 404}),
        (UUID.replace("-", ""), {404}),
        (UUID.replace("-", "").upper(), {404}),
        (UUID.upper()[:-1], {404}),
        (f"urn:uuid:{UUID}", {404}),
        (f"%7B{UUID}%7D", {404}),
        (f"{UUID.upper()}%20", {404}),
        ("5B2EF2A0-6F06-4D0C-8D3B-1D1F5E0C9A02", {404}),
        ("F1", {200, 400, 404}),
        ("0042", {200, 400, 404}),
        ("0f1", {404}),
    ],
)
def test_another_case_is_another_spelling_of_an_id_and_little_else_is(near: str, wanted: set[int]) -> None:
    known = knowledge()
    for some_id in (UUID, "42"):
        known.add(Record("workflow", some_id, None, {"stages": []}, CREATED, {}, CREATED))
    known.given_out |= {("workflow", UUID): CREATED, ("workflow", "f1"): CREATED, ("workflow", "42"): CREATED}
    expected = expectation(Request("GET", f"{FLOWS}/{near}", (BEARER,)), known)
    assert set(expected.statuses) == wanted
    assert expected.ids["workflow"] == {"F1": "f1", "0042": "42"}.get(
        near, UUID if 200 in wanted else unquote(near)
    )


def test_who_gave_out_an_id_is_part_of_the_evidence() -> None:
    request = Request("GET", f"{FLOWS}/f1/runs/r1", (BEARER,))
    assert expectation(request, knowledge()).creators == (CREATED, STARTED)
