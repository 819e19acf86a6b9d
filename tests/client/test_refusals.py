import pickle

import httpx
import pytest

from flowgauge import client as fc
from flowgauge.client import Connection
from flowgauge.errors import ExitCode, FlowgaugeError, TargetRefused, TargetUnreachable, UsageError

REASON = {"errorCode": "VALIDATION", "errorMessage": "no such workflow"}


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (301, fc.Redirected),
        (304, fc.Redirected),
        (400, fc.BadRequest),
        (401, fc.Unauthorized),
        (403, fc.Unauthorized),
        (404, fc.NotFound),
        (405, fc.BadRequest),
        (413, fc.BadRequest),
        (415, fc.BadRequest),
        (429, fc.Throttled),
        (500, fc.ServerError),
        (503, fc.ServerError),
        (599, fc.ServerError),
        (799, fc.ServerError),
    ],
)
def test_every_status_but_a_success_is_the_error_for_it(client_of, answer, status, kind):
    with pytest.raises(fc.ApiError) as caught:
        client_of(answer(status, REASON, x_trace="7")).call("get_flow", "f")
    error = caught.value
    assert type(error) is kind
    assert (error.status, error.code) == (status, "VALIDATION")
    assert error.request == "GET http://server.test/api/orchestration/flows/f"
    assert str(status) in str(error)
    assert "no such workflow" in str(error)
    assert error.request in str(error)
    assert error.response.headers["x-trace"] == "7"
    assert error.response.json() == REASON


@pytest.mark.parametrize(
    ("body", "headers", "quote"),
    [
        (b"", {}, "500 Internal Server Error"),
        (b"<h1>Bad Gateway</h1>", {"content_type": "text/html"}, "<h1>Bad Gateway</h1>"),
        (b"x" * 10_000, {"content_type": "text/plain"}, "x" * 500),
        (b'"just a string"', {}, "just a string"),
        (b'{"errorCode": 7, "errorMessage": null}', {}, "errorCode"),
        (b"\xff\xfe", {"content_type": "application/json; charset=nonsense"}, "500"),
        (b"[" * 100_000, {}, "[[["),
    ],
)
def test_an_error_with_any_body_keeps_its_status(client_of, answer, body, headers, quote):
    with pytest.raises(fc.ServerError) as caught:
        client_of(answer(500, body, **headers)).call("list_flows")
    assert caught.value.status == 500
    assert caught.value.code is None
    assert quote in str(caught.value)
    assert len(str(caught.value)) < 1000
    assert caught.value.response.content == body


@pytest.mark.parametrize("code", ["INTERNAL_ERROR", "VALIDATION", ""])
def test_codes_outside_the_enumeration_are_told(client_of, answer, code):
    with pytest.raises(fc.ApiError) as caught:
        client_of(answer(400, {"errorCode": code, "errorMessage": "m"})).call("list_flows")
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("content_type", "is_read"),
    [
        ("application/json", True),
        ("application/json;charset=utf-8", True),
        ("Application/JSON; charset=UTF-8", True),
        ("application/vnd.formance+json", True),
        ("text/html", False),
        ("text/plain; charset=utf-8", False),
        ("application/jsonp", False),
        ("", False),
    ],
)
def test_a_success_is_read_where_it_says_that_it_is_json(client_of, answer, content_type, is_read):
    client = client_of(answer(200, {"version": "1"}, content_type=content_type))
    if is_read:
        assert client.call("get_server_info").version == "1"
        return
    with pytest.raises(fc.UnexpectedReply) as caught:
        client.call("get_server_info")
    assert caught.value.status == 200
    assert "not JSON" in str(caught.value)
    assert caught.value.hint


def test_a_success_without_a_content_type_is_read(client_of):
    client = client_of(lambda _request: httpx.Response(200, content=b'{"version":"1"}'))
    assert client.call("get_server_info").version == "1"


