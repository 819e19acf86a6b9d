"""What only a whole client can show: closing, sharing, secrecy, the surface."""

import asyncio
import inspect
import logging
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from importlib import resources

import httpx
import pytest
from loopback import counting

from flowgauge import client as fc

INFO = b'{"version":"1"}'


def test_a_closed_client_refuses_calls(client_of, answer):
    client = client_of(answer(200, {"version": "1"}))
    client.call("get_server_info")
    client.close() if client.kind == "sync" else client.runner.run(client.client.aclose())
    with pytest.raises(fc.InvalidRequest, match="closed"):
        client.call("get_server_info")


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("server.test", "not an http"),
        ("ftp://server.test", "not an http"),
        ("http://", "not an http"),
        ("http://user:pass@server.test", "user name"),
        ("http://server.test/?a=1", "query"),
        ("http://server.test:999999", "not a URL"),
        ("http://xn--", "not a URL"),
        ("http://a\x00b", "not a URL"),
        (
            fc.Connection("http://server.test", client_id="i", client_secret="s", token_url="http://xn--"),
            "xn--",
        ),
        ("", "no URL"),
        (None, "a Connection or a URL"),
        (fc.Connection("http://server.test", client_id="i"), "an id and a secret"),
        (fc.Connection("http://server.test", "two words"), "bearer token"),
        (fc.Connection("http://server.test", "line\n"), "bearer token"),
        (fc.Connection("http://server.test", "tökén"), "bearer token"),
    ],
)
def test_a_connection_that_cannot_be_is_refused(client_of, at, said):
    with pytest.raises(fc.InvalidRequest) as caught:
        client_of(at=at)
    assert said in str(caught.value)
    assert "pass" not in str(caught.value).replace("pass the", "")
    assert "words" not in str(caught.value)


def test_a_retry_is_a_retry(client_of):
    with pytest.raises(fc.InvalidRequest, match="must be a Retry"):
        client_of(retry=3)


def test_a_server_can_live_under_a_prefix(client_of):
    seen = []

    def handle(request):
        seen.append(str(request.url))
        return httpx.Response(200, json={"version": "1"})

    client_of(handle, at="http://server.test/stack/eu/").call("get_server_info")
    assert seen == ["http://server.test/stack/eu/api/orchestration/_info"]


def test_requests_carry_what_the_contract_asks_and_no_more(client_of, workflow):
    seen = []

    def handle(request):
        seen.append(request)
        return httpx.Response(201, json={"data": workflow})

    client = client_of(handle, at=fc.Connection("http://server.test", "t"))
    client.call("create_workflow")
    client.call("create_workflow", {"stages": [{"é": "\u2028"}]})
    bare, full = seen
    assert set(bare.headers) == {"host", "accept", "user-agent", "authorization", "content-length"}
    assert bare.headers["content-length"] == "0"
    assert bare.headers["accept"] == "application/json"
    assert bare.headers["authorization"] == "Bearer t"
    assert full.headers["content-type"] == "application/json"
    assert full.content == '{"stages":[{"é":"\u2028"}]}'.encode()


def test_eight_threads_share_a_client_and_at_most_eight_connections(socket_server):
    connections = []
    url = socket_server(counting(connections, INFO))
    start = threading.Barrier(8)
    with fc.Client(url) as client, ThreadPoolExecutor(8) as pool:

        def work(_):
            start.wait(10)
            return [client.get_server_info().version for _ in range(25)]

        assert list(pool.map(work, range(8))) == [["1"] * 25] * 8
    assert 1 <= len(connections) <= 8


def test_two_hundred_tasks_share_a_client(socket_server):
    connections = []
    url = socket_server(counting(connections, INFO))

    async def main():
        async with fc.AsyncClient(url) as client:
            return await asyncio.gather(*[client.get_server_info() for _ in range(200)])

    assert [info.version for info in asyncio.run(main())] == ["1"] * 200
    # At most 100 at a time; on a busy machine some rest for too long and are opened anew.
    assert len(connections) < 150


def test_a_cancelled_task_leaves_the_client_usable(socket_server):
    url = socket_server(counting([], INFO))

    async def main():
        async with fc.AsyncClient(url) as client:
            tasks = [asyncio.create_task(client.get_server_info()) for _ in range(20)]
            await asyncio.sleep(0)
            for task in tasks[::2]:
                task.cancel()
            done = await asyncio.gather(*tasks, return_exceptions=True)
            assert sum(isinstance(d, asyncio.CancelledError) for d in done) == 10
            return await client.get_server_info()

    assert asyncio.run(main()).version == "1"


def test_no_log_and_no_repr_holds_the_token(client_of, socket_server, caplog):
    caplog.set_level(logging.DEBUG)
    url = socket_server(counting([], INFO))
    at = fc.Connection(url, "s3cr3t-t0k3n")
    client = client_of(at=at)
    client.call("get_server_info")
    assert caplog.text
    told = caplog.text + repr(at) + repr(client.client) + repr(vars(client.client))
    assert "s3cr3t-t0k3n" not in told


def test_the_surface_is_what_it_says():
    assert fc.__all__ == sorted(fc.__all__)
    assert all(getattr(fc, name).__doc__ for name in fc.__all__)
    public = {
        name for name, value in vars(fc).items() if not name.startswith("_") and not inspect.ismodule(value)
    }
    assert public == set(fc.__all__)


def test_both_clients_have_the_same_methods_with_the_same_arguments():
    def methods(client):
        return {
            name: [p.replace(kind=p.kind) for p in inspect.signature(method).parameters.values()]
            for name, method in vars(client).items()
            if not name.startswith("_") and name not in {"close", "aclose"}
        }

    assert methods(fc.Client) == methods(fc.AsyncClient)


def test_the_paths_of_the_api_stand_in_one_module_of_the_client():
    for file in resources.files("flowgauge.client").iterdir():
        if file.name.endswith(".py") and file.name != "operations.py":
            assert not re.search(r"/api/|/flows|/runs", file.read_text("utf-8")), file.name
