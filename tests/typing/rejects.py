"""A program that misuses every public name, and the steps of a world.

On each marked line `mypy --strict` finds that, and nothing else.

A mark names what is misused and the kind of error: `# Name: code`.
"""

# ruff: noqa: B018 - a misuse needs no effect

import Formance
from flowgauge import client as fc
from flowgauge.editions.v0.world.world import FlowWorld
from flowgauge.reference.faults import wrap
from Formance import api_client, models, schemas
from Formance.apis.tags import orchestration_api

TIME = "2023-02-14T09:30:00Z"

# flowgauge.client ------------------------------------------------------------------------------------

fc.Client()  # Client: call-arg
fc.Client("http://localhost", timeout="5")  # Client: arg-type
fc.Client("http://localhost", transport=fc.AsyncClock())  # Client: arg-type
fc.AsyncClient("http://localhost", clock=fc.Clock())  # AsyncClient: arg-type
fc.AsyncClock(sleep=print)  # AsyncClock: arg-type
fc.Clock(monotonic=lambda x: x)  # Clock: arg-type, misc
fc.Connection()  # Connection: call-arg
fc.connection_from({}, token=5)  # connection_from: arg-type
fc.ClientCredentials("http://localhost")  # ClientCredentials: arg-type
fc.Retry(attempts="3")  # Retry: arg-type
fc.PeerLimits(unpacked="1")  # PeerLimits: arg-type
fc.Timeout(total="3")  # Timeout: arg-type
fc.Polling(limit="3")  # Polling: arg-type
fc.ServerInfo()  # ServerInfo: call-arg
fc.WorkflowConfig(stages=[{}])  # WorkflowConfig: arg-type
fc.Workflow("i")  # Workflow: call-arg
fc.WorkflowOccurrence("i")  # WorkflowOccurrence: call-arg
fc.StageStatus("0")  # StageStatus: call-arg, arg-type
fc.RunPage(page_size="5", data=())  # RunPage: arg-type


def misuse_client(client: fc.Client) -> None:
    client.get_flow(5)  # get_flow: arg-type
    client.get_flow()  # get_flow: call-arg
    client.get_flow("f", 5)  # get_flow: call-arg
    client.list_flows(limit=5)  # list_flows: call-arg
    client.create_workflow("{}")  # create_workflow: arg-type
    client.run_workflow("f", {"a": 1})  # run_workflow: dict-item
    client.run_workflow("f", wait="true")  # run_workflow: arg-type
    client.list_runs("f", page_size="5")  # list_runs: arg-type
    client.iter_runs("f").data  # iter_runs: attr-defined
    client.get_workflow_occurrence("f")  # get_workflow_occurrence: call-arg
    client.run_and_wait("f", polling=5)  # run_and_wait: arg-type
    client.get_server_info().versions  # get_server_info: attr-defined
    client.get_server_info().version = "2"  # get_server_info: misc
    client.close(1)  # close: call-arg


async def misuse_async_client(client: fc.AsyncClient) -> None:
    client.get_flow("f").id  # get_flow: attr-defined
    await client.get_flow(5)  # get_flow: arg-type
    for run in client.iter_runs("f"):  # iter_runs: attr-defined
        print(run)


def misuse_errors(error: fc.ClientError) -> None:
    error.response  # ClientError: attr-defined
    fc.InvalidRequest()  # InvalidRequest: call-arg
    fc.ApiError("m", status="4")  # ApiError: arg-type
    fc.Redirected("m", status="4")  # Redirected: arg-type
    fc.BadRequest("m", status="4")  # BadRequest: arg-type
    fc.Unauthorized("m", status="4")  # Unauthorized: arg-type
    fc.NotFound("m", status="4")  # NotFound: arg-type
    fc.Throttled("m", status="4")  # Throttled: arg-type
    fc.ServerError("m", status="4")  # ServerError: arg-type
    fc.TransportError("m", hint=4)  # TransportError: arg-type
    fc.ConnectFailed("m", hint=4)  # ConnectFailed: arg-type
    fc.TlsFailed("m", hint=4)  # TlsFailed: arg-type
    fc.TimedOut("m", hint=4)  # TimedOut: arg-type
    fc.ConnectionBroken("m", hint=4)  # ConnectionBroken: arg-type
    fc.UnexpectedReply("m", hint=4)  # UnexpectedReply: arg-type
    fc.TokenRefused("m", hint=4)  # TokenRefused: arg-type
    fc.RunUnfinished("m").run_id.real  # RunUnfinished: attr-defined


