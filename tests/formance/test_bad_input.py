"""Whatever goes wrong is one of the documented exceptions, before anything is sent where that can be."""

import math

import httpx
import pytest

import Formance
from Formance.apis.tags.orchestration_api import OrchestrationApi
from Formance.exceptions import ApiBodyError, ApiConnectionError

FLOW = {"flowId": "f"}
T, V, K = Formance.ApiTypeError, Formance.ApiValueError, Formance.ApiKeyError


@pytest.mark.parametrize(
    ("call", "kind", "said"),
    [
        (lambda api: api.get_flow(), T, "lacks flowId"),
        (lambda api: api.get_flow({}), T, "lacks flowId"),
        (lambda api: api.get_flow({"flow_id": "f"}), T, "lacks flowId"),
        (lambda api: api.get_flow({"flowId": "f", "x": "y"}), T, "does not take 'x'"),
        (lambda api: api.get_flow({"flowId": 7}), T, "path_params['flowId']"),
        (lambda api: api.get_flow({"flowId": None}), T, "path_params['flowId']"),
        (lambda api: api.get_flow("f"), T, "path_params is a mapping"),
        (lambda api: api.get_flow(None), T, "path_params is a mapping"),
        (lambda api: api.get_flow({"flowId": "\ud800"}), V, "surrogate"),
        (lambda api: api.get_workflow_occurrence({"flowId": "f"}), T, "lacks runId"),
        (lambda api: api.get_workflow_occurrence({"flowId": "f", "runId": ".."}), V, "runId"),
        (lambda api: api.run_workflow(path_params=FLOW, query_params={"wait": "true"}), T, "wait"),
        (lambda api: api.run_workflow(path_params=FLOW, query_params={"wait": 1}), T, "wait"),
        (lambda api: api.run_workflow(path_params=FLOW, query_params={"wait": None}), T, "wait"),
        (lambda api: api.run_workflow(path_params=FLOW, query_params={"w": True}), T, "does not take 'w'"),
        (lambda api: api.run_workflow(path_params=FLOW, query_params=[]), T, "query_params is a mapping"),
        (lambda api: api.run_workflow(path_params=FLOW, body={"a": 1}), T, "Expected `str`"),
        (lambda api: api.run_workflow(path_params=FLOW, body=["a"]), T, "RunWorkflowRequest"),
        (lambda api: api.run_workflow(path_params=FLOW, body={"a": "\ud800"}), V, "surrogate"),
        (lambda api: api.list_runs(FLOW, query_params={"pageSize": "5"}), T, "pageSize"),
        (lambda api: api.list_runs(FLOW, query_params={"cursor": 5}), T, "cursor"),
        (lambda api: api.create_workflow(body=None), T, "WorkflowConfig"),
        (lambda api: api.create_workflow(body={}), T, "`stages`"),
        (lambda api: api.create_workflow(body="{}"), T, "WorkflowConfig"),
        (lambda api: api.create_workflow(body=b"{}"), T, "WorkflowConfig"),
        (lambda api: api.create_workflow(body={"stages": [1]}), T, "$.stages[0]"),
        (lambda api: api.create_workflow(body={"stages": [{"a": math.nan}]}), V, "nan"),
        (lambda api: api.create_workflow(body={"stages": [{"a": b"x"}]}), T, "bytes"),
        (lambda api: api.create_workflow(body={"stages": [{"a": object()}]}), T, "object"),
        (lambda api: api.create_workflow(body={"stages": [{1: 2}]}), T, "Expected `str`"),
        (lambda api: api.create_workflow(content_type="text/yaml", body={"stages": []}), K, "text/yaml"),
        (lambda api: api.create_workflow(content_type="text/yaml"), K, "text/yaml"),
        (lambda api: api.list_flows(timeout="5"), T, "timeout"),
        (lambda api: api.list_flows(timeout=True), T, "timeout"),
        (lambda api: api.list_flows(timeout=(1, 2, 3)), T, "timeout"),
        (lambda api: api.list_flows(timeout=0), V, "timeout"),
        (lambda api: api.list_flows(timeout=-1), V, "timeout"),
        (lambda api: api.list_flows(timeout=(1, -1)), V, "timeout"),
        (lambda api: api.list_flows(timeout=math.inf), V, "a call must end"),
        (lambda api: api.list_flows(accept_content_types="application/json"), T, "accept_content_types"),
        (lambda api: api.list_flows(accept_content_types=(1,)), T, "accept_content_types"),
        (lambda api: api.list_flows(nonsense=1), TypeError, "nonsense"),
        (lambda api: api.list_flows(path_params={}), TypeError, "path_params"),
    ],
)
def test_wrong_arguments_are_named_and_nothing_is_sent(api_of, answers, call, kind, said):
    with pytest.raises(kind) as caught:
        call(api_of(answers))
    assert said in str(caught.value)
    assert answers.requests == []


