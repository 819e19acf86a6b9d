"""A server that asks for a certificate: suites, load, token endpoint and client show one, past any proxy."""

import json
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme

from flowgauge.cli import main
from flowgauge.client import Client, Connection, TlsFailed
from flowgauge.client.oauth import fetch_token
from flowgauge.contract.requests import built
from flowgauge.contract.targets.http import HttpTarget
from flowgauge.contract.tokens import TOKEN
from flowgauge.editions import edition_named
from flowgauge.errors import TargetUnreachable, UsageError
from flowgauge.load.runs.target import reached_target
from flowgauge.trust import CERTIFICATE, INSECURE, KEY, is_insecure, trust

EDITION = edition_named("v0")


class Answering(BaseHTTPRequestHandler):
    """Says its version, and gives out tokens."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer({"version": "1.0.0"})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer({"access_token": "t0ken", "token_type": "Bearer", "expires_in": 60})

    def _answer(self, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Strict(ThreadingHTTPServer):
    """Connections that break off are what is tested."""

    def handle_error(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """ca.pem, cert.pem, key.pem, and both.pem that has certificate and key."""
    place, authority = tmp_path_factory.mktemp("tls"), trustme.CA()
    ours = authority.issue_cert("tester@example.org")
    authority.cert_pem.write_to_path(place / "ca.pem")
    ours.private_key_pem.write_to_path(place / "key.pem")
    ours.cert_chain_pems[0].write_to_path(place / "cert.pem")
    ours.private_key_and_cert_chain_pem.write_to_path(place / "both.pem")
    authority.issue_cert("localhost", "127.0.0.1").private_key_and_cert_chain_pem.write_to_path(
        place / "server.pem"
    )
    return place


@pytest.fixture(scope="module")
def url(folder) -> Iterator[str]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=folder / "ca.pem")
    context.load_cert_chain(folder / "server.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    with Strict(("127.0.0.1", 0), Answering) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"https://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture
def trusting(folder, monkeypatch) -> None:
    """Of the authorities alone; and a proxy that nobody should ask."""
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / "ca.pem"))
    for name in (CERTIFICATE, KEY, INSECURE):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")


@pytest.fixture(params=["both.pem", "cert.pem"])
def shown(request, folder, trusting, monkeypatch) -> None:
    """The certificate, with its key in the same file or in another."""
    monkeypatch.setenv(CERTIFICATE, str(folder / request.param))
    if request.param == "cert.pem":
        monkeypatch.setenv(KEY, str(folder / "key.pem"))


def asked_by_the_suites(url: str) -> int:
    target = HttpTarget(url, tokens={TOKEN: "t"}, capabilities=frozenset())
    try:
        exchange = target.send(built(EDITION, EDITION.greeting or ""))
    finally:
        target.close()
    assert exchange.response is not None, exchange.error
    return exchange.response.status


@pytest.mark.usefixtures("shown")
def test_the_suites_show_it(url) -> None:
    assert asked_by_the_suites(url) == 200


@pytest.mark.usefixtures("shown")
def test_the_load_shows_it(url) -> None:
    assert reached_target(Connection(url, token="t"), EDITION).connection.url == url


@pytest.mark.usefixtures("shown")
def test_the_token_endpoint_is_shown_it(url, monkeypatch) -> None:
    # It may stand elsewhere, behind a proxy; this one does not.
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    connection = Connection(url, client_id="i", client_secret="s", token_url=f"{url}/token")
    assert fetch_token(connection).value == "t0ken"


@pytest.mark.usefixtures("shown")
def test_the_client_shows_what_it_is_given(url) -> None:
    with Client(url, tls=trust()) as client:
        assert client.get_server_info().version == "1.0.0"


@pytest.mark.usefixtures("trusting")
def test_without_one_each_says_that_tls_failed(url) -> None:
    with pytest.raises(TargetUnreachable, match="TLS"):
        reached_target(Connection(url, token="t"), EDITION)
    with Client(url, tls=trust()) as client, pytest.raises(TlsFailed):
        client.get_server_info()
    with pytest.raises(AssertionError, match="TLS failed"):
        asked_by_the_suites(url)


@pytest.mark.usefixtures("shown")
def test_an_unverified_server_is_asked_and_every_report_says_so(url, monkeypatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(TargetUnreachable, match="TLS"):
        reached_target(Connection(url, token="t"), EDITION)
    monkeypatch.setenv(INSECURE, "1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert asked_by_the_suites(url) == 200
    connection = Connection(url, client_id="i", client_secret="s", token_url=f"{url}/token")
    assert fetch_token(connection).value == "t0ken"
    said = f"{url}, its certificate not verified"
    assert str(reached_target(Connection(url, token="t"), EDITION).identity) == said
    assert str(HttpTarget(url, tokens={}, capabilities=frozenset()).identity) == said
    plain = HttpTarget("http://127.0.0.1:1", tokens={}, capabilities=frozenset())
    assert str(plain.identity) == "http://127.0.0.1:1"


@pytest.mark.usefixtures("trusting")
@pytest.mark.parametrize("value", ["", "0", "no", "false", "False"])
def test_a_server_is_verified_unless_that_is_switched_off(url, monkeypatch, value) -> None:
    monkeypatch.setenv(INSECURE, value)
    assert trust().verify_mode == ssl.CERT_REQUIRED
    assert not is_insecure(url)


@pytest.mark.parametrize(
    ("certificate", "key", "sentence"),
    [
        ("nowhere.pem", None, "which does not exist"),
        ("ca.pem", None, "FLOWGAUGE_CERT cannot be used"),
        ("cert.pem", None, "FLOWGAUGE_CERT cannot be used"),
        (None, "key.pem", "FLOWGAUGE_KEY is the key of a certificate"),
    ],
)
def test_what_cannot_be_used_is_told(folder, certificate, key, sentence) -> None:
    named = {CERTIFICATE: certificate, KEY: key}
    with pytest.raises(UsageError, match=sentence):
        trust({name: str(folder / file) for name, file in named.items() if file})


def test_authorities_that_cannot_be_read_are_told(folder, tmp_path) -> None:
    """OpenSSL would pass over them, and every server would fail as untrusted."""
    with pytest.raises(UsageError, match=r"SSL_CERT_FILE names .*nowhere.pem, which does not exist"):
        trust({"SSL_CERT_FILE": str(folder / "nowhere.pem")})
    empty = tmp_path / "empty.pem"
    empty.write_text("no certificate\n")
    with pytest.raises(UsageError, match=r"SSL_CERT_FILE names .*empty.pem, which cannot be used"):
        trust({"SSL_CERT_FILE": str(empty)})
    assert trust({"SSL_CERT_FILE": ""})
    with pytest.raises(UsageError, match=r"SSL_CERT_DIR names .*nowhere, which is no folder"):
        trust({"SSL_CERT_DIR": str(tmp_path / "nowhere")})
    assert trust({"SSL_CERT_DIR": f"{tmp_path / 'nowhere'}:{tmp_path}"})


@pytest.mark.usefixtures("trusting")
def test_the_command_line_names_them(url, folder, capsys, monkeypatch) -> None:
    for name in ("SSL_CERT_FILE", CERTIFICATE, KEY):
        # What the flags put there goes when the test does.
        monkeypatch.setenv(name, "")
    words = ["doctor", "--url", url, "--no-auth", "--ca-file", str(folder / "ca.pem")]
    main([*words, "--cert", str(folder / "cert.pem"), "--key", str(folder / "key.pem")])
    told = capsys.readouterr().out
    assert f"the certificate of {folder / 'cert.pem'} is shown" in told
    assert "ok    connection" in told
    assert "HTTPS_PROXY, ALL_PROXY not used" in told
    assert main(["doctor", "--url", url, "--cert", "nowhere.pem"]) == 2
    monkeypatch.setenv(INSECURE, "")
    main([*words, "--insecure"])
    assert "the server's certificate is not verified" in capsys.readouterr().out
