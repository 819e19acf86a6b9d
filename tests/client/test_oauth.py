import asyncio
import base64
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs

import httpx
import pytest

from flowgauge import client as fc

AT = fc.Connection("http://server.test", client_id="my client", client_secret="s3cr3t:ü")
INFO = {"version": "1"}


class Provider:
    """Sells numbered tokens and takes only the newest; answers everything else."""

    def __init__(self, lifetime=3600):
        self.sold = 0
        self.lifetime = lifetime
        self.refused = 0
        self.accepts = lambda number: number == self.sold
        self.purchases = []
        self.calls = []

    def __call__(self, request):
        if request.url.path == "/api/auth/oauth/token":
            self.purchases.append(request)
            self.sold += 1
            return httpx.Response(
                200, json={"access_token": f"token-{self.sold}", "expires_in": self.lifetime}
            )
        self.calls.append(request)
        scheme, _, token = request.headers["authorization"].partition("-")
        if scheme != "Bearer token" or not self.accepts(int(token)):
            self.refused += 1
            return httpx.Response(401, json={"errorCode": "VALIDATION", "errorMessage": "expired"})
        return httpx.Response(200, json=INFO)


def test_a_token_is_bought_once_as_the_rfc_says(client_of):
    provider = Provider()
    client = client_of(provider, at=AT)
    for _ in range(3):
        assert client.call("get_server_info").version == "1"
    (purchase,) = provider.purchases
    assert (purchase.method, str(purchase.url)) == ("POST", "http://server.test/api/auth/oauth/token")
    assert parse_qs(purchase.content.decode()) == {"grant_type": ["client_credentials"]}
    assert purchase.headers["content-type"] == "application/x-www-form-urlencoded"
    credentials = base64.b64decode(purchase.headers["authorization"].removeprefix("Basic ")).decode()
    assert credentials == "my+client:s3cr3t%3A%C3%BC"
    assert [c.headers["authorization"] for c in provider.calls] == ["Bearer token-1"] * 3


@pytest.mark.parametrize(("lifetime", "holds"), [(3600, 3570), (100, 90), (10, 9)])
def test_a_token_is_bought_anew_shortly_before_it_ends(client_of, clock, lifetime, holds):
    provider = Provider(lifetime)
    client = client_of(provider, at=AT, clock=clock)
    client.call("get_server_info")
    clock.now += holds - 0.5
    client.call("get_server_info")
    assert provider.sold == 1
    clock.now += 1
    client.call("get_server_info")
    assert provider.sold == 2
    assert provider.refused == 0


def test_a_token_that_is_refused_is_replaced_once(client_of):
    provider = Provider()
    client = client_of(provider, at=AT)
    client.call("get_server_info")
    provider.accepts = lambda number: number >= 2
    assert client.call("get_server_info").version == "1"
    assert (provider.sold, provider.refused) == (2, 1)


def test_a_server_that_refuses_every_token_is_asked_twice_and_no_more(client_of):
    provider = Provider()
    provider.accepts = lambda number: False
    with pytest.raises(fc.Unauthorized) as caught:
        client_of(provider, at=AT).call("get_server_info")
    assert caught.value.status == 401
    assert (provider.sold, len(provider.calls)) == (2, 2)


