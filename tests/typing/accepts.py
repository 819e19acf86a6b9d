"""A program that uses every public name as it is meant. `mypy --strict` finds nothing in it."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import assert_type

import httpx

import Formance
from flowgauge import client as fc
from Formance import api_client, exceptions, models, rest, schemas
from Formance.apis.tags import orchestration_api

# flowgauge.client ------------------------------------------------------------------------------------

connection: fc.Connection | None = fc.connection_from({"FLOWGAUGE_URL": "http://localhost"}, token="t")
at = connection or fc.Connection("http://localhost", client_id="i", client_secret="s")
retry = fc.Retry(attempts=4, repeat_posts=True)
peer_limits = fc.PeerLimits(unpacked=1 << 20)
limits = fc.Timeout(total=10, connect=2)
polling = fc.Polling(limit=5)
clock = fc.Clock(sleep=lambda seconds: None)
config = fc.WorkflowConfig(stages=({"noop": {}},))


def use_client() -> None:
    transport = httpx.HTTPTransport(verify=ssl.create_default_context())
    with fc.Client(at, timeout=limits, retry=retry, transport=transport, clock=clock) as client:
        assert_type(client.get_server_info(), fc.ServerInfo)
        assert_type(client.list_flows(timeout=1), tuple[fc.Workflow, ...])
        flow = client.create_workflow(config)
        assert_type(client.create_workflow({"stages": [{"noop": {}}]}), fc.Workflow)
        assert_type(client.get_flow(flow.id).config, fc.WorkflowConfig)
        assert_type(client.list_runs(flow.id, page_size=5, cursor=None), fc.RunPage)
        assert_type(client.iter_runs(flow.id), Iterator[fc.WorkflowOccurrence])
        run = client.run_workflow(flow.id, {"name": "Ada"}, wait=True)
        assert_type(client.get_workflow_occurrence(flow.id, run.id), fc.WorkflowOccurrence)
        assert_type(client.run_and_wait(flow.id, polling=polling, stage_count=1), fc.WorkflowOccurrence)
        assert_type(run.failure, fc.StageStatus | None)
        assert_type(run.is_terminal(1), bool)
        assert_type(run.statuses[0].terminated_at, datetime | None)


async def use_async_client() -> None:
    async def sleep(seconds: float) -> None:
        await asyncio.sleep(seconds)

    async with fc.AsyncClient("http://localhost", clock=fc.AsyncClock(sleep=sleep), timeout=5) as client:
        assert_type(await client.get_server_info(), fc.ServerInfo)
        assert_type(await client.list_flows(), tuple[fc.Workflow, ...])
        flow = await client.create_workflow()
        assert_type(client.iter_runs(flow.id), AsyncIterator[fc.WorkflowOccurrence])
        assert_type(await client.run_and_wait(flow.id), fc.WorkflowOccurrence)


def use_errors() -> httpx.Auth:
    try:
        use_client()
    except (
        fc.Redirected,
        fc.BadRequest,
        fc.Unauthorized,
        fc.NotFound,
        fc.Throttled,
        fc.ServerError,
    ) as refused:
        assert_type(refused.response, httpx.Response)
        is_api_error: fc.ApiError = refused
        print(is_api_error.code)
    except (fc.TlsFailed, fc.ConnectFailed, fc.TimedOut, fc.ConnectionBroken) as broken:
        is_transport_error: fc.TransportError = broken
        print(is_transport_error.hint)
    except fc.RunUnfinished as unfinished:
        assert_type(unfinished.run_id, str)
    except (fc.InvalidRequest, fc.UnexpectedReply, fc.TokenRefused) as other:
        is_client_error: fc.ClientError = other
        assert_type(is_client_error.status, int)
    return fc.ClientCredentials(at)


# Formance --------------------------------------------------------------------------------------------

configuration = Formance.Configuration(host="http://localhost", access_token="t")
configuration.access_token = "YOUR_ACCESS_TOKEN"
configuration.retries = retry
configuration.debug = False
print(Formance.__version__)
TIME = "2023-02-14T09:30:00Z"


def use_api() -> None:
    with Formance.ApiClient(configuration, "X-Trace", "1", cookie="a=b") as client:
        client.set_default_header("X-Other", "2")
        api = orchestration_api.OrchestrationApi(client)
        made = api.create_workflow(body=models.WorkflowConfig(stages=[{"key": None}]))
        assert_type(made, api_client.ApiResponseFor201[models.CreateWorkflowResponse])
        assert_type(made.body.data.config.stages, tuple[schemas.FrozenMapping, ...])
        path_params = {"flowId": made.body.data.id}
        assert_type(api.get_flow(path_params=path_params).body, models.GetWorkflowResponse)
        assert_type(api.list_flows().body, models.ListWorkflowsResponse)
        runs = api.list_runs(path_params, query_params={"pageSize": 5}).body
        assert_type(runs, models.ListRunsResponse)
        assert_type(runs.cursor.data[0].statuses[0], models.StageStatus)
        run = api.run_workflow(
            body=models.RunWorkflowRequest(key="value"), query_params={"wait": True}, path_params=path_params
        )
        assert_type(run.body, models.RunWorkflowResponse)
        both = {"flowId": "f", "runId": "r"}
        read = api.get_workflow_occurrence(path_params=both, timeout=(1, 2.5)).body
        assert_type(read, models.GetWorkflowOccurrenceResponse)
        assert_type(read.data, models.WorkflowOccurrence)
        info = api.orchestrationget_server_info(stream=True, accept_content_types=("application/json",))
        assert_type(info, api_client.ApiResponseFor200[models.ServerInfo])
        raw = api.list_flows(skip_deserialization=True)
        assert_type(raw, api_client.ApiResponseWithoutDeserialization)
        assert_type(raw.response, rest.HTTPResponse)
        assert_type(raw.response.read(10), bytes)
        assert_type(raw.body, schemas.Unset)
        answer: api_client.ApiResponse = raw
        print(answer.headers is schemas.unset)


def use_single_methods(client: Formance.ApiClient) -> None:
    orchestration_api.CreateWorkflow(client).create_workflow()
    orchestration_api.GetFlow(client).get_flow({"flowId": "f"})
    orchestration_api.GetWorkflowOccurrence(client).get_workflow_occurrence({"flowId": "f", "runId": "r"})
    orchestration_api.ListFlows(client).list_flows()
    orchestration_api.ListRuns(client).list_runs({"flowId": "f"})
    orchestration_api.OrchestrationgetServerInfo(client).orchestrationget_server_info()
    orchestration_api.RunWorkflow(client).run_workflow(path_params={"flowId": "f"})


def use_models() -> None:
    flow = models.Workflow(id="i", config={"stages": []}, createdAt=TIME, updatedAt=TIME)
    assert_type(flow.config, models.WorkflowConfig)
    status = models.StageStatus(stage=0, occurrenceID="o", startedAt=TIME, error=None)
    assert_type(status.error, str | None)
    run = models.WorkflowOccurrence(id="i", workflowID="w", createdAt=TIME, updatedAt=TIME, statuses=[status])
    models.CreateWorkflowResponse(data=flow)
    models.GetWorkflowResponse(data=flow)
    models.ListWorkflowsResponse(data=[flow])
    models.ListRunsResponse(cursor={"pageSize": 1, "data": [run]})
    models.RunWorkflowResponse(data=run)
    models.GetWorkflowOccurrenceResponse(data=run)
    models.ServerInfo(version="1")
    error = models.Error.from_openapi_data_oapg({"errorCode": "VALIDATION", "errorMessage": "m"})
    assert_type(error, models.Error)


def use_exceptions() -> None:
    try:
        use_api()
    except (
        Formance.ApiTypeError,
        Formance.ApiValueError,
        Formance.ApiKeyError,
        Formance.ApiAttributeError,
    ) as wrong:
        is_open_api: Formance.OpenApiException = wrong
        print(is_open_api)
    except exceptions.ApiTimeoutError as late:
        is_connection: exceptions.ApiConnectionError = late
        print(is_connection.status)
    except Formance.ApiException as refused:
        assert_type(refused.status, int)
        assert_type(refused.reason, str | None)
        assert_type(refused.body, bytes | None)
        assert_type(refused.api_response, api_client.ApiResponse | None)
