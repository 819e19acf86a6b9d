"""The seven operations as typed calls."""

from collections.abc import Mapping
from typing import Any

from flowgauge.client.answers.models import (
    RunReply,
    RunsReply,
    ServerInfo,
    WorkflowConfig,
    WorkflowReply,
    WorkflowsReply,
)
from flowgauge.client.answers.reading import reader
from flowgauge.client.answers.values import encoded
from flowgauge.client.errors import InvalidRequest
from flowgauge.client.http.wire import Call, build

__all__ = [
    "create_workflow",
    "get_flow",
    "get_server_info",
    "get_workflow_occurrence",
    "list_flows",
    "list_runs",
    "run_workflow",
]

_read_info = reader(ServerInfo)
_read_workflow = reader(WorkflowReply)
_read_workflows = reader(WorkflowsReply)
_read_run = reader(RunReply)
_read_runs = reader(RunsReply)


def get_server_info() -> Call[ServerInfo]:
    """Ask which version the server runs."""
    return build("orchestrationgetServerInfo", _read_info)


def list_flows() -> Call[WorkflowsReply]:
    """Ask for every workflow."""
    return build("listFlows", _read_workflows)


def create_workflow(config: WorkflowConfig | Mapping[str, Any] | None) -> Call[WorkflowReply]:
    """Register a workflow; without a configuration it has no stages. Raises InvalidRequest."""
    if config is None:
        return build("createWorkflow", _read_workflow)
    if not isinstance(config, WorkflowConfig):
        _check_config(config)
    return build("createWorkflow", _read_workflow, body=encoded(config))


def get_flow(flow_id: str) -> Call[WorkflowReply]:
    """Ask for one workflow."""
    return build("getFlow", _read_workflow, path={"flowId": flow_id})


def list_runs(flow_id: str, cursor: str | None = None, page_size: int | None = None) -> Call[RunsReply]:
    """Ask for a page of a workflow's runs: the newest, or the one that `cursor` names."""
    query = {}
    if page_size is not None:
        if isinstance(page_size, bool) or not isinstance(page_size, int) or not 1 <= page_size <= 1000:
            raise InvalidRequest(f"page_size must be an integer from 1 to 1000, not {page_size!r}")
        query["pageSize"] = str(page_size)
    if cursor is not None:
        if not isinstance(cursor, str) or not cursor:
            raise InvalidRequest("cursor must be the next or previous of an earlier page")
        query["cursor"] = cursor
    return build("listRuns", _read_runs, path={"flowId": flow_id}, query=query)


def run_workflow(
    flow_id: str, variables: Mapping[str, str] | None = None, *, wait: bool | None = None
) -> Call[RunReply]:
    """Start a run. With `wait` the server answers when the run is over."""
    query = {}
    if wait is not None:
        if not isinstance(wait, bool):
            raise InvalidRequest(f"wait must be True or False, not {wait!r}")
        query["wait"] = "true" if wait else "false"
    body = None
    if variables is not None:
        if not isinstance(variables, Mapping):
            raise InvalidRequest(f"variables must be a mapping, not {type(variables).__name__}")
        for name, value in variables.items():
            if not isinstance(value, str):
                raise InvalidRequest(f"the variable {name!r} must be a string, not {type(value).__name__}")
        body = encoded(variables)
    return build("runWorkflow", _read_run, path={"flowId": flow_id}, query=query, body=body)


def get_workflow_occurrence(flow_id: str, run_id: str) -> Call[RunReply]:
    """Ask for one run."""
    return build("getWorkflowOccurrence", _read_run, path={"flowId": flow_id, "runId": run_id})


def _check_config(config: Mapping[str, Any]) -> None:
    stages = config.get("stages") if isinstance(config, Mapping) else None
    if not isinstance(stages, list | tuple):
        raise InvalidRequest("a configuration is an object with a list of stages", hint='{"stages": [...]}')
    for index, stage in enumerate(stages):
        if not isinstance(stage, Mapping):
            raise InvalidRequest(f"stages[{index}] must be an object, not {type(stage).__name__}")
