"""All models of the API in one place."""

from Formance.model.create_workflow_response import CreateWorkflowResponse
from Formance.model.error import Error
from Formance.model.get_workflow_occurrence_response import GetWorkflowOccurrenceResponse
from Formance.model.get_workflow_response import GetWorkflowResponse
from Formance.model.list_runs_response import ListRunsResponse
from Formance.model.list_workflows_response import ListWorkflowsResponse
from Formance.model.run_workflow_request import RunWorkflowRequest
from Formance.model.run_workflow_response import RunWorkflowResponse
from Formance.model.server_info import ServerInfo
from Formance.model.stage_status import StageStatus
from Formance.model.workflow import Workflow
from Formance.model.workflow_config import WorkflowConfig
from Formance.model.workflow_occurrence import WorkflowOccurrence

__all__ = [
    "CreateWorkflowResponse",
    "Error",
    "GetWorkflowOccurrenceResponse",
    "GetWorkflowResponse",
    "ListRunsResponse",
    "ListWorkflowsResponse",
    "RunWorkflowRequest",
    "RunWorkflowResponse",
    "ServerInfo",
    "StageStatus",
    "Workflow",
    "WorkflowConfig",
    "WorkflowOccurrence",
]
