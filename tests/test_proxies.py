"""A proxy that is named: all of us ask through it, and say when it is to blame."""

import asyncio
import base64
import json
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme
from loopback import loopback_server
from small_proxy import SmallProxy, small_proxy
from small_suites import small_suite

from flowgauge.client import AsyncClient, Client, ClientError, Connection
from flowgauge.client.connection import connection_from
from flowgauge.client.oauth import fetch_token
from flowgauge.client.proxy import TunnelAnswer, proxy_of
from flowgauge.contract.requests import built
from flowgauge.contract.settings import Settings
from flowgauge.contract.targets.first_question import check_what_answers
from flowgauge.contract.targets.opening import opened
from flowgauge.editions import edition_named
from flowgauge.errors import ExitCode, TargetUnreachable, UsageError
from flowgauge.load.runs.greeting import greeted
from flowgauge.load.runs.target import addresses_of, reached_target
from flowgauge.load.transport import failures
from flowgauge.load.transport.tunnels import channel_for
from flowgauge.load.transport.wire import Wire
from flowgauge.reference.server.embedded import Embedded, embedded_server
from flowgauge.results import read_contract_report, read_load_run

EDITION = edition_named("v0")
PASSWORD = "s3cret-of-the-proxy"
CONNECTED = "HTTP/1.1 200 Connection established\r\n\r\n"


