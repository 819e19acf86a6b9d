"""What goes over the wire for a call."""

from datetime import UTC, datetime
from decimal import Decimal

import httpx
import pytest

import Formance
from Formance.apis.tags.orchestration_api import OrchestrationApi
from Formance.models import RunWorkflowRequest, WorkflowConfig

FLOW = {"flowId": "f"}


def sent(answers):
    return answers.requests[-1]


@pytest.mark.parametrize(
    ("call", "method", "target"),
    [
        (lambda api: api.orchestrationget_server_info(), "GET", "/_info"),
        (lambda api: api.list_flows(), "GET", "/flows"),
        (lambda api: api.create_workflow(), "POST", "/flows"),
        (lambda api: api.get_flow(FLOW), "GET", "/flows/f"),
        (lambda api: api.get_flow(path_params=FLOW), "GET", "/flows/f"),
        (lambda api: api.list_runs(FLOW), "GET", "/flows/f/runs"),
        (
            lambda api: api.list_runs(FLOW, query_params={"cursor": "a&b", "pageSize": 5}),
            "GET",
            "/flows/f/runs?cursor=a%26b&pageSize=5",
        ),
        (lambda api: api.run_workflow(path_params=FLOW), "POST", "/flows/f/runs"),
        (
            lambda api: api.run_workflow(path_params=FLOW, query_params={"wait": True}),
            "POST",
            "/flows/f/runs?wait=true",
        ),
        (
            lambda api: api.run_workflow("application/json", {"a": "b"}, {"wait": False}, FLOW),
            "POST",
            "/flows/f/runs?wait=false",
        ),
        (
            lambda api: api.get_workflow_occurrence({"flowId": "f", "runId": "r/s"}),
            "GET",
            "/flows/f/runs/r%2Fs",
        ),
    ],
)
def test_a_method_makes_one_request(api_of, answers, call, method, target):
    call(api_of(answers))
    (request,) = answers.requests
    assert request.method == method
    assert request.url.raw_path.decode() == f"/api/orchestration{target}"
    assert request.headers["authorization"] == "Bearer t0k3n"
    assert request.headers["accept"] == "application/json"


@pytest.mark.parametrize(
    ("body", "content"),
    [
        (WorkflowConfig(stages=[{"key": None}]), b'{"stages":[{"key":null}]}'),
        ({"stages": [], "z": 1, "a": 2}, b'{"stages":[],"z":1,"a":2}'),
        ({"stages": [{"é\u2028": "\U0001f600"}]}, '{"stages":[{"é\u2028":"\U0001f600"}]}'.encode()),
        (
            {"stages": ({"d": Decimal("1.10"), "n": 2**70, "t": (1,)},)},
            b'{"stages":[{"d":1.10,"n":1180591620717411303424,"t":[1]}]}',
        ),
        (
            {"stages": [{"t": datetime(2023, 2, 14, tzinfo=UTC)}]},
            b'{"stages":[{"t":"2023-02-14T00:00:00Z"}]}',
        ),
    ],
)
def test_a_body_goes_out_as_compact_json_with_nothing_lost(api_of, answers, body, content):
    api_of(answers).create_workflow(body=body)
    assert sent(answers).content == content
    assert sent(answers).headers["content-type"] == "application/json"


def test_variables_go_out_as_they_are(api_of, answers):
    api_of(answers).run_workflow(path_params=FLOW, body=RunWorkflowRequest(key="key_example"))
    assert sent(answers).content == b'{"key":"key_example"}'


def test_a_call_without_a_body_says_that_it_has_none(api_of, answers):
    api_of(answers).create_workflow()
    assert sent(answers).content == b""
    assert sent(answers).headers["content-length"] == "0"
    assert "content-type" not in sent(answers).headers


def test_the_token_is_read_at_each_call(api_of, answers):
    api = api_of(answers)
    api.api_client.configuration.access_token = "second"
    api.list_flows()
    assert sent(answers).headers["authorization"] == "Bearer second"
    api.api_client.configuration.access_token = None
    api.list_flows()
    assert "authorization" not in sent(answers).headers


def test_the_host_is_read_at_each_call(api_of, answers):
    api = api_of(answers)
    api.api_client.configuration.host = "http://second.test/prefix"
    api.list_flows()
    assert str(sent(answers).url) == "http://second.test/prefix/api/orchestration/flows"


@pytest.mark.parametrize(
    ("types", "header"),
    [
        (("application/json", "text/plain"), "application/json, text/plain"),
        (["application/json"], "application/json"),
        ((), None),
    ],
)
def test_accepted_types_are_joined(api_of, answers, types, header):
    api_of(answers).list_flows(accept_content_types=types)
    assert sent(answers).headers.get("accept") == header


def test_default_headers_and_cookies_go_with_each_call(answers):
    configuration = Formance.Configuration(host="http://server.test")
    configuration.transport = httpx.MockTransport(answers)
    client = Formance.ApiClient(configuration, "X-Trace", "7", cookie="a=b")
    client.set_default_header("accept", "text/html")
    client.set_default_header("Authorization", "Bearer own")
    client.user_agent = "mine/1"
    OrchestrationApi(client).list_flows()
    headers = sent(answers).headers
    assert (headers["x-trace"], headers["cookie"], headers["user-agent"]) == ("7", "a=b", "mine/1")
    assert client.user_agent == "mine/1"
    assert headers["authorization"] == "Bearer own"
    # What the call says wins, and stands once.
    assert headers.get_list("accept") == ["application/json"]
    configuration.access_token = "t"
    OrchestrationApi(client).list_flows()
    assert sent(answers).headers.get_list("authorization") == ["Bearer t"]


@pytest.mark.parametrize(
    ("name", "value"), [("X-A", "b\r\nX-C: d"), ("X A", "b"), ("", "b"), ("X-A", "é"), ("X-A", 5), (5, "b")]
)
def test_a_header_that_cannot_be_is_refused(name, value):
    with pytest.raises(Formance.ApiValueError):
        Formance.ApiClient(header_name=name, header_value=value)


@pytest.mark.parametrize("accept", [("a/b\r\nX-C: d",), ("text/é",)])
def test_an_accepted_type_that_no_header_can_hold_is_refused(api_of, answers, accept):
    with pytest.raises(Formance.ApiValueError):
        api_of(answers).list_flows(accept_content_types=accept)
    assert answers.requests == []


@pytest.mark.parametrize("cookie", ["s3cr3t\r\nX-C: d", "s3cr3té", 5])
def test_a_cookie_that_cannot_be_is_refused_without_being_shown(api_of, answers, cookie):
    api = api_of(answers)
    api.api_client.cookie = cookie
    with pytest.raises(Formance.ApiValueError) as caught:
        api.list_flows()
    assert answers.requests == []
    assert "s3cr3t" not in str(caught.value)


def test_a_redirect_is_followed_and_the_token_stays_behind(api_of, answers):
    seen = []

    def handle(request):
        seen.append(request)
        if request.url.host == "server.test":
            return httpx.Response(307, headers={"location": "http://other.test/api/orchestration/flows"})
        return answers(request)

    assert api_of(handle).create_workflow(body={"stages": []}).response.status == 201
    assert seen[1].content == b'{"stages":[]}'
    assert "authorization" not in seen[1].headers


def test_without_a_client_the_api_makes_its_own():
    assert OrchestrationApi().api_client.configuration.host == "http://localhost"
