"""Each defect of the original that ours mends, one test or more for each."""

import copy
import json
import logging
import pickle
import ssl
import time
from base64 import b64encode
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from loopback import counting, heard, loopback_server

import Formance
from Formance.apis.tags.orchestration_api import OrchestrationApi
from Formance.exceptions import ApiConnectionError, ApiTimeoutError

# What the original does, what ours does instead, and the tests that show it.
DIFFERENCES = {
    "wait is refused": ("?wait=true or ?wait=false", ["test_wait_can_be_sent"]),
    "access_token= is refused or dropped": ("honoured", ["test_a_token_given_to_the_constructor_is_used"]),
    "most errors lose their status": (
        "every answer that is no success is an ApiException with status, reason, body and headers",
        [
            "test_every_answer_that_is_no_success_keeps_its_status",
            "test_the_body_of_a_refusal_is_decoded_where_it_can_be",
        ],
    ),
    "transport errors are urllib3's": (
        "ApiConnectionError, an ApiException with status 0 and the cause chained",
        [
            "test_a_failure_on_the_way_is_an_api_exception_with_its_cause",
            "test_a_certificate_is_checked_and_its_refusal_is_an_api_exception",
        ],
    ),
    "hidden retries and four times the timeout": (
        "one request unless retries say otherwise, and the timeout is the timeout",
        [
            "test_a_timeout_is_the_timeout_and_one_request",
            "test_a_head_that_drips_behind_tls_does_not_outlast_the_timeout",
            "test_a_call_is_tried_again_only_where_retries_say_so",
        ],
    ),
    "no timeout at all by default": ("300 s, 10 s to connect", ["test_a_call_without_a_timeout_has_one"]),
    "content types and statuses are compared to the letter": (
        "any case, any parameter, any success",
        ["test_a_content_type_is_read_as_the_rfc_says", "test_any_success_is_a_success"],
    ),
    "path values climb and vanish": (
        "one segment, or ApiValueError before sending",
        [
            "test_a_path_value_stays_one_segment",
            "test_a_path_value_that_names_something_else_is_refused_before_sending",
        ],
    ),
    "body.data.id fails": ("works", ["test_members_are_attributes"]),
    "numbers, None and booleans are classes of its own": (
        "plain values that travel",
        ["test_values_are_plain_and_travel"],
    ),
    "nanoseconds and null are refused": ("read", ["test_nanoseconds_and_null_for_an_absent_member_are_read"]),
    "a trailing slash is doubled": ("one slash", ["test_a_host_with_a_trailing_slash_makes_one_slash"]),
    "debug prints the token": (
        "struck out",
        [
            "test_debug_shows_the_call_and_not_the_token",
            "test_no_header_that_is_a_secret_is_shown_whoever_repeats_it_however_it_is_spelt",
            "test_no_log_of_the_libraries_below_holds_the_token",
        ],
    ),
    "answers of 2023 are refused": (
        "read under the contract's names",
        ["test_the_answers_of_2023_are_read_under_the_contract_s_names"],
    ),
    "a redirected POST may change its meaning": (
        "followed only where method and body stay (307, 308)",
        ["test_a_post_is_redirected_only_as_the_same_post"],
    ),
    "listRuns has one page": (
        "query_params takes cursor and pageSize",
        ["test_further_pages_can_be_asked_for"],
    ),
}

FLOW = {"flowId": "f"}
INFO = b'{"version":"1"}'
TLS = Path(__file__).parent / "tls"


