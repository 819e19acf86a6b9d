"""The ways to a fake: respx and transport, sync and async, context manager and decorator, overrides."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpcore
import httpx
import pytest
import respx

from flowgauge.errors import UsageError
from flowgauge.fake import Fake, RequestMismatch
from flowgauge.reference.fake.server import JOURNAL_LIMIT

FLOWS = "/api/orchestration/flows"


def test_every_way_in_leads_to_one_world(fake: Fake, ask: Any) -> None:
    created = ask(fake, "POST", FLOWS, json={"stages": [{"noop": {}}]})
    assert created.status_code == 201
    assert created.headers["content-type"] == "application/json"
    flow = created.json()["data"]
    assert ask(fake, "GET", FLOWS).json() == {"data": [flow]}
    assert fake.flows() == [flow]


def test_head_has_the_length_and_not_the_body(fake: Fake, ask: Any) -> None:
    got, headed = ask(fake, "GET", FLOWS), ask(fake, "HEAD", FLOWS)
    assert headed.content == b""
    assert headed.headers["content-length"] == str(len(got.content)) != "0"


def test_options_names_the_methods(fake: Fake, ask: Any) -> None:
    answer = ask(fake, "OPTIONS", FLOWS)
    assert (answer.status_code, answer.headers["allow"]) == (204, "GET, HEAD, OPTIONS, POST")


def test_the_token_is_asked_for(fake: Fake, ask: Any) -> None:
    for token in ("wrong", fake.expired_token):
        refused = ask(fake, "GET", FLOWS, headers={"Authorization": f"Bearer {token}"})
        assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
    assert ask(fake, "GET", FLOWS, headers={"Authorization": f"Bearer {fake.other_token}"}).status_code == 200


def test_without_a_token_nobody_needs_one(ask: Any) -> None:
    with Fake(token=None) as fake:
        assert ask(fake, "GET", FLOWS).status_code == 200


def test_a_token_can_be_bought_and_expires(fake: Fake, ask: Any) -> None:
    sale = ask(
        fake,
        "POST",
        "/api/auth/oauth/token",
        data={"grant_type": "client_credentials"},
        auth=(fake.client_id, fake.client_secret),
        headers={"Authorization": ""},
    )
    token = sale.json()["access_token"]
    bought = {"Authorization": f"Bearer {token}"}
    assert ask(fake, "GET", FLOWS, headers=bought).status_code == 200
    fake.advance(sale.json()["expires_in"] + 1)
    assert ask(fake, "GET", FLOWS, headers=bought).status_code == 401


def test_a_fake_may_stand_below_a_path(ask: Any) -> None:
    with Fake("https://server.test:8443/prefix/") as fake:
        assert ask(fake, "GET", "https://server.test:8443/prefix" + FLOWS).status_code == 200
        with pytest.raises(RequestMismatch, match="is not below"):
            ask(fake, "GET", "https://server.test:8443" + FLOWS)


@pytest.mark.parametrize("url", ["server.test", "ftp://server.test", "http://", "http://server.test?a=b"])
def test_a_fake_needs_the_root_url_of_a_server(url: str) -> None:
    with pytest.raises(UsageError, match="root URL"):
        Fake(url)


def test_a_route_of_its_own_comes_before_the_fake(ask: Any) -> None:
    with Fake() as fake:
        route = fake.router.get(fake.url + FLOWS).respond(418)
        # A transport knows nothing of respx.
        assert ask(fake, "GET", FLOWS).status_code == (418 if ask.way == "respx" else 200)
        assert ask(fake, "POST", FLOWS).status_code == 201
        assert route.call_count == int(ask.way == "respx")
    with fake:
        assert ask(fake, "GET", FLOWS).status_code == 200


def test_the_record_of_a_route_of_its_own_is_bounded() -> None:
    with Fake() as fake, httpx.Client(base_url=fake.url) as client:
        fake.router.get(path="/over").respond(204)
        for _ in range(JOURNAL_LIMIT + 5):
            client.get("/over")
        assert len(fake.router.calls) == JOURNAL_LIMIT


def test_two_fakes_and_a_router_of_respx_stand_side_by_side() -> None:
    with Fake("http://one.test") as one, Fake("http://two.test") as two, respx.mock() as bare:
        bare.get("http://three.test/").respond(204)
        assert httpx.get("http://one.test" + FLOWS, headers=one.headers).status_code == 200
        assert httpx.post("http://two.test" + FLOWS, headers=two.headers).status_code == 201
        assert httpx.get("http://three.test/").status_code == 204
        assert (len(one.flows()), len(two.flows())) == (0, 1)
        with pytest.raises(AssertionError, match=r"four\.test"):
            httpx.get("http://four.test/")


def test_after_the_block_nothing_is_patched() -> None:
    with Fake() as fake:
        pass
    with pytest.raises(httpx.ConnectError):
        httpx.get("http://127.0.0.1:9" + FLOWS, headers=fake.headers)


def test_a_stranger_is_told_how_to_be_let_through(fake: Fake) -> None:
    with pytest.raises(RequestMismatch, match="pass_through"):
        httpx.get("http://other.test/")


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"url": "http://u:p@server.test"}, "root URL"),
        ({"url": "http://server.test:99999"}, "root URL"),
        ({"seed": None}, "integer"),
        ({"seed": "7"}, "integer"),
        ({"start": float("nan")}, "cannot show"),
        ({"start": float("inf")}, "cannot show"),
        ({"start": 1e12}, "cannot show"),
        ({"start": "now"}, "cannot show"),
        ({"token": "two words"}, "token"),
        ({"token": ""}, "token"),
        ({"token": 5}, "token"),
        ({"faults": "create-200"}, r"faults=\['create-200'\]"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        Fake(**settings)


def test_a_fake_cannot_be_entered_twice(fake: Fake) -> None:
    with pytest.raises(UsageError, match="in use"):
        fake.__enter__()


decorated = Fake()
SEEDED = decorated.create_flow([{"noop": {}}])["id"]


@decorated
def made_a_flow(number: int, fake: Fake) -> list[str]:
    httpx.post(fake.url + FLOWS, headers=fake.headers)
    return [str(number), *(flow["id"] for flow in fake.flows())]


@decorated
async def made_a_flow_async(number: int, fake: Fake) -> list[str]:
    async with httpx.AsyncClient() as client:
        await client.post(fake.url + FLOWS, headers=fake.headers)
    return [str(number), *(flow["id"] for flow in fake.flows())]


def test_a_decorated_function_finds_the_fake_as_it_was_each_time() -> None:
    first, second = made_a_flow(7), made_a_flow(7)
    assert first == second == asyncio.run(made_a_flow_async(7))
    assert [first[0], first[2]] == ["7", SEEDED]


def test_a_decorated_test_asks_pytest_for_its_other_arguments_only() -> None:
    assert list(inspect.signature(made_a_flow).parameters) == ["number"]


@decorated
def generated(fake: Fake) -> Iterator[int]:
    yield httpx.get(fake.url + FLOWS, headers=fake.headers).status_code
    yield httpx.get(fake.url + FLOWS, headers=fake.headers).status_code


@decorated
async def generated_async(fake: Fake) -> AsyncIterator[int]:
    async with httpx.AsyncClient(headers=fake.headers) as client:
        yield (await client.get(fake.url + FLOWS)).status_code
        yield (await client.get(fake.url + FLOWS)).status_code


def test_a_decorated_generator_is_in_the_block_to_its_end() -> None:
    async def collected() -> list[int]:
        return [status async for status in generated_async()]

    assert list(generated()) == asyncio.run(collected()) == [200, 200]
    assert inspect.isgeneratorfunction(generated)
    assert inspect.isasyncgenfunction(generated_async)


class Inherited:
    def test_from_above(self, fake: Fake) -> int:
        return len(fake.flows())


@decorated
class Decorated(Inherited):
    def test_plain(self, number: int, fake: Fake) -> list[str]:
        httpx.post(fake.url + FLOWS, headers=fake.headers)
        return [str(number), *(flow["id"] for flow in fake.flows())]

    async def test_async(self, fake: Fake) -> int:
        async with httpx.AsyncClient() as client:
            return (await client.get(fake.url + FLOWS, headers=fake.headers)).status_code

    @staticmethod
    def test_static(fake: Fake) -> str:
        return fake.url

    def helper(self, fake: str) -> str:
        return fake


def test_a_decorated_class_is_still_one_and_each_of_its_tests_has_the_fake() -> None:
    assert inspect.isclass(Decorated)
    tests: Any = Decorated()
    assert tests.test_plain(7) == tests.test_plain(7) == made_a_flow(7)
    assert asyncio.run(tests.test_async()) == 200
    assert tests.test_from_above() == 1
    assert tests.test_static() == decorated.url
    assert tests.helper("mine") == "mine"


def test_what_has_no_test_cannot_be_decorated() -> None:
    class Nothing:
        pass

    for target in (Nothing, 7):
        with pytest.raises(UsageError):
            Fake()(target)  # type: ignore[type-var]


def test_an_async_block() -> None:
    async def main() -> int:
        async with Fake() as fake, httpx.AsyncClient() as client:
            return (await client.get(fake.url + FLOWS, headers=fake.headers)).status_code

    assert asyncio.run(main()) == 200


def test_raw_targets_reach_the_world_as_they_are() -> None:
    fake = Fake(strict=False)
    request = httpx.Request(
        "GET", fake.url, headers=fake.headers, extensions={"target": FLOWS.encode() + b"/../flows"}
    )
    assert fake.transport().handle_request(request).status_code == 404


def test_httpcore_is_what_respx_patches() -> None:
    """The fake answers whatever is built on httpcore."""
    with Fake() as fake, httpcore.ConnectionPool() as pool:
        answer = pool.request("GET", fake.url + FLOWS, headers=fake.headers)
        assert answer.status == 200


@pytest.mark.parametrize(
    ("target", "value"),
    [
        (FLOWS, "Bearer fake-token\n"),
        (FLOWS, " Bearer fake-token"),
        (FLOWS, "Bearer "),
        (FLOWS, "a\x00b"),
        (f"{FLOWS}/a b", "x"),
        (f"{FLOWS}/\x7f", "x"),
        (f"{FLOWS}?a=\xfc", "x"),
    ],
)
def test_what_no_client_can_write_fails_as_it_would_on_the_way_out(target: str, value: str) -> None:
    fake = Fake()
    with httpx.Client(headers={"Authorization": value}, transport=fake.transport()) as client:
        request = client.build_request("GET", fake.url, extensions={"target": target.encode("latin-1")})
        with pytest.raises(httpx.LocalProtocolError) as raised:
            client.send(request)
        assert "fake-token" not in str(raised.value)
        assert len(fake.journal) == 0
