"""The methods that are about runs."""

# ruff: noqa: PLR0913, PLR0917 - the signatures are the seed's

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
from Formance.model.get_workflow_occurrence_response import GetWorkflowOccurrenceResponse
from Formance.model.list_runs_response import ListRunsResponse
from Formance.model.run_workflow_response import RunWorkflowResponse
from Formance.schemas import FrozenMapping, Unset, unset

__all__ = ["GetWorkflowOccurrence", "ListRuns", "RunWorkflow"]

Limit: TypeAlias = float | tuple[float | None, float | None] | Timeout | None

_JSON = ("application/json",)
_NONE = FrozenMapping()


class GetWorkflowOccurrence(Api):
    """An API with the method `get_workflow_occurrence` alone."""

    @overload
    def get_workflow_occurrence(
        self,
        path_params: Mapping[str, str] = ...,
        accept_content_types: Sequence[str] = ...,
        stream: bool = ...,
        timeout: Limit = ...,
        skip_deserialization: Literal[False] = ...,
    ) -> ApiResponseFor200[GetWorkflowOccurrenceResponse]: ...
    @overload
    def get_workflow_occurrence(
        self,
        path_params: Mapping[str, str] = ...,
        accept_content_types: Sequence[str] = ...,
        stream: bool = ...,
        timeout: Limit = ...,
        *,
        skip_deserialization: Literal[True],
    ) -> ApiResponseWithoutDeserialization: ...
    @overload
    def get_workflow_occurrence(
        self,
        path_params: Mapping[str, str] = ...,
        accept_content_types: Sequence[str] = ...,
        stream: bool = ...,
        timeout: Limit = ...,
        skip_deserialization: bool = ...,
    ) -> ApiResponseFor200[GetWorkflowOccurrenceResponse] | ApiResponseWithoutDeserialization: ...
    def get_workflow_occurrence(
        self,
        path_params: Mapping[str, str] = _NONE,
        accept_content_types: Sequence[str] = _JSON,
        stream: bool = False,
        timeout: Limit = None,
        skip_deserialization: bool = False,
    ) -> ApiResponseFor200[GetWorkflowOccurrenceResponse] | ApiResponseWithoutDeserialization:
        """Read one run.

        Raises ApiException, and ApiTypeError or ApiValueError before sending.
        """
        inputs = Inputs("getWorkflowOccurrence", path_params)
        wanted = Wanted(accept_content_types, stream, timeout, skip_deserialization)
        return self._read(GetWorkflowOccurrenceResponse, inputs, wanted)


class ListRuns(Api):
    """An API with the method `list_runs` alone."""

    @overload
    def list_runs(
        self,
        path_params: Mapping[str, str] = ...,
        accept_content_types: Sequence[str] = ...,
        stream: bool = ...,
        timeout: Limit = ...,
        skip_deserialization: Literal[False] = ...,
        *,
        query_params: Mapping[str, str | int] = ...,
    ) -> ApiResponseFor200[ListRunsResponse]: ...
    @overload
    def list_runs(
        self,
        path_params: Mapping[str, str] = ...,
        accept_content_types: Sequence[str] = ...,
        stream: bool = ...,
        timeout: Limit = ...,
        *,
        skip_deserialization: Literal[True],
        query_params: Mapping[str, str | int] = ...,
    ) -> ApiResponseWithoutDeserialization: ...
    @overload
    def list_runs(
        self,
        path_params: Mapping[str, str] = ...,
        accept_content_types: Sequence[str] = ...,
        stream: bool = ...,
        timeout: Limit = ...,
        skip_deserialization: bool = ...,
        *,
        query_params: Mapping[str, str | int] = ...,
    ) -> ApiResponseFor200[ListRunsResponse] | ApiResponseWithoutDeserialization: ...
    def list_runs(
        self,
        path_params: Mapping[str, str] = _NONE,
        accept_content_types: Sequence[str] = _JSON,
        stream: bool = False,
        timeout: Limit = None,
        skip_deserialization: bool = False,
        *,
        query_params: Mapping[str, str | int] = _NONE,
    ) -> ApiResponseFor200[ListRunsResponse] | ApiResponseWithoutDeserialization:
        """Read a page of runs; `query_params` takes `cursor` and `pageSize`.

        Raises ApiException, and ApiTypeError or ApiValueError before sending.
        """
        inputs = Inputs("listRuns", path_params, query_params)
        wanted = Wanted(accept_content_types, stream, timeout, skip_deserialization)
        return self._read(ListRunsResponse, inputs, wanted)


class RunWorkflow(Api):
    """An API with the method `run_workflow` alone."""

    @overload
    def run_workflow(
        self,
        content_type: str = ...,
        body: Mapping[str, str] | Unset = ...,
        query_params: Mapping[str, bool] = ...,
        path_params: Mapping[str, str] = ...,
        accept_content_types: Sequence[str] = ...,
        stream: bool = ...,
        timeout: Limit = ...,
        skip_deserialization: Literal[False] = ...,
    ) -> ApiResponseFor201[RunWorkflowResponse]: ...
    @overload
    def run_workflow(
        self,
        content_type: str = ...,
        body: Mapping[str, str] | Unset = ...,
        query_params: Mapping[str, bool] = ...,
        path_params: Mapping[str, str] = ...,
        accept_content_types: Sequence[str] = ...,
        stream: bool = ...,
        timeout: Limit = ...,
        *,
        skip_deserialization: Literal[True],
    ) -> ApiResponseWithoutDeserialization: ...
    @overload
    def run_workflow(
        self,
        content_type: str = ...,
        body: Mapping[str, str] | Unset = ...,
        query_params: Mapping[str, bool] = ...,
        path_params: Mapping[str, str] = ...,
        accept_content_types: Sequence[str] = ...,
        stream: bool = ...,
        timeout: Limit = ...,
        skip_deserialization: bool = ...,
    ) -> ApiResponseFor201[RunWorkflowResponse] | ApiResponseWithoutDeserialization: ...
    def run_workflow(
        self,
        content_type: str = "application/json",
        body: Mapping[str, str] | Unset = unset,
        query_params: Mapping[str, bool] = _NONE,
        path_params: Mapping[str, str] = _NONE,
        accept_content_types: Sequence[str] = _JSON,
        stream: bool = False,
        timeout: Limit = None,
        skip_deserialization: bool = False,
    ) -> ApiResponseFor201[RunWorkflowResponse] | ApiResponseWithoutDeserialization:
        """Start a run; with `wait` the answer comes when it is over.

        Raises ApiException, and ApiTypeError or ApiValueError before sending.
        """
        inputs = Inputs("runWorkflow", path_params, query_params, body=body, content_type=content_type)
        wanted = Wanted(accept_content_types, stream, timeout, skip_deserialization)
        return self._made(RunWorkflowResponse, inputs, wanted)