def always(status, content=b"", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _request: httpx.Response(status, headers=named, content=content)


def at(host, **settings):
    configuration = Formance.Configuration(host=host)
    for name, value in settings.items():
        setattr(configuration, name, value)
    return Formance.ApiClient(configuration)


@pytest.mark.parametrize(("wait", "query"), [(True, "wait=true"), (False, "wait=false")])
def test_wait_can_be_sent(api_of, answers, wait, query):
    api_of(answers).run_workflow(path_params=FLOW, query_params={"wait": wait})
    assert answers.requests[0].url.query.decode() == query


def test_a_token_given_to_the_constructor_is_used(answers):
    configuration = Formance.Configuration(host="http://server.test", access_token="from-the-start")
    configuration.transport = httpx.MockTransport(answers)
    OrchestrationApi(Formance.ApiClient(configuration)).list_flows()
    assert answers.requests[0].headers["authorization"] == "Bearer from-the-start"


@pytest.mark.parametrize(
    ("status", "content", "content_type"),
    [
        (400, b'{"errorCode":"VALIDATION","errorMessage":"m"}', "application/json"),
        (400, b'{"errorCode":"VALIDATION","errorMessage":"m"}', "application/json; charset=utf-8"),
        (500, b'{"errorCode":"INTERNAL_ERROR","errorMessage":"m"}', "application/json"),
        (502, b"<html>Bad Gateway</html>", "text/html"),
        (503, b"", "application/json"),
        (404, b"null", "application/json"),
        (404, b"not json", "application/json"),
        (401, b"\xff", "text/plain"),
        (302, b"", "text/plain"),
        (418, b"[1]", ""),
    ],
)
def test_every_answer_that_is_no_success_keeps_its_status(api_of, status, content, content_type):
    handle = always(status, content, content_type=content_type, x_trace="7")
    with pytest.raises(Formance.ApiException) as caught:
        api_of(handle).list_flows()
    error = caught.value
    assert error.status == status
    assert error.body == content
    assert error.headers["X-Trace"] == "7"
    assert error.reason == httpx.codes.get_reason_phrase(status)
    assert str(error).startswith(f"({status})\nReason: {error.reason}\nHTTP response headers: ")
    assert content.decode("utf-8", "replace") in str(error)
    back = pickle.loads(pickle.dumps(error))
    assert (str(back), back.status, back.body) == (str(error), status, content)


def test_the_body_of_a_refusal_is_decoded_where_it_can_be(api_of):
    with pytest.raises(Formance.ApiException) as caught:
        api_of(always(400, b'{"errorCode":"VALIDATION","errorMessage":"m","more":[1]}')).list_flows()
    body = caught.value.api_response.body
    assert type(body).__name__ == "Error"
    assert (body.errorCode, body.errorMessage, body["more"]) == ("VALIDATION", "m", (1,))


@pytest.mark.parametrize(
    "failure",
    [
        httpx.ConnectError("refused"),
        httpx.ReadError("reset"),
        httpx.RemoteProtocolError("not HTTP"),
        OSError("odd"),
    ],
)
def test_a_failure_on_the_way_is_an_api_exception_with_its_cause(api_of, failure):
    def handle(_request):
        raise failure

    with pytest.raises(Formance.ApiException) as caught:
        api_of(handle).list_flows()
    assert type(caught.value) is ApiConnectionError
    assert (caught.value.status, caught.value.body, caught.value.headers) == (0, None, None)
    assert str(failure) in caught.value.reason
    assert caught.value.__cause__.__cause__ is failure
    assert str(caught.value).startswith("(0)\nReason: GET http://server.test/api/orchestration/flows: ")


def silent(peer):
    while peer.recv(65536):
        pass


@pytest.mark.parametrize("timeout", [0.2, (1, 0.2)])
def test_a_timeout_is_the_timeout_and_one_request(timeout):
    connections = []

    def serve(peer):
        connections.append(peer)
        silent(peer)

    with loopback_server(serve) as url, at(url) as client:
        start = time.monotonic()
        with pytest.raises(ApiTimeoutError) as caught:
            OrchestrationApi(client).list_flows(timeout=timeout)
        assert time.monotonic() - start < 5
    assert caught.value.status == 0
    assert len(connections) == 1


def test_a_call_without_a_timeout_has_one(api_of, answers):
    api_of(answers).list_flows()
    limits = answers.requests[0].extensions["timeout"]
    assert (limits["connect"], limits["read"]) == (10, 300)


@pytest.mark.parametrize(("retries", "requests"), [(None, 1), (0, 1), (2, 3)])
def test_a_call_is_tried_again_only_where_retries_say_so(api_of, retries, requests):
    seen = []

    def handle(request):
        seen.append(request)
        return httpx.Response(503, headers={"retry-after": "0"})

    with pytest.raises(Formance.ApiException):
        api_of(handle, retries=retries).list_flows()
    assert len(seen) == requests


@pytest.mark.parametrize(
    "content_type", ["application/json;charset=utf-8", "Application/JSON", "application/json ; charset=UTF-8"]
)
def test_a_content_type_is_read_as_the_rfc_says(api_of, content_type):
    answer = api_of(always(200, INFO, content_type=content_type)).orchestrationget_server_info()
    assert answer.body.version == "1"


@pytest.mark.parametrize("status", [200, 202, 203])
def test_any_success_is_a_success(api_of, workflow, status):
    content = json.dumps({"data": workflow}).encode()
    answer = api_of(always(status, content, content_type="application/json")).create_workflow()
    assert (answer.response.status, answer.body.data.id) == (status, workflow["id"])


@pytest.mark.parametrize(
    ("flow_id", "segment"), [("a/b", "a%2Fb"), ("../x", "..%2Fx"), ("%2F", "%252F"), ("é ?", "%C3%A9%20%3F")]
)
def test_a_path_value_stays_one_segment(api_of, answers, flow_id, segment):
    api_of(answers).get_flow({"flowId": flow_id})
    assert answers.requests[0].url.raw_path == f"/api/orchestration/flows/{segment}".encode()


@pytest.mark.parametrize("flow_id", ["", ".", ".."])
def test_a_path_value_that_names_something_else_is_refused_before_sending(api_of, answers, flow_id):
    with pytest.raises(Formance.ApiValueError):
        api_of(answers).get_flow({"flowId": flow_id})
    assert answers.requests == []


def test_members_are_attributes(api_of, answers, workflow):
    assert api_of(answers).get_flow(FLOW).body.data.id == workflow["id"]


def test_values_are_plain_and_travel(api_of, answers, run):
    body = api_of(answers).list_runs(FLOW).body
    assert body["cursor"]["hasMore"] is False
    assert type(body["cursor"]["pageSize"]) is int
    assert json.loads(json.dumps(body))["cursor"]["data"] == [run]
    assert pickle.loads(pickle.dumps(body)) == copy.deepcopy(body) == body


def test_nanoseconds_and_null_for_an_absent_member_are_read(api_of, run):
    status = {"stage": 0, "occurrenceID": "o", "startedAt": "2023-02-14T09:30:00.123456789Z", "error": None}
    content = json.dumps({"data": run | {"statuses": [status]}}).encode()
    body = api_of(always(201, content)).run_workflow(path_params=FLOW).body
    assert body.data.statuses[0].startedAt == "2023-02-14T09:30:00.123456789Z"
    assert body.data.statuses[0].error is None
    leap = json.dumps({"data": run | {"updatedAt": "2016-12-31T23:59:60Z"}}).encode()
    assert (
        api_of(always(201, leap)).run_workflow(path_params=FLOW).body.data.updatedAt == "2016-12-31T23:59:60Z"
    )


@pytest.mark.parametrize("slashes", ["/", "//"])
def test_a_host_with_a_trailing_slash_makes_one_slash(api_of, answers, slashes):
    api_of(answers, host=f"http://server.test{slashes}").list_flows()
    assert str(answers.requests[0].url) == "http://server.test/api/orchestration/flows"


def test_debug_shows_the_call_and_not_the_token(api_of, caplog, capfd):
    def echo(request):
        return httpx.Response(403, text=f"you said {request.headers['authorization']}")

    api = api_of(echo, debug=True)
    api.api_client.set_default_header("Cookie", "s3cr3t=1")
    with caplog.at_level(logging.DEBUG), pytest.raises(Formance.ApiException) as caught:
        api.create_workflow(body={"stages": [{"t": "t0k3n"}]})
    api.api_client.configuration.debug = False
    shown = caplog.text + capfd.readouterr().err
    assert "POST http://server.test/api/orchestration/flows" in shown
    assert "(403)" in shown
    for text in (shown, str(caught.value), repr(caught.value), repr(api.api_client.configuration)):
        assert "t0k3n" not in text
        assert "s3cr3t" not in text


def test_no_header_that_is_a_secret_is_shown_whoever_repeats_it_however_it_is_spelt(api_of, caplog):
    def echo(request):
        key = request.headers["x-api-key"]
        said = f"\x1b[2J {key} {quote(key, safe='')} {json.dumps(key)} {b64encode(key.encode()).decode()}"
        return httpx.Response(500, headers={"x-echo": key}, text=said)

    api = api_of(echo, debug=True)
    api.api_client.set_default_header("X-Api-Key", "k3y/9f8e7d6c+b5")
    with caplog.at_level(logging.DEBUG), pytest.raises(Formance.ApiException) as caught:
        api.list_flows()
    api.api_client.configuration.debug = False
    for text in (caplog.text, str(caught.value)):
        assert [s for s in ("9f8e7d6c", "azN5LzlmOGU3", "\x1b") if s in text] == []
    assert str(caught.value).count("[redacted]") >= 4


def test_no_log_of_the_libraries_below_holds_the_token(caplog):
    caplog.set_level(logging.DEBUG)
    with loopback_server(counting([], INFO)) as url, at(url, access_token="t0k3n") as client:
        OrchestrationApi(client).orchestrationget_server_info()
    assert caplog.text
    assert "t0k3n" not in caplog.text


def test_the_answers_of_2023_are_read_under_the_contract_s_names(api_of, run):
    old = {name: value for name, value in run.items() if name != "statuses"}
    listed = api_of(always(200, json.dumps({"data": [old]}).encode())).list_runs(FLOW).body
    assert listed.cursor.data[0].statuses == ()
    assert listed.cursor.hasMore is False
    read = api_of(always(200, json.dumps({"data": old | {"status": run["statuses"]}}).encode()))
    body = read.get_workflow_occurrence({"flowId": "f", "runId": "r"}).body
    assert body.data.statuses[0].occurrenceID == "o"
    assert "status" not in body.data


def answered(peer):
    heard(peer)
    peer.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 15\r\nconnection: close\r\n\r\n" + INFO)


def tls_server(serve=answered):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "certificate.pem", TLS / "key.pem")
    return loopback_server(serve, context)