@pytest.mark.parametrize("status", [200, 201, 202, 206, 299])
def test_any_success_is_a_success(client_of, answer, status, workflow):
    assert client_of(answer(status, {"data": workflow})).call("create_workflow").id == workflow["id"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "the body is empty"),
        (b"<html>", "not JSON"),
        (b'{"data": {"id": 7}}', "$.data.id"),
        (b'{"data": null}', "$.data"),
    ],
)
def test_a_success_that_breaks_the_contract_keeps_its_status_and_says_where(client_of, answer, body, said):
    with pytest.raises(fc.UnexpectedReply) as caught:
        client_of(answer(201, body)).call("create_workflow")
    assert caught.value.status == 201
    assert said in str(caught.value)
    assert caught.value.request == "POST http://server.test/api/orchestration/flows"
    assert caught.value.response.content == body


def test_what_the_server_repeats_of_the_token_is_struck_out(client_of):
    def echo(request: httpx.Request) -> httpx.Response:
        text = f"bad header {request.headers['authorization']}"
        return httpx.Response(401, json={"errorCode": "VALIDATION", "errorMessage": text})

    with pytest.raises(fc.Unauthorized) as caught:
        client_of(echo, at=Connection("http://server.test", "s3cr3t-t0k3n")).call("list_flows")
    assert "bad header" in str(caught.value)
    assert "s3cr3t-t0k3n" not in str(caught.value) + repr(caught.value)


def test_no_half_of_a_token_is_left_where_a_quote_is_cut(client_of):
    def echo(request: httpx.Request) -> httpx.Response:
        return httpx.Response(500, text="x" * 480 + request.headers["authorization"])

    with pytest.raises(fc.ServerError) as caught:
        client_of(echo, at=Connection("http://server.test", "s3cr3t-t0k3n" * 20)).call("list_flows")
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize(
    "charset", ["rot13", "hex", "base64", "zlib", "bz2", "uu", "idna", "punycode", "undefined", "utf-16"]
)
def test_a_charset_that_decodes_no_text_costs_no_status(client_of, answer, charset):
    with pytest.raises(fc.ServerError) as caught:
        client_of(answer(500, b"\xffoops", content_type=f"text/plain; charset={charset}")).call("list_flows")
    assert "oops" in str(caught.value)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
@pytest.mark.parametrize(
    ("status", "kind"), [(201, fc.UnexpectedReply), (404, fc.NotFound), (503, fc.ServerError)]
)
def test_a_body_that_cannot_be_unpacked_costs_no_status(client_of, encoding, status, kind):
    def handle(_request: httpx.Request) -> httpx.Response:
        headers = {"content-type": "application/json", "content-encoding": encoding, "x-trace": "7"}
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(b"\x00no such thing"))

    with pytest.raises(kind) as caught:
        client_of(handle).call("create_workflow")
    assert caught.value.status == caught.value.response.status_code == status
    assert caught.value.response.headers["x-trace"] == "7"
    assert "cannot be unpacked" in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "parents", "exit_code"),
    [
        (fc.InvalidRequest, (fc.ClientError, UsageError), ExitCode.USAGE),
        (fc.TransportError, (fc.ClientError, TargetUnreachable), ExitCode.UNREACHABLE),
        (fc.TlsFailed, (fc.ConnectFailed,), ExitCode.UNREACHABLE),
        (fc.TimedOut, (fc.TransportError,), ExitCode.UNREACHABLE),
        (fc.Unauthorized, (fc.ApiError, TargetRefused), ExitCode.UNREACHABLE),
        (fc.TokenRefused, (fc.ClientError, TargetRefused), ExitCode.UNREACHABLE),
        (fc.UnexpectedReply, (fc.ClientError,), ExitCode.UNREACHABLE),
        (fc.RunUnfinished, (fc.ClientError,), ExitCode.UNREACHABLE),
    ],
)
def test_errors_hang_in_one_tree(kind, parents, exit_code):
    assert all(issubclass(kind, parent) for parent in (*parents, FlowgaugeError))
    assert kind.exit_code == exit_code


def test_errors_travel_between_processes(client_of, answer):
    with pytest.raises(fc.NotFound) as caught:
        client_of(answer(404, REASON)).call("list_flows")
    back = pickle.loads(pickle.dumps(caught.value))
    assert (str(back), back.status, back.code) == (str(caught.value), 404, "VALIDATION")
