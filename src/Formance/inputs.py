"""From a method's arguments to a call; what can be found wrong is found before anything is sent."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from flowgauge.client.answers.values import encoded
from flowgauge.client.errors import InvalidRequest
from flowgauge.client.http.operations import OPERATIONS
from flowgauge.client.http.wire import Call, build
from Formance.absence import unset
from Formance.exceptions import ApiInputError, ApiKeyError, ApiTypeError
from Formance.model.run_workflow_request import RunWorkflowRequest
from Formance.model.workflow_config import WorkflowConfig
from Formance.outcome import input_error
from Formance.schemas import FrozenMapping, Model

__all__ = ["Inputs", "accept_of", "call_of", "check_header"]

T = TypeVar("T")

_NONE = FrozenMapping()
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\x20-\x7e]*")
_BODIES: dict[str, type[Model]] = {"createWorkflow": WorkflowConfig, "runWorkflow": RunWorkflowRequest}


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a method was called with, apart from how the answer is wanted."""

    operation_id: str
    path_params: Mapping[str, str] = _NONE
    query_params: Mapping[str, Any] = _NONE
    body: Any = unset
    content_type: str = "application/json"


def call_of(inputs: Inputs, read: Callable[[bytes], T]) -> Call[T]:
    """The call. Raises ApiTypeError, ApiValueError, and ApiKeyError for an unknown content type."""
    row = OPERATIONS[inputs.operation_id]
    path = _checked_path(inputs.path_params, row.path_parameters)
    query = _checked_query(inputs.query_params, row.query)
    if inputs.content_type != "application/json":
        raise ApiKeyError(f"content_type is {inputs.content_type!r}; bodies are 'application/json'")
    body = inputs.body
    try:
        content = None
        if body is not unset:
            model = _BODIES[inputs.operation_id]
            if type(body) is not model:
                model.check(body)
            content = encoded(body)
        return build(inputs.operation_id, read, path=path, query=query, body=content)
    except InvalidRequest as error:
        raise input_error(error) from None


def accept_of(accept_content_types: object) -> str | None:
    """The Accept header, or None where the caller wants none. Raises ApiTypeError."""
    if accept_content_types == ("application/json",):
        return "application/json"
    if not isinstance(accept_content_types, tuple | list) or not all(
        isinstance(t, str) for t in accept_content_types
    ):
        raise ApiTypeError(f"accept_content_types is a tuple of strings, not {accept_content_types!r}")
    accept = ", ".join(accept_content_types)
    check_header("Accept", accept)
    return accept or None


def check_header(name: object, value: object) -> None:
    """Raises ApiInputError for a name or a value that no header can have."""
    if (
        not isinstance(name, str)
        or not isinstance(value, str)
        or not _HEADER_NAME.fullmatch(name)
        or not _HEADER_VALUE.fullmatch(value)
    ):
        # The value may be a secret, so the message shows the name only.
        raise ApiInputError(f"the header {name!r} has characters that no header can hold, or is not a string")


def _checked_path(params: object, names: frozenset[str]) -> Mapping[str, str]:
    if not isinstance(params, Mapping):
        raise ApiTypeError(f"path_params is a mapping, not {params!r}")
    if params.keys() != names:
        missing, extra = sorted(names - params.keys()), sorted(map(repr, params.keys() - names))
        if missing:
            raise ApiTypeError(f"path_params lacks {', '.join(missing)}")
        raise ApiTypeError(f"path_params does not take {', '.join(extra)}; it takes {sorted(names)}")
    for name, value in params.items():
        if not isinstance(value, str):
            raise ApiTypeError(f"path_params[{name!r}] is a string, not {value!r}")
    return params


def _checked_query(params: object, kinds: Mapping[str, str]) -> Mapping[str, str]:
    if not isinstance(params, Mapping):
        raise ApiTypeError(f"query_params is a mapping, not {params!r}")
    query = {}
    for name, value in params.items():
        if name not in kinds:
            raise ApiTypeError(f"query_params does not take {name!r}; it takes {sorted(kinds)}")
        if value is not unset:
            query[name] = _query_text(name, value, kinds[name])
    return query


def _query_text(name: str, value: object, kind: str) -> str:
    if kind == "boolean" and isinstance(value, bool):
        return "true" if value else "false"
    if kind == "integer" and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if kind == "string" and isinstance(value, str):
        return value
    raise ApiTypeError(f"query_params[{name!r}] is of type {kind}, not {value!r}")
