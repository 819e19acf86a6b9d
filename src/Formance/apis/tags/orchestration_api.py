"""All methods of the orchestration API in one class, and each in a class of its own."""

from Formance.apis.flow_methods import CreateWorkflow, GetFlow, ListFlows, OrchestrationgetServerInfo
from Formance.apis.run_methods import GetWorkflowOccurrence, ListRuns, RunWorkflow

__all__ = [
    "CreateWorkflow",
    "GetFlow",
    "GetWorkflowOccurrence",
    "ListFlows",
    "ListRuns",
    "OrchestrationApi",
    "OrchestrationgetServerInfo",
    "RunWorkflow",
]


class OrchestrationApi(
    CreateWorkflow,
    GetFlow,
    GetWorkflowOccurrence,
    ListFlows,
    ListRuns,
    OrchestrationgetServerInfo,
    RunWorkflow,
):
    """The seven operations of the orchestration API."""
