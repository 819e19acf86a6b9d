"""The methods that are about workflows, and the one about the server."""

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias, overload

from flowgauge.client import Timeout
from Formance.api_client import (
    Api,
    ApiResponseFor200,
    ApiResponseFor201,
    ApiResponseWithoutDeserialization,
    Wanted,
)
from Formance.inputs import Inputs
from Formance.model.create_workflow_response import CreateWorkflowResponse
from Formance.model.get_workflow_response import GetWorkflowResponse
from Formance.model.list_workflows_response import ListWorkflowsResponse
from Formance.model.server_info import ServerInfo
from Formance.schemas import FrozenMapping, Unset, unset

__all__ = ["CreateWorkflow", "GetFlow", "ListFlows", "OrchestrationgetServerInfo"]

Limit: TypeAlias = float | tuple[float | None, float | None] | Timeout | None

_JSON = ("application/json",)
_NONE = FrozenMapping()


class CreateWorkflow(Api):
    """An API with the method `create_workflow` alone."""

    @overload
    def create_workflow(
        self,
        content_type: str = ...,
        body: Mapping[str, object] | Unset = ...,
        accept_content_types: Sequence[str] = ...,
        stream: bool = ...,
        timeout: Limit = ...,
        skip_deserialization: Literal[False] = ...,
    ) -> ApiResponseFor201[CreateWorkflowResponse]: ...
    @overload
    def create_workflow(
        self,
        content_type: str = ...,
        body: Mapping[str, object] | Unset = ...,
        accept_content_types: Sequence[str] = ...,
        stream: bool = ...,
        timeout: Limit = ...,
        *,
        skip_deserialization: Literal[True],
    ) -> ApiResponseWithoutDeserialization: ...
    @overload
    def create_workflow(
        self,
        content_type: str = ...,
        body: Mapping[str, object] | Unset = ...,
        accept_content_types: Sequence[str] = ...,
        stream: bool = ...,
        timeout: Limit = ...,
        skip_deserialization: bool = ...,
    ) -> ApiResponseFor201[CreateWorkflowResponse] | ApiResponseWithoutDeserialization: ...
    def create_workflow(
        self,
        content_type: str = "application/json",
        body: Mapping[str, object] | Unset = unset,
        accept_content_types: Sequence[str] = _JSON,
        stream: bool = False,
        timeout: Limit = None,
        skip_deserialization: bool = False,
    ) -> ApiResponseFor201[CreateWorkflowResponse] | ApiResponseWithoutDeserialization:
        """Register a workflow; without a body it has no stages.

        Raises ApiException, and ApiTypeError or ApiValueError before sending.
        """
        inputs = Inputs("createWorkflow", body=body, content_type=content_type)
        wanted = Wanted(accept_content_types, stream, timeout, skip_deserialization)
        return self._made(CreateWorkflowResponse, inputs, wanted)


class GetFlow(Api):
    """An API with the method `get_flow` alone."""

    @overload
    def get_flow(
        self,
        path_params: Mapping[str, str] = ...,
        accept_content_types: Sequence[str] = ...,
        stream: bool = ...,
        timeout: Limit = ...,
        skip_deserialization: Literal[False] = ...,
    ) -> ApiResponseFor200[GetWorkflowResponse]: ...
    @overload
    def get_flow(
        self,
        path_params: Mapping[str, str] = ...,
        accept_content_types: Sequence[str] = ...,
        stream: bool = ...,
        timeout: Limit = ...,
        *,
        skip_deserialization: Literal[True],
    ) -> ApiResponseWithoutDeserialization: ...
    @overload
    def get_flow(
        self,
        path_params: Mapping[str, str] = ...,
        accept_content_types: Sequence[str] = ...,
        stream: bool = ...,
        timeout: Limit = ...,
        skip_deserialization: bool = ...,
    ) -> ApiResponseFor200[GetWorkflowResponse] | ApiResponseWithoutDeserialization: ...
    def get_flow(
        self,
        path_params: Mapping[str, str] = _NONE,
        accept_content_types: Sequence[str] = _JSON,
        stream: bool = False,
        timeout: Limit = None,
        skip_deserialization: bool = False,
    ) -> ApiResponseFor200[GetWorkflowResponse] | ApiResponseWithoutDeserialization:
        """Read one workflow.

        Raises ApiException, and ApiTypeError or ApiValueError before sending.
        """
        inputs = Inputs("getFlow", path_params)
        wanted = Wanted(accept_content_types, stream, timeout, skip_deserialization)
        return self._read(GetWorkflowResponse, inputs, wanted)


class ListFlows(Api):
    """An API with the method `list_flows` alone."""

    @overload
    def list_flows(
        self,
        accept_content_types: Sequence[str] = ...,
        stream: bool = ...,
        timeout: Limit = ...,
        skip_deserialization: Literal[False] = ...,
    ) -> ApiResponseFor200[ListWorkflowsResponse]: ...
    @overload
    def list_flows(
        self,
        accept_content_types: Sequence[str] = ...,
        stream: bool = ...,
        timeout: Limit = ...,
        *,
        skip_deserialization: Literal[True],
    ) -> ApiResponseWithoutDeserialization: ...
    @overload
    def list_flows(
        self,
        accept_content_types: Sequence[str] = ...,
        stream: bool = ...,
        timeout: Limit = ...,
        skip_deserialization: bool = ...,
    ) -> ApiResponseFor200[ListWorkflowsResponse] | ApiResponseWithoutDeserialization: ...
    def list_flows(
        self,
        accept_content_types: Sequence[str] = _JSON,
        stream: bool = False,
        timeout: Limit = None,
        skip_deserialization: bool = False,
    ) -> ApiResponseFor200[ListWorkflowsResponse] | ApiResponseWithoutDeserialization:
        """Read every workflow.

        Raises ApiException, and ApiTypeError or ApiValueError before sending.
        """
        inputs = Inputs("listFlows")
        wanted = Wanted(accept_content_types, stream, timeout, skip_deserialization)
        return self._read(ListWorkflowsResponse, inputs, wanted)


class OrchestrationgetServerInfo(Api):
    """An API with the method `orchestrationget_server_info` alone."""

    @overload
    def orchestrationget_server_info(
        self,
        accept_content_types: Sequence[str] = ...,
        stream: bool = ...,
        timeout: Limit = ...,
        skip_deserialization: Literal[False] = ...,
    ) -> ApiResponseFor200[ServerInfo]: ...
    @overload
    def orchestrationget_server_info(
        self,
        accept_content_types: Sequence[str] = ...,
        stream: bool = ...,
        timeout: Limit = ...,
        *,
        skip_deserialization: Literal[True],
    ) -> ApiResponseWithoutDeserialization: ...
    @overload
    def orchestrationget_server_info(
        self,
        accept_content_types: Sequence[str] = ...,
        stream: bool = ...,
        timeout: Limit = ...,
        skip_deserialization: bool = ...,
    ) -> ApiResponseFor200[ServerInfo] | ApiResponseWithoutDeserialization: ...
    def orchestrationget_server_info(
        self,
        accept_content_types: Sequence[str] = _JSON,
        stream: bool = False,
        timeout: Limit = None,
        skip_deserialization: bool = False,
    ) -> ApiResponseFor200[ServerInfo] | ApiResponseWithoutDeserialization:
        """Ask which version the server runs.

        Raises ApiException, and ApiTypeError or ApiValueError before sending.
        """
        inputs = Inputs("orchestrationgetServerInfo")
        wanted = Wanted(accept_content_types, stream, timeout, skip_deserialization)
        return self._read(ServerInfo, inputs, wanted)