def test_a_head_that_drips_behind_tls_does_not_outlast_the_timeout():
    def drip(peer):
        heard(peer)
        peer.sendall(b"HTTP/1.1 200 OK\r\nx-drip: ")
        with suppress(OSError):
            for _ in range(500):
                peer.sendall(b"x")
                time.sleep(0.02)

    start = time.monotonic()
    with tls_server(drip) as url, at(url, verify_ssl=False) as client:
        with pytest.raises(Formance.ApiException) as caught:
            OrchestrationApi(client).orchestrationget_server_info(timeout=0.5)
        assert time.monotonic() - start < 5
    assert caught.value.status == 0
    assert "in time" in caught.value.reason


def test_a_certificate_is_checked_and_its_refusal_is_an_api_exception():
    with tls_server() as url, at(url) as client, pytest.raises(Formance.ApiException) as caught:
        OrchestrationApi(client).orchestrationget_server_info()
    assert caught.value.status == 0
    assert "certificate" in caught.value.reason


@pytest.mark.parametrize(
    "settings",
    [
        {"verify_ssl": False},
        {"ssl_ca_cert": str(TLS / "certificate.pem")},
        {
            "ssl_ca_cert": str(TLS / "certificate.pem"),
            "cert_file": str(TLS / "certificate.pem"),
            "key_file": str(TLS / "key.pem"),
        },
    ],
)
def test_trust_is_a_setting(settings):
    with tls_server() as url, at(url, **settings) as client:
        assert OrchestrationApi(client).orchestrationget_server_info().body.version == "1"