def test_a_body_is_sent_again_whole_after_a_refusal(client_of, workflow):
    provider = Provider()
    bodies = []

    def handle(request):
        reply = provider(request)
        if request.url.path.endswith("/flows"):
            bodies.append(request.content)
            return reply if reply.status_code == 401 else httpx.Response(201, json={"data": workflow})
        return reply

    client = client_of(handle, at=AT)
    client.call("get_server_info")
    provider.accepts = lambda number: number >= 2
    client.call("create_workflow", {"stages": []})
    assert bodies == [b'{"stages":[]}'] * 2


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (401, {"error": "invalid_client", "error_description": "unknown client"}, "unknown client"),
        (400, {"error": "unsupported_grant_type"}, "unsupported_grant_type"),
        (500, b"<html>", "status 500"),
        (200, b"<html>", "without an access_token"),
        (200, {"access_token": ""}, "without an access_token"),
        (200, {"access_token": "t", "expires_in": "soon"}, "expires_in"),
        (200, {"access_token": "t", "expires_in": "nan"}, "expires_in"),
        (200, {"access_token": "t", "expires_in": True}, "expires_in"),
        (200, {"access_token": "tok\nen"}, "no header"),
        (200, b"[" * 100_000, "without an access_token"),
        (204, b"", "status 204"),
        (400, {"error": {"nested": 1}}, "nested"),
        (400, {"error_description": "x" * 100_000}, "xxx"),
        (401, {"error_description": "s3cr3t:ü or s3cr3t%3A%C3%BC is wrong"}, "[redacted] or [redacted]"),
        (401, {"error_description": "x" * 495 + "s3cr3t:ü"}, "xxx"),
    ],
)
def test_a_token_endpoint_without_a_token_is_told_with_its_status(client_of, answer, status, body, said):
    with pytest.raises(fc.TokenRefused) as caught:
        client_of(answer(status, body), at=AT).call("get_server_info")
    assert caught.value.status == status
    assert said in str(caught.value)
    assert "/api/auth/oauth/token" in caught.value.request
    assert "s3cr" not in str(caught.value)
    assert "tok\n" not in str(caught.value)
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize(
    ("said", "holds"),
    [
        ({}, 3600),
        ({"expires_in": None}, 3600),
        ({"expires_in": "100"}, 100),
        ({"expires_in": 10**400}, 1e6),
        ({"expires_in": 1e300}, 1e6),
    ],
)
def test_a_lifetime_is_read_as_endpoints_write_it(client_of, clock, said, holds):
    provider = Provider()

    def handle(request):
        reply = provider(request)
        if not request.url.path.endswith("token"):
            return reply
        return httpx.Response(200, json={"access_token": f"token-{provider.sold}", **said})

    client = client_of(handle, at=AT, clock=clock)
    client.call("get_server_info")
    clock.now += holds * 0.85
    client.call("get_server_info")
    assert provider.sold == 1


@pytest.mark.parametrize("lifetime", [0, -5, "-1"])
def test_a_token_that_is_over_at_once_is_used_once(client_of, lifetime):
    provider = Provider(lifetime)
    client = client_of(provider, at=AT)
    for _ in range(3):
        assert client.call("get_server_info").version == "1"
    assert (provider.sold, len(provider.calls)) == (3, 3)


def test_what_the_server_repeats_of_a_bought_token_is_struck_out(client_of):
    def echo(request):
        if request.url.path.endswith("token"):
            return httpx.Response(200, json={"access_token": "b0ught"})
        return httpx.Response(500, text=f"you sent {request.headers['authorization']}")

    with pytest.raises(fc.ServerError) as caught:
        client_of(echo, at=AT).call("get_server_info")
    assert "you sent Bearer [redacted]" in str(caught.value)


def test_buying_a_token_is_part_of_the_call_s_time(client_of, clock):
    def slow(request):
        limits = request.extensions["timeout"]
        if request.url.path.endswith("token"):
            clock.now += 20
            return httpx.Response(200, json={"access_token": "t"})
        assert limits.get("read") == 10
        return httpx.Response(200, json=INFO)

    client_of(slow, at=AT, clock=clock, timeout=30).call("get_server_info")


def test_a_token_endpoint_that_hangs_does_not_hold_everyone_in_a_queue():
    is_over = threading.Event()

    def hang(_request):
        is_over.wait(10)
        raise httpx.ReadTimeout("timed out")

    with fc.Client(AT, transport=httpx.MockTransport(hang)) as client, ThreadPoolExecutor(2) as pool:
        buying = pool.submit(client.get_server_info)
        with pytest.raises(fc.TimedOut):
            client.get_server_info(timeout=0.1)
        is_over.set()
        with pytest.raises(fc.TimedOut):
            buying.result(10)