# Formance --------------------------------------------------------------------------------------------

Formance.__version__.real  # __version__: attr-defined
Formance.Configuration(host=5)  # Configuration: arg-type
Formance.Configuration(hosts="x")  # Configuration: call-arg
Formance.Configuration().retries = "3"  # Configuration: assignment
Formance.ApiClient("http://localhost")  # ApiClient: arg-type
orchestration_api.OrchestrationApi("http://localhost")  # OrchestrationApi: arg-type


def misuse_api(api: orchestration_api.OrchestrationApi, client: Formance.ApiClient) -> None:
    api.create_workflow(body="{}")  # CreateWorkflow: call-overload
    api.get_flow("f")  # GetFlow: call-overload
    api.get_flow(path_params={"flowId": 5})  # GetFlow: dict-item
    api.get_flow(flow_id="f")  # GetFlow: call-overload
    api.list_flows(timeout="5")  # ListFlows: call-overload
    api.list_runs({"flowId": "f"}, query_params={"pageSize": None})  # ListRuns: dict-item
    api.run_workflow(query_params={"wait": "true"})  # RunWorkflow: dict-item
    api.run_workflow(body={"a": 1})  # RunWorkflow: dict-item
    api.get_workflow_occurrence(run_id="r")  # GetWorkflowOccurrence: call-overload
    api.orchestrationget_server_info(stream="no")  # OrchestrationgetServerInfo: call-overload
    api.list_flows().body.data.id  # ListFlows: attr-defined
    api.list_flows(skip_deserialization=True).body.data  # ApiResponseWithoutDeserialization: attr-defined
    api.list_flows().response.status.upper()  # ApiResponse: attr-defined
    orchestration_api.CreateWorkflow(client).get_flow()  # CreateWorkflow: attr-defined
    api_client.ApiResponse()  # ApiResponse: call-arg


def misuse_models(flow: models.Workflow) -> None:
    flow.id = "x"  # Workflow: assignment
    flow.name  # Workflow: attr-defined
    models.Workflow(id="i")  # Workflow: call-arg
    models.WorkflowConfig()  # WorkflowConfig: call-arg
    models.WorkflowConfig(stages="x")  # WorkflowConfig: arg-type
    models.RunWorkflowRequest(key=1)  # RunWorkflowRequest: arg-type
    models.WorkflowOccurrence(id="i")  # WorkflowOccurrence: call-arg
    models.StageStatus(stage="0", occurrenceID="o", startedAt=TIME)  # StageStatus: arg-type
    models.ServerInfo(version=1)  # ServerInfo: arg-type
    models.Error(errorCode="VALIDATION")  # Error: call-arg
    models.CreateWorkflowResponse()  # CreateWorkflowResponse: call-arg
    models.GetWorkflowResponse(data="x")  # GetWorkflowResponse: arg-type
    models.ListWorkflowsResponse(data=5)  # ListWorkflowsResponse: arg-type
    models.ListRunsResponse()  # ListRunsResponse: call-arg
    models.RunWorkflowResponse()  # RunWorkflowResponse: call-arg
    models.GetWorkflowOccurrenceResponse()  # GetWorkflowOccurrenceResponse: call-arg
    schemas.unset.value  # unset: attr-defined
    schemas.Unset(1)  # Unset: call-arg


def misuse_exceptions(error: Formance.ApiException) -> None:
    error.status.upper()  # ApiException: attr-defined
    error.body.decode()  # ApiException: union-attr
    wrong: Formance.ApiException = Formance.ApiTypeError()  # ApiTypeError: assignment
    wrong = Formance.ApiValueError()  # ApiValueError: assignment
    wrong = Formance.ApiKeyError()  # ApiKeyError: assignment
    wrong = Formance.ApiAttributeError()  # ApiAttributeError: assignment
    wrong = Formance.OpenApiException()  # OpenApiException: assignment
    print(wrong)


# the steps of a world --------------------------------------------------------------------------------


def misuse_steps(world: FlowWorld) -> None:
    wrap(world.wait_due, lambda wait_due, run: 0.0)  # wrap: arg-type, misc
    wrap(world.wait_due, lambda wait_due, run, now: "soon")  # wrap: arg-type, return-value
    wrap(world.wait_until, lambda step: None)  # wrap: attr-defined
