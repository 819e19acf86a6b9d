"""Who gets in, and how tokens are bought."""

import base64
from typing import Any
from urllib.parse import quote_plus, urlencode

import pytest
from asking import CLIENT, EXPIRED, ROOT, START, TICK, TOKEN, TOKEN_PATH, Answer, Asking

from flowgauge.editions import edition_named
from flowgauge.reference import Credential

FORM = "application/x-www-form-urlencoded"
GRANT = {"grant_type": "client_credentials"}
IN_FORM = {"client_id": CLIENT[0], "client_secret": CLIENT[1]}


def basic(client_id: str, secret: str) -> str:
    # RFC 6749, section 2.3.1: each half is form-encoded.
    text = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return f"Basic {base64.b64encode(text.encode()).decode()}"


def buy(
    server: Asking,
    form: dict[str, str] | bytes,
    *,
    authorization: str | None = None,
    content_type: str = FORM,
) -> Answer:
    headers = [("content-type", content_type)]
    if authorization is not None:
        headers.append(("authorization", authorization))
    body = form if isinstance(form, bytes) else urlencode(form).encode()
    return server.ask("POST", TOKEN_PATH, body, headers=headers, token=None)


ACCEPTED = [
    f"Bearer {TOKEN}",
    f"bearer {TOKEN}",
    f"BEARER {TOKEN}",
    f"bEaReR {TOKEN}",
    f"Bearer   {TOKEN}",
    f" Bearer {TOKEN} ",
]
REFUSED = [
    "",
    "Bearer",
    "Bearer ",
    TOKEN,
    f"Bearer{TOKEN}",
    f"Bearer\t{TOKEN}",
    f"Bearer {TOKEN}x",
    f"Bearer {TOKEN[:-1]}",
    f"Bearer {TOKEN.upper()}",
    f"Bearer {TOKEN} {TOKEN}",
    f"Bearer {TOKEN},",
    f"Bearer {TOKEN}, Bearer {TOKEN}",
    f'Bearer "{TOKEN}"',
    f"Bearer Bearer {TOKEN}",
    f"Bearer {EXPIRED}",
    "Bearer \xff",
    "Bearer null",
    f"Bearer {'x' * 10_000}",
    f"Basic {TOKEN}",
    f"Token {TOKEN}",
    f"Bearer= {TOKEN}",
    basic(*CLIENT),
]


@pytest.mark.parametrize("value", ACCEPTED)
def test_the_scheme_may_be_in_any_case(value: str) -> None:
    answer = Asking().ask("GET", f"{ROOT}/flows", token=None, headers=[("authorization", value)])
    assert answer.status == 200


@pytest.mark.parametrize("value", REFUSED, ids=lambda value: repr(value[:24]))
def test_anything_else_is_a_401(value: str) -> None:
    answer = Asking().ask("GET", f"{ROOT}/flows", token=None, headers=[("authorization", value)])
    assert (answer.status, answer.header("www-authenticate")) == (401, "Bearer")
    assert answer.json["errorCode"] == "VALIDATION"


@pytest.mark.parametrize("values", [[], [TOKEN, TOKEN], [TOKEN, "x"], ["x", TOKEN]])
@pytest.mark.parametrize("operation", edition_named().operations, ids=lambda op: op.id)
def test_every_operation_wants_exactly_one_token(operation: Any, values: list[str]) -> None:
    server = Asking()
    flow_id = server.created()
    run_id = server.ran(flow_id)
    path = operation.url_path({"flowId": flow_id, "runId": run_id})
    headers = [("authorization", f"Bearer {value}") for value in values]
    answer = server.ask(operation.method, path, token=None, headers=headers)
    assert (answer.status, answer.header("www-authenticate")) == (401, "Bearer")
    assert len(server.flows().data) == 1
    assert len(server.runs(flow_id).json["cursor"]["data"]) == 1


def test_a_stranger_learns_nothing_of_what_exists() -> None:
    server = Asking()
    known = server.ask("GET", f"{ROOT}/flows/{server.created()}", token=None)
    unknown = server.ask("GET", f"{ROOT}/flows/x", token=None)
    bad = server.ask("POST", f"{ROOT}/flows", b"{", token=None)
    assert known.reply == unknown.reply == bad.reply


def test_a_token_holds_until_it_ends() -> None:
    server = Asking(lifetime=10)
    token = buy(server, GRANT | IN_FORM).json["access_token"]
    bought = server.now
    path = f"{ROOT}/flows"
    for seconds, status in ((0.0, 200), (10 - TICK, 200), (10.0, 401), (11.0, 401)):
        assert server.answer_at(bought + seconds, "GET", path, token=token).status == status, seconds


def test_a_bought_token_outlives_a_reset_and_a_given_one_never_ends() -> None:
    server = Asking()
    token = buy(server, GRANT | IN_FORM).json["access_token"]
    server.world.reset()
    assert server.ask("GET", f"{ROOT}/flows", token=token).status == 200
    assert server.answer_at(START + 1e9, "GET", f"{ROOT}/flows").status == 200