@pytest.mark.parametrize(
    ("settings", "kind", "said"),
    [
        ({"host": "server.test"}, V, "not an http"),
        ({"host": "ftp://server.test"}, V, "not an http"),
        ({"host": "http://u:p4ss@server.test"}, V, "user name"),
        ({"host": ""}, V, "URL"),
        ({"host": 7}, T, "int"),
        ({"access_token": "two words"}, V, "bearer token"),
        ({"access_token": "t0k\n"}, V, "bearer token"),
        ({"access_token": 7}, V, "bearer token"),
        ({"retries": -1}, V, "attempts"),
        ({"retries": True}, T, "retries"),
        ({"retries": "3"}, T, "retries"),
        ({"server_index": 9}, V, "server_index is 9"),
    ],
)
def test_wrong_settings_are_named_and_nothing_is_sent(api_of, answers, settings, kind, said):
    with pytest.raises(kind) as caught:
        api_of(answers, **settings).list_flows()
    assert said in str(caught.value)
    assert "p4ss" not in str(caught.value)
    assert "t0k" not in str(caught.value).replace("token", "")
    assert answers.requests == []


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"ssl_ca_cert": "/nowhere/ca.pem"}, "/nowhere/ca.pem"),
        ({"cert_file": "/nowhere/c.pem"}, "/nowhere/c.pem"),
        ({"proxy": "nonsense://proxy"}, "nonsense://proxy"),
        ({"proxy": "::"}, "proxy"),
    ],
)
def test_settings_of_the_connection_that_cannot_be_are_named(settings, said):
    configuration = Formance.Configuration(host="http://127.0.0.1:9")
    for name, value in settings.items():
        setattr(configuration, name, value)
    with pytest.raises(Formance.ApiValueError) as caught:
        OrchestrationApi(Formance.ApiClient(configuration)).list_flows()
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("content", "content_type", "said"),
    [
        (b"", "application/json", "empty"),
        (b"<html>", "text/html", "text/html"),
        (b"{", "application/json", "not JSON"),
        (b'{"data":NaN}', "application/json", "not JSON"),
        (b"null", "application/json", "Expected `object`"),
        (b'{"data":{"id":1}}', "application/json", "$.data.id"),
        (b'{"data":{}}', "application/json", "missing"),
    ],
)
def test_a_success_that_breaks_the_contract_is_an_api_exception(api_of, content, content_type, said):
    def handle(_request):
        return httpx.Response(200, headers={"content-type": content_type, "x-trace": "7"}, content=content)

    with pytest.raises(ApiBodyError) as caught:
        api_of(handle).get_flow(FLOW)
    error = caught.value
    assert (error.status, error.body, error.headers["x-trace"]) == (200, content, "7")
    assert said in error.reason
    assert isinstance(error, Formance.ApiException)
    assert isinstance(error, T)
    assert isinstance(error, V)


def test_a_circle_of_redirects_is_an_api_exception(api_of):
    with pytest.raises(Formance.ApiException) as caught:
        api_of(lambda _r: httpx.Response(302, headers={"location": "/again"})).list_flows()
    assert caught.value.status == 302


def test_a_host_that_cannot_be_found_is_an_api_exception():
    configuration = Formance.Configuration(host="http://no-such-host.invalid")
    with Formance.ApiClient(configuration) as client, pytest.raises(ApiConnectionError):
        OrchestrationApi(client).list_flows()