def test_a_token_endpoint_that_hangs_holds_no_task_either():
    async def main():
        is_over = asyncio.Event()

        async def hang(_request):
            await is_over.wait()
            raise httpx.ReadTimeout("timed out")

        async with fc.AsyncClient(AT, transport=httpx.MockTransport(hang)) as client:
            buying = asyncio.create_task(client.get_server_info())
            await asyncio.sleep(0)
            with pytest.raises(fc.TimedOut):
                await client.get_server_info(timeout=0.1)
            is_over.set()
            with pytest.raises(fc.TimedOut):
                await buying

    asyncio.run(main())


def test_a_token_endpoint_that_is_down_is_a_transport_error_about_it(client_of):
    def handle(request):
        raise httpx.ConnectError("refused")

    with pytest.raises(fc.ConnectFailed) as caught:
        client_of(handle, at=AT).call("get_server_info")
    assert "/api/auth/oauth/token" in caught.value.request


def test_the_token_url_can_be_elsewhere(client_of):
    seen = []

    def handle(request):
        seen.append(request)
        if request.url.host == "login.test":
            return httpx.Response(200, json={"access_token": "t"})
        return httpx.Response(200, json=INFO)

    at = fc.Connection(
        "http://server.test", client_id="i", client_secret="s", token_url="https://login.test/x"
    )
    client_of(handle, at=at).call("get_server_info")
    assert [str(r.url) for r in seen] == [
        "https://login.test/x",
        "http://server.test/api/orchestration/_info",
    ]
    assert seen[1].headers["authorization"] == "Bearer t"


def test_a_bought_token_does_not_follow_a_redirect_to_another_origin(client_of):
    provider = Provider()
    seen = []

    def handle(request):
        seen.append(request)
        if request.url.host == "other.test":
            return httpx.Response(200, json=INFO)
        reply = provider(request)
        moved = httpx.Response(307, headers={"location": "http://other.test/"})
        return moved if request.url.path.endswith("_info") else reply

    client_of(handle, at=AT, follow_redirects=True).call("get_server_info")
    assert seen[-1].url.host == "other.test"
    assert "authorization" not in seen[-1].headers


def test_a_static_token_wins_over_client_credentials(client_of):
    provider = Provider()
    provider.accepts = lambda number: number == 99
    at = fc.Connection("http://server.test", token="token-99", client_id="i", client_secret="s")
    client_of(provider, at=at).call("get_server_info")
    assert provider.sold == 0


def test_of_many_threads_one_buys():
    provider = Provider()
    all_here = threading.Barrier(8)

    def slow(request):
        if request.url.path.endswith("token"):
            time.sleep(0.05)  # the other seven arrive meanwhile
        return provider(request)

    with fc.Client(AT, transport=httpx.MockTransport(slow)) as client, ThreadPoolExecutor(8) as pool:

        def call(_):
            all_here.wait(10)
            return client.get_server_info().version

        assert list(pool.map(call, range(8))) == ["1"] * 8
        provider.accepts = lambda number: number >= 2
        assert list(pool.map(call, range(8))) == ["1"] * 8
    assert provider.sold == 2


def test_of_many_tasks_one_buys():
    provider = Provider()

    async def slow(request):
        if request.url.path.endswith("token"):
            await asyncio.sleep(0)
        return provider(request)

    async def main():
        async with fc.AsyncClient(AT, transport=httpx.MockTransport(slow)) as client:
            first = await asyncio.gather(*[client.get_server_info() for _ in range(50)])
            provider.accepts = lambda number: number >= 2
            second = await asyncio.gather(*[client.get_server_info() for _ in range(50)])
            return {info.version for info in first + second}

    assert asyncio.run(main()) == {"1"}
    assert provider.sold == 2


def test_the_auth_serves_a_plain_httpx_client_too():
    provider = Provider()
    auth = fc.ClientCredentials(AT)
    with httpx.Client(transport=httpx.MockTransport(provider), auth=auth) as client:
        assert client.get("http://server.test/api/orchestration/_info").json() == INFO
    assert provider.sold == 1