@pytest.mark.parametrize(
    ("form", "authorization"),
    [
        (GRANT | IN_FORM, None),
        (GRANT | IN_FORM | {"scope": "x"}, None),
        (GRANT, basic(*CLIENT)),
        (GRANT, basic(*CLIENT).replace("Basic", "bAsIc ")),
        (GRANT | {"client_id": CLIENT[0]}, basic(*CLIENT)),
        # RFC 6749, section 3.2: what has no value was not sent.
        (GRANT | {"client_id": "", "client_secret": "", "scope": ""}, basic(*CLIENT)),
    ],
)
def test_a_client_buys_a_token_by_form_or_basic(form: dict[str, str], authorization: str | None) -> None:
    server = Asking(lifetime=1800)
    answer = buy(server, form, authorization=authorization)
    assert answer.status == 200
    assert answer.json.keys() == {"access_token", "token_type", "expires_in"}
    assert (answer.json["token_type"], answer.json["expires_in"]) == ("Bearer", 1800)
    assert (answer.header("cache-control"), answer.header("pragma")) == ("no-store", "no-cache")
    assert answer.media_type == "application/json"
    assert server.ask("GET", f"{ROOT}/flows", token=answer.json["access_token"]).status == 200
    again = buy(server, form, authorization=authorization)
    assert again.json["access_token"] != answer.json["access_token"]


@pytest.mark.parametrize(
    ("form", "authorization", "status", "error"),
    [
        ({}, None, 401, "invalid_client"),
        (GRANT, None, 401, "invalid_client"),
        (GRANT | IN_FORM | {"client_secret": "x"}, None, 401, "invalid_client"),
        (GRANT | IN_FORM | {"client_secret": ""}, None, 401, "invalid_client"),
        (GRANT | IN_FORM | {"client_id": "x"}, None, 401, "invalid_client"),
        (GRANT | {"client_id": "x", "client_secret": ""}, None, 401, "invalid_client"),
        (GRANT, basic("x", CLIENT[1]), 401, "invalid_client"),
        (GRANT, basic(CLIENT[0], "x"), 401, "invalid_client"),
        (GRANT, basic(CLIENT[0], ""), 401, "invalid_client"),
        (GRANT, "Basic", 401, "invalid_client"),
        (GRANT, "Basic !!!", 401, "invalid_client"),
        (GRANT, "Basic " + base64.b64encode(b"no-colon").decode(), 401, "invalid_client"),
        (GRANT, "Basic " + base64.b64encode(b"\xff:\xff").decode(), 401, "invalid_client"),
        (GRANT, f"Bearer {TOKEN}", 401, "invalid_client"),
        (IN_FORM, None, 400, "invalid_request"),
        (GRANT | IN_FORM, basic(*CLIENT), 400, "invalid_request"),
        (IN_FORM | {"grant_type": "password"}, None, 400, "unsupported_grant_type"),
        (IN_FORM | {"grant_type": ""}, None, 400, "invalid_request"),
        (GRANT | {"client_id": "another"}, basic(*CLIENT), 400, "invalid_request"),
        (GRANT, "Basic é", 401, "invalid_client"),
        (GRANT, "Basic \xff\xfe", 401, "invalid_client"),
        (b"grant_type=client_credentials&grant_type=x", basic(*CLIENT), 400, "invalid_request"),
        (b"\xff=\xfe", basic(*CLIENT), 400, "invalid_request"),
        (b"a=%ff", basic(*CLIENT), 400, "invalid_request"),
        (b"", None, 401, "invalid_client"),
    ],
)
def test_a_mistake_at_the_token_endpoint_is_told_as_rfc_6749_says(
    form: dict[str, str] | bytes, authorization: str | None, status: int, error: str
) -> None:
    answer = buy(Asking(), form, authorization=authorization)
    assert (answer.status, answer.json["error"]) == (status, error)
    assert answer.json["error_description"]
    assert answer.header("cache-control") == "no-store"
    assert answer.header("www-authenticate") == ('Basic realm="flowgauge"' if status == 401 else None)


def test_two_authorization_headers_are_refused() -> None:
    server = Asking()
    twice = [("content-type", FORM), *[("authorization", basic(*CLIENT))] * 2]
    answer = server.ask("POST", TOKEN_PATH, urlencode(GRANT).encode(), headers=twice, token=None)
    assert (answer.status, answer.json["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", ""])
def test_the_token_endpoint_takes_forms_only(content_type: str) -> None:
    answer = buy(Asking(), GRANT | IN_FORM, content_type=content_type)
    assert (answer.status, answer.json["error"]) == (400, "invalid_request")


def test_the_token_endpoint_has_the_same_limit_on_bodies() -> None:
    assert buy(Asking(), b"a=" + b"x" * (1 << 20)).status == 413


def test_many_expired_tokens_are_forgotten_and_none_that_holds() -> None:
    server = Asking(lifetime=5)
    for _ in range(10_010):
        token = buy(server, GRANT, authorization=basic(*CLIENT)).json["access_token"]
    assert server.ask("GET", f"{ROOT}/flows", token=token).status == 200
    assert server.ask("GET", f"{ROOT}/flows").status == 200


def test_a_token_is_not_shown_when_it_is_printed() -> None:
    assert TOKEN not in repr(Credential(TOKEN))
