import base64
import re

import pytest
from loopback import heard

from flowgauge.client.connection import Connection, connection_from
from flowgauge.client.oauth import bearer_of, fetch_token, token_url_of
from flowgauge.errors import TargetRefused, TargetUnreachable, UsageError
from flowgauge.reference.server.embedded import embedded_server


@pytest.mark.parametrize(
    ("environment", "flags", "connection"),
    [
        ({}, {}, None),
        ({"FLOWGAUGE_TOKEN": "t"}, {}, None),
        ({"FLOWGAUGE_URL": ""}, {"url": None}, None),
        ({"FLOWGAUGE_URL": "http://a.test/"}, {}, Connection("http://a.test")),
        ({"FLOWGAUGE_URL": "http://a.test"}, {"url": "https://b.test/x/"}, Connection("https://b.test/x")),
        ({"FLOWGAUGE_URL": "http://a.test", "FLOWGAUGE_TOKEN": "t"}, {}, Connection("http://a.test", "t")),
        (
            {"FLOWGAUGE_CLIENT_ID": "i", "FLOWGAUGE_TOKEN_URL": "http://t.test/x"},
            {"url": "http://a.test", "client_secret": "s"},
            Connection("http://a.test", None, "i", "s", "http://t.test/x"),
        ),
    ],
)
def test_flags_win_over_the_environment(environment, flags, connection):
    assert connection_from(environment, **flags) == connection


@pytest.mark.parametrize(
    "flags",
    [
        {"url": "a.test"},
        {"url": "ftp://a.test"},
        {"url": "http://u:p@a.test"},
        {"url": "http://a.test?x=1"},
        {"url": "http://a.test:x"},
        {"url": "http://a test"},
        {"url": "http://a.test/\n"},
        {"url": "http://a.test\x00"},
        {"url": "http://@a.test"},
        {"url": "http://u:p@a.test:x"},
        {"url": "http://[::1"},
        {"url": "http://a..test"},
        {"url": f"http://{'a' * 64}.test"},
        {"url": "http:///x"},
        {"url": "http://a.test:0"},
        {"url": "http://a.test", "token": "t\n"},
        {"url": "http://a.test", "token": "two words"},
        {"url": "http://a.test", "token": "é"},
        {"url": "http://a.test", "client_id": "i"},
        {"url": "http://a.test", "client_secret": "s"},
        {"url": "http://a.test", "client_id": "i", "client_secret": "s", "token_url": "nowhere"},
    ],
)
def test_half_a_connection_is_a_usage_error_with_a_remedy(flags):
    with pytest.raises(UsageError) as caught:
        connection_from({}, **flags)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("http://a.test/é", "http://a.test/%C3%A9"),
        ("http://a.test/%C3%A9", "http://a.test/%C3%A9"),
        ('http://a.test/it\'s/"$HOME"/<x>', "http://a.test/it's/%22$HOME%22/%3Cx%3E"),
        ("http://bücher.test:81", "http://xn--bcher-kva.test:81"),
        ("http://[::1]:81/x//", "http://[::1]:81/x"),
        ("HTTPS://A.test/", "https://a.test"),
        ("http://a.test?", "http://a.test"),
    ],
)
def test_a_url_is_made_fit_for_the_wire(given: str, used: str):
    assert connection_from({}, url=given) == Connection(used)


def test_a_password_in_a_url_is_not_shown():
    for url in ("http://me:s3cret@a.test", "http://me:s3cret@a.test:x", "http://me:s3cret@[::1"):
        with pytest.raises(UsageError) as caught:
            connection_from({}, url=url)
        assert "s3cret" not in str(caught.value)


def test_secrets_are_not_shown():
    connection = Connection("http://a.test", token="t0k3n", client_id="i", client_secret="s3cr3t")
    assert "t0k3n" not in repr(connection)
    assert "s3cr3t" not in repr(connection)


def test_a_token_is_bought_from_a_real_server():
    with embedded_server() as server:
        buyer = Connection(server.url, client_id=server.client_id, client_secret=server.client_secret)
        token = fetch_token(buyer)
        assert token.expires_in > 0
        assert token.value not in repr(token)
        assert bearer_of(buyer)
        with pytest.raises(TargetRefused):
            bearer_of(Connection(server.url, client_id=server.client_id, client_secret="wrong"))
    assert bearer_of(Connection("http://a.test", "static")) == "static"
    assert bearer_of(Connection("http://a.test")) is None
    with pytest.raises(TargetUnreachable):
        fetch_token(buyer)


def test_the_token_endpoint_is_the_document_s_unless_told():
    assert token_url_of(Connection("http://a.test/x")) == "http://a.test/x/api/auth/oauth/token"
    assert token_url_of(Connection("http://a.test", token_url="http://t.test")) == "http://t.test"


def test_credentials_of_any_characters_buy_a_token(socket_server):
    heads = []

    def sell(peer):
        heads.append(heard(peer).decode())
        body = b'{"access_token":"t","expires_in":60}'
        peer.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))

    url = socket_server(sell)
    assert fetch_token(Connection(url, client_id="my client", client_secret="s3cr3t:\u00fc%+")).value == "t"
    [said] = re.findall(r"[Aa]uthorization: Basic (\S+)", heads[0])
    assert base64.b64decode(said) == b"my+client:s3cr3t%3A%C3%BC%25%2B"


@pytest.mark.parametrize("url", ["http://xn--", "http://a\x00b", "http://no-such-host.invalid"])
def test_a_token_endpoint_that_is_nowhere_is_unreachable(url):
    with pytest.raises(TargetUnreachable):
        fetch_token(Connection("http://a.test", client_id="i", client_secret="s", token_url=url))
