"""One client, many threads; and a client after its end."""

import ast
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from loopback import counting, heard, loopback_server

import Formance
from Formance.apis.tags.orchestration_api import OrchestrationApi

INFO = b'{"version":"1"}'


def test_eight_threads_share_a_client_and_at_most_eight_connections():
    connections = []
    start = threading.Barrier(8)
    with (
        loopback_server(counting(connections, INFO)) as url,
        Formance.ApiClient(Formance.Configuration(host=url)) as client,
        ThreadPoolExecutor(8) as pool,
    ):
        api = OrchestrationApi(client)

        def work(_):
            start.wait(10)
            return [api.orchestrationget_server_info().body.version for _ in range(25)]

        assert list(pool.map(work, range(8))) == [["1"] * 25] * 8
    assert 1 <= len(connections) <= 8


def test_calls_after_the_end_of_the_block_still_work():
    connections = []
    with loopback_server(counting(connections, INFO)) as url:
        with Formance.ApiClient(Formance.Configuration(host=url)) as client:
            api = OrchestrationApi(client)
            api.orchestrationget_server_info()
            api.orchestrationget_server_info()
        assert len(connections) == 1
        assert api.orchestrationget_server_info().body.version == "1"
        assert len(connections) == 2
        client.close()
        client.close()


def test_calls_go_through_a_proxy_with_its_headers():
    heads = []

    def proxy(peer):
        heads.append(heard(peer))
        peer.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 15\r\nconnection: close\r\n\r\n" + INFO)

    with loopback_server(proxy) as url:
        configuration = Formance.Configuration(host="http://server.test")
        configuration.proxy = url
        configuration.proxy_headers = {"X-Proxy-Key": "k"}
        with Formance.ApiClient(configuration) as client:
            assert OrchestrationApi(client).orchestrationget_server_info().body.version == "1"
    assert heads[0].startswith(b"GET http://server.test/api/orchestration/_info HTTP/1.1\r\n")
    assert b"X-Proxy-Key: k" in heads[0]


def test_a_proxy_that_drips_its_answer_to_connect_does_not_outlast_the_timeout():
    def drip(peer):
        heard(peer)
        peer.sendall(b"HTTP/1.1 200 OK\r\nx-drip: ")
        with suppress(OSError):
            for _ in range(500):
                peer.sendall(b"x")
                time.sleep(0.02)

    with loopback_server(drip) as url:
        configuration = Formance.Configuration(host="https://server.test")
        configuration.proxy = url
        start = time.monotonic()
        with Formance.ApiClient(configuration) as client, pytest.raises(Formance.ApiException) as caught:
            OrchestrationApi(client).orchestrationget_server_info(timeout=0.3)
        assert time.monotonic() - start < 5
    assert caught.value.status == 0
    assert "in time" in caught.value.reason


def test_importing_loads_neither_the_document_nor_an_event_loop():
    code = (
        "import sys, Formance, Formance.models, Formance.apis.tags.orchestration_api;"
        "heavy = {'yaml', 'asyncio', 'jsonschema_rs', 'uvicorn', 'locust', 'schemathesis'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_no_module_imports_itself_round_a_corner():
    root = Path(Formance.__file__).parent
    graph = {}
    for path in root.rglob("*.py"):
        # Imports for the type checker count: whoever reads one module has to read the other.
        nodes = [n for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.ImportFrom)]
        name = ".".join(path.relative_to(root.parent).with_suffix("").parts).removesuffix(".__init__")
        graph[name] = {n.module for n in nodes if n.module and n.module.startswith("Formance")}
    assert {"Formance.exceptions", "Formance.schemas"} <= graph["Formance.outcome"]
    list(TopologicalSorter(graph).static_order())