class Answering(BaseHTTPRequestHandler):
    """Says its version, and gives out tokens."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        assert self.path.startswith("/")
        self._answer({"version": "1.0.0"})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer({"access_token": "t0ken", "token_type": "Bearer", "expires_in": 60})

    def _answer(self, value: object) -> None:
        assert "Proxy-Authorization" not in self.headers
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Path:
    place, authority = tmp_path_factory.mktemp("tls"), trustme.CA()
    authority.cert_pem.write_to_path(place / "ca.pem")
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(place / "server.pem")
    return place


@pytest.fixture(params=["http", "https"])
def url(request, authority, monkeypatch) -> Iterator[str]:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority / "ca.pem"))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        if request.param == "https":
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(authority / "server.pem")
            server.socket = context.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"{request.param}://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture(params=["", PASSWORD], ids=["open", "with a password"])
def proxy(request) -> Iterator[SmallProxy]:
    with small_proxy(request.param) as proxy:
        yield proxy


def asked_by_the_suites(to: Connection) -> int:
    with closing(opened(Settings(connection=to), to)) as target:
        exchange = target.send(built(EDITION, EDITION.greeting or ""))
        assert exchange.response is not None, exchange.error
        assert "Proxy-Authorization" not in dict(exchange.request.headers)
        return exchange.response.status


def asked_by_the_load(to: Connection) -> int:
    return int(reached_target(to, EDITION).connection.url == to.url) and 200


def asked_by_the_client(to: Connection) -> int:
    with Client(to) as client:
        assert client.get_server_info().version == "1.0.0"
    return 200


def asked_by_the_async_client(to: Connection) -> int:
    async def ask() -> None:
        async with AsyncClient(to) as client:
            assert (await client.get_server_info()).version == "1.0.0"

    asyncio.run(ask())
    return 200


def asked_by_the_token_endpoint(to: Connection) -> int:
    buyer = Connection(to.url, client_id="i", client_secret="s", token_url=f"{to.url}/token", proxy=to.proxy)
    return 200 if fetch_token(buyer).value == "t0ken" else 0


@pytest.mark.parametrize(
    "ask",
    [asked_by_the_suites, asked_by_the_load, asked_by_the_token_endpoint],
    ids=lambda ask: ask.__name__,
)
def test_each_asks_through_it(ask, url, proxy) -> None:
    assert ask(Connection(url, token="t", proxy=proxy.url)) == 200
    place = url.partition("//")[2]
    expected = f"CONNECT {place} HTTP/1.1" if url.startswith("https") else f"{url}/"
    assert proxy.asked
    assert all(expected in first for first in proxy.asked)


@pytest.mark.parametrize("ask", [asked_by_the_client, asked_by_the_async_client], ids=lambda a: a.__name__)
@pytest.mark.parametrize("url", ["http"], indirect=True)
def test_so_does_the_typed_client(ask, url, proxy) -> None:
    assert ask(Connection(url, token="t", proxy=proxy.url)) == 200
    assert proxy.asked == [f"GET {url}/api/orchestration/_info HTTP/1.1"]


@pytest.mark.parametrize("ask", [asked_by_the_suites, asked_by_the_load], ids=lambda ask: ask.__name__)
def test_one_that_wants_other_credentials_is_named(ask, url) -> None:
    with small_proxy(PASSWORD) as proxy, pytest.raises(TargetUnreachable) as raised:
        ask(Connection(url, token="t", proxy=proxy.url.replace(PASSWORD, "wrong")))
    bare = proxy.url.replace(f"someone:{PASSWORD}@", "")
    says = f"{url} cannot be reached: the proxy {bare} wants other credentials, or any at all (407)"
    assert raised.value.message == says
    assert "FLOWGAUGE_PROXY" in str(raised.value.hint)


@pytest.mark.parametrize("ask", [asked_by_the_suites, asked_by_the_load], ids=lambda ask: ask.__name__)
@pytest.mark.parametrize("url", ["https"], indirect=True)
def test_one_that_makes_no_tunnel_is_named(ask, url) -> None:
    with small_proxy(refuses=502) as proxy, pytest.raises(TargetUnreachable) as raised:
        ask(Connection(url, token="t", proxy=proxy.url))
    assert (
        raised.value.message == f"{url} cannot be reached: the proxy {proxy.url} makes no way: 502 Not Today"
    )


@pytest.mark.parametrize("url", ["http"], indirect=True)
def test_one_that_cannot_reach_the_server_is_named(url) -> None:
    with small_proxy(refuses=502) as proxy:
        to = Connection(url, token="t", proxy=proxy.url)
        with pytest.raises(TargetUnreachable, match=rf"the proxy {proxy.url} answers 502"):
            reached_target(to, EDITION)
        with (
            closing(opened(Settings(connection=to), to)) as target,
            pytest.raises(Exception, match="502") as told,
        ):
            check_what_answers(target, EDITION, has_token=True)
    assert f"the proxy {proxy.url}" in told.value.hint


@pytest.mark.parametrize("ask", [asked_by_the_suites, asked_by_the_load], ids=lambda ask: ask.__name__)
def test_one_that_is_dead_is_named_and_not_the_server(ask, url) -> None:
    with pytest.raises(TargetUnreachable) as raised:
        ask(Connection(url, token="t", proxy="http://127.0.0.1:9"))
    says = f"{url} cannot be reached: the proxy http://127.0.0.1:9 cannot be reached: connection refused"
    assert raised.value.message == says


@pytest.mark.parametrize("url", ["http"], indirect=True)
def test_the_client_and_the_token_endpoint_fail_with_it(url) -> None:
    to = Connection(url, token="t", proxy="http://127.0.0.1:9")
    with pytest.raises(ClientError):
        asked_by_the_client(to)
    with pytest.raises(TargetUnreachable, match=r"through the proxy http://127\.0\.0\.1:9"):
        asked_by_the_token_endpoint(to)


@pytest.mark.parametrize(
    "text",
    [
        *("https://h:1", "socks5://h:1", "h:1", "http://", "http://h:x", "http://h:1/path", "http://h h:1"),
        *("http://u:s3cret@h:99999", "http://u:s3cret@h:1?q"),
    ],
)
def test_what_is_no_proxy_is_refused_and_its_password_not_shown(text) -> None:
    with pytest.raises(UsageError) as raised:
        connection_from({"FLOWGAUGE_PROXY": text}, url="http://h")
    assert "s3cret" not in raised.value.message
    assert "FLOWGAUGE_PROXY" in str(raised.value.hint)


def test_user_and_password_may_hold_anything_that_is_escaped() -> None:
    proxy = proxy_of("http://us%40er:p%3A%2Fw@[::1]:3128")
    assert proxy is not None
    assert str(proxy) == "http://[::1]:3128"
    assert proxy.authorization == "Basic " + base64.b64encode(b"us@er:p:/w").decode()
    assert "p:/w" not in repr(proxy)
    assert proxy.connect("https://host").startswith(
        b"CONNECT host:443 HTTP/1.1\r\nHost: host:443\r\nProxy-Auth"
    )


@pytest.mark.parametrize(
    ("pieces", "told"),
    [
        (["HTTP/1.1 200 OK\r\n\r\n"], (200, "OK", b"")),
        (["HTTP/1.0 200\r\nVia: x\r\n", "\r\nmore"], (200, "", b"more")),
        (list(CONNECTED), (200, "Connection established", b"")),
        (["HTTP/1.1 407 Who\r\n\r\n"], (407, "Who", b"")),
        (["SSH-2.0-OpenSSH"], (0, "", b"")),
        (["HTTP/1.1 200 OK\r\n" + "a: b\r\n" * 20_000], (0, "", b"")),
        (["HTTP/1.1 2"], None),
    ],
)
def test_the_answer_to_connect_is_read_however_it_comes(pieces, told) -> None:
    answer = TunnelAnswer()
    said = [answer.feed(piece.encode()) for piece in pieces]
    assert said[-1] == told
    assert set(said[:-1]) <= {None}


def failure_under_load(url: str, proxy: str) -> str:
    way = proxy_of(proxy)
    assert way is not None
    wire = Wire(url, "t", proxy=way)
    return greeted(wire, addresses_of(url, way), channel_for(url, way), "/").failure


@pytest.mark.parametrize("url", ["https"], indirect=True)
def test_what_it_does_in_the_midst_of_a_load_is_no_fault_of_the_server(url) -> None:
    for status in (407, 502):
        with small_proxy(refuses=status) as proxy:
            assert failure_under_load(url, proxy.url) == failures.NO_TUNNEL
    assert failure_under_load(url, "http://127.0.0.1:9") == failures.NO_PROXY
    assert failure_under_load(url.replace("https", "http"), "http://127.0.0.1:9") == failures.NO_PROXY
    with loopback_server(lambda peer: peer.recv(1000)) as silent:
        assert failure_under_load(url, silent) == failures.NO_TUNNEL
    assert {failures.NO_PROXY, failures.NO_TUNNEL} <= set(failures.OURS)


@pytest.mark.parametrize("url", ["https"], indirect=True)
def test_behind_the_tunnel_it_is_the_server_that_fails(url, monkeypatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with small_proxy() as proxy:
        assert failure_under_load(url, proxy.url) == "TLS certificate not trusted"


def flowgauge(*words: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "flowgauge", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )


def loaded(server: Embedded, proxy: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    to = ["--url", server.url, "--token", server.token, "--proxy", proxy]
    return flowgauge("load", *to, "--rate", "20", "--duration", "2s", folder=folder)


def test_a_load_goes_through_it_and_its_password_stands_nowhere(tmp_path) -> None:
    with embedded_server() as server, small_proxy(PASSWORD) as proxy:
        done = loaded(server, proxy.url, tmp_path)
    assert done.returncode in {ExitCode.PASSED, ExitCode.INVALID}, done.stdout + done.stderr
    run = read_load_run(tmp_path / "reports" / "out")
    assert run.arrivals_started > 10
    assert not any(counts.errors for counts in run.operations)
    assert sum(first.startswith(f"POST {server.url}/api/") for first in proxy.asked) > 10
    shown = base64.b64encode(f"someone:{PASSWORD}".encode())
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) > 1
    for secret in (PASSWORD.encode(), shown):
        assert not any(secret in text for text in (*written, done.stdout.encode(), done.stderr.encode()))


def test_a_load_whose_proxy_is_dead_says_so(tmp_path) -> None:
    with embedded_server() as server:
        done = loaded(server, "http://127.0.0.1:9", tmp_path)
    assert done.returncode == ExitCode.UNREACHABLE
    assert "the proxy http://127.0.0.1:9 cannot be reached" in done.stderr
    assert len(done.stderr.splitlines()) <= 3


def test_suites_whose_proxy_shuts_them_out_under_way_blame_nobody(tmp_path) -> None:
    calls = [f"probe.call('getFlow', {{'workflow': 'nope{number}'}})" for number in range(60)]
    suite = small_suite(tmp_path / "suite", *calls)
    with embedded_server() as server, small_proxy() as proxy:
        proxy.lets_through = 40
        words = ["contract", "--url", server.url, "--token", server.token, "--proxy", proxy.url]
        done = flowgauge(*words, "--contracts", str(suite), "--workers", "1", folder=tmp_path)
    assert done.returncode == ExitCode.UNREACHABLE, done.stdout + done.stderr
    report = read_contract_report(tmp_path / "reports" / "out")
    assert report.findings == ()
    assert not report.complete
    assert any(f"the proxy {proxy.url} " in note for note in report.notes)
