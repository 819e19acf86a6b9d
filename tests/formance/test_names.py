"""The surface: every name, signature and relation that programs written for the original rely on."""

import importlib
import inspect
import pkgutil

import msgspec
import pytest

import Formance
from flowgauge.editions import edition_named
from Formance.apis.tags import orchestration_api
from Formance.schemas import Member, Unset, unset

DOCUMENT = edition_named("v0").document

NAMES = {
    "Formance": [
        "ApiClient",
        "Configuration",
        "OpenApiException",
        "ApiTypeError",
        "ApiValueError",
        "ApiKeyError",
        "ApiAttributeError",
        "ApiException",
        "__version__",
    ],
    "Formance.apis.tags.orchestration_api": [
        "OrchestrationApi",
        "CreateWorkflow",
        "GetFlow",
        "GetWorkflowOccurrence",
        "ListFlows",
        "ListRuns",
        "OrchestrationgetServerInfo",
        "RunWorkflow",
    ],
    "Formance.api_client": ["ApiClient", "ApiResponse", "ApiResponseWithoutDeserialization"],
    "Formance.exceptions": ["OpenApiException", "ApiException"],
    "Formance.schemas": ["Unset", "unset"],
}
MODELS = {
    "workflow_config": "WorkflowConfig",
    "workflow": "Workflow",
    "run_workflow_request": "RunWorkflowRequest",
    "workflow_occurrence": "WorkflowOccurrence",
    "stage_status": "StageStatus",
    "server_info": "ServerInfo",
    "error": "Error",
    "create_workflow_response": "CreateWorkflowResponse",
    "get_workflow_response": "GetWorkflowResponse",
    "list_workflows_response": "ListWorkflowsResponse",
    "list_runs_response": "ListRunsResponse",
    "run_workflow_response": "RunWorkflowResponse",
    "get_workflow_occurrence_response": "GetWorkflowOccurrenceResponse",
}
COMMON = {
    "accept_content_types": ("application/json",),
    "stream": False,
    "timeout": None,
    "skip_deserialization": False,
}
BODY = {"content_type": "application/json", "body": unset}
METHODS = {
    "create_workflow": BODY | COMMON,
    "get_flow": {"path_params": {}} | COMMON,
    "get_workflow_occurrence": {"path_params": {}} | COMMON,
    "list_flows": COMMON,
    "list_runs": {"path_params": {}} | COMMON,
    "orchestrationget_server_info": COMMON,
    "run_workflow": BODY | {"query_params": {}, "path_params": {}} | COMMON,
}


def model_of(name):
    return getattr(importlib.import_module(f"Formance.model.{name}"), MODELS[name])


@pytest.mark.parametrize(("module", "name"), [(m, n) for m, names in NAMES.items() for n in names])
def test_every_name_is_there_and_public(module, name):
    imported = importlib.import_module(module)
    assert hasattr(imported, name)
    assert name in imported.__all__


@pytest.mark.parametrize("name", MODELS)
def test_every_model_has_its_module_and_stands_in_models(name):
    models = importlib.import_module("Formance.models")
    assert getattr(models, MODELS[name]) is model_of(name)
    assert sorted(MODELS.values()) == sorted(models.__all__)


def test_every_module_says_what_it_offers():
    for info in pkgutil.walk_packages(Formance.__path__, "Formance."):
        module = importlib.import_module(info.name)
        assert module.__doc__, info.name
        offered = getattr(module, "__all__", [])
        assert offered == sorted(offered), info.name
        assert all(hasattr(module, name) for name in offered), info.name


@pytest.mark.parametrize("name", METHODS)
def test_a_method_takes_the_seed_s_arguments_in_the_seed_s_order(name):
    parameters = list(
        inspect.signature(getattr(orchestration_api.OrchestrationApi, name)).parameters.values()
    )
    positional = [p for p in parameters[1:] if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert {p.name: p.default for p in positional} == METHODS[name]
    assert [p.name for p in positional] == list(METHODS[name])
    # What we add comes by keyword only, so that it can never be hit by position.
    assert {p.name for p in parameters[1:] if p not in positional} <= {"query_params"}


def test_every_operation_is_a_method_and_a_class_of_its_own():
    singles = [
        cls
        for cls in orchestration_api.OrchestrationApi.__mro__
        if cls.__module__.startswith("Formance.apis")
    ]
    methods = {name: cls.__name__ for cls in singles[1:] for name in vars(cls) if not name.startswith("_")}
    assert set(methods) == set(METHODS)
    assert {cls.lower() for cls in methods.values()} == {row.id.lower() for row in DOCUMENT.operations}
    assert all(cls.lower() == name.replace("_", "") for name, cls in methods.items())


@pytest.mark.parametrize(
    ("kind", "parents"),
    [
        ("ApiTypeError", (TypeError,)),
        ("ApiValueError", (ValueError,)),
        ("ApiKeyError", (KeyError,)),
        ("ApiAttributeError", (AttributeError,)),
        ("ApiException", ()),
        ("ApiConnectionError", (Formance.ApiException,)),
        ("ApiTimeoutError", (Formance.ApiException,)),
        ("ApiBodyError", (Formance.ApiException, Formance.ApiValueError, Formance.ApiTypeError)),
        ("ApiInputError", (Formance.ApiValueError, Formance.ApiTypeError)),
    ],
)
def test_exceptions_are_what_they_are_caught_as(kind, parents):
    exception = getattr(importlib.import_module("Formance.exceptions"), kind)
    assert all(issubclass(exception, parent) for parent in (*parents, Formance.OpenApiException))


def _members(schema):
    properties, required = dict(schema.get("properties", {})), set(schema.get("required", ()))
    for branch in schema.get("allOf", ()):
        more, needed = _members(branch)
        properties |= more
        required |= needed
    return set(properties), required


@pytest.mark.parametrize("name", MODELS)
def test_a_model_declares_the_members_of_the_document(name):
    model = model_of(name)
    properties, required = _members(DOCUMENT.inlined(DOCUMENT.root["components"]["schemas"][MODELS[name]]))
    assert {n for n, value in vars(model).items() if isinstance(value, Member)} == properties
    parameters = inspect.signature(model).parameters.values()
    keywords = [p for p in parameters if p.kind is p.KEYWORD_ONLY and not p.name.startswith("_")]
    assert {p.name for p in keywords} == properties
    assert {p.name for p in keywords if p.default is p.empty} == required
    if properties:
        shape = msgspec.structs.fields(model._shape)
        assert {f.encode_name for f in shape} == properties
        assert {f.encode_name for f in shape if f.required} == required


def test_unset_is_one_value():
    assert Unset is type(unset)
    assert repr(unset) == "unset"