@pytest.mark.parametrize(("status", "requests"), [(301, 1), (302, 1), (303, 1), (307, 2), (308, 2)])
def test_a_post_is_redirected_only_as_the_same_post(api_of, answers, status, requests):
    seen = []

    def handle(request):
        seen.append((request.method, request.content))
        if len(seen) == 1:
            return httpx.Response(status, headers={"location": "/api/orchestration/flows"})
        return answers(request)

    if requests == 1:
        with pytest.raises(Formance.ApiException) as caught:
            api_of(handle).create_workflow(body={"stages": []})
        assert caught.value.status == status
    else:
        api_of(handle).create_workflow(body={"stages": []})
    assert seen == [("POST", b'{"stages":[]}')] * requests


def test_further_pages_can_be_asked_for(api_of, answers):
    api_of(answers).list_runs(FLOW, query_params={"cursor": "c", "pageSize": 100})
    assert answers.requests[0].url.query == b"cursor=c&pageSize=100"


def test_every_difference_has_its_tests_and_every_test_its_difference():
    named = [name for _, names in DIFFERENCES.values() for name in names]
    here = {name for name in globals() if name.startswith("test_")}
    assert set(named) == here - {
        "test_every_difference_has_its_tests_and_every_test_its_difference",
        "test_trust_is_a_setting",
    }
