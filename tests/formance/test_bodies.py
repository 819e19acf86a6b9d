"""Decoded bodies and request models: immutable mappings of plain values."""

import copy
import json
import pickle
from datetime import UTC, datetime
from decimal import Decimal
from pprint import pformat

import pytest

import Formance
from Formance import models
from Formance.exceptions import ApiAttributeError, ApiTypeError, ApiValueError
from Formance.model.list_runs_response import Cursor
from Formance.models import (
    Error,
    GetWorkflowOccurrenceResponse,
    GetWorkflowResponse,
    ListRunsResponse,
    ListWorkflowsResponse,
    RunWorkflowRequest,
    ServerInfo,
    StageStatus,
    Workflow,
    WorkflowConfig,
    WorkflowOccurrence,
)
from Formance.schemas import FrozenMapping, frozen, unset

TIME = "2023-02-14T09:30:00Z"


@pytest.fixture
def body(workflow):
    return GetWorkflowResponse.from_openapi_data_oapg({"data": workflow, "more": [{"x": [None, 1.5, True]}]})


def test_members_are_read_as_items_and_as_attributes(body, workflow):
    assert body["data"]["id"] == body.data.id == body.get("data").get("id") == workflow["id"]
    assert body.data.config.stages[0]["a"]["b"] == 1
    assert list(body) == ["data", "more"]
    assert list(body.data) == list(workflow)
    assert body["more"][0]["x"] == (None, 1.5, True)


def test_models_know_their_kind_all_the_way_down(body, run):
    assert isinstance(body, GetWorkflowResponse)
    assert isinstance(body["data"], Workflow)
    assert isinstance(body.data["config"], WorkflowConfig)
    runs = ListRunsResponse.from_openapi_data_oapg({"cursor": {"pageSize": 1, "data": [run]}})
    assert isinstance(runs.cursor.data[0], WorkflowOccurrence)
    assert isinstance(runs.cursor.data[0].statuses[0], StageStatus)


def test_values_are_plain(body, run):
    occurrence = WorkflowOccurrence.from_openapi_data_oapg(run | {"big": 2**80, "no": None})
    assert type(body.data.id) is str
    assert type(occurrence.statuses[0].stage) is int
    assert occurrence["no"] is None
    assert occurrence["big"] == 2**80
    assert type(body["more"][0]["x"][2]) is bool
    assert body.data.createdAt > "2023-02-13"


def test_a_missing_member_is_a_key_error_an_attribute_error_or_unset(run):
    status = StageStatus.from_openapi_data_oapg({"stage": 0, "occurrenceID": "o", "startedAt": TIME})
    with pytest.raises(KeyError):
        status["error"]
    with pytest.raises(ApiAttributeError, match="error"):
        _ = status.error
    assert status.get_item_oapg("error") is unset
    assert status.get_item_oapg("stage") == 0
    assert not hasattr(status, "nonsense")


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m.__setitem__("id", 1),
        lambda m: m.__delitem__("id"),
        lambda m: m.__ior__({"id": 1}),
        lambda m: m.clear(),
        lambda m: m.pop("id"),
        lambda m: m.popitem(),
        lambda m: m.setdefault("x", 1),
        lambda m: m.update(id=1),
        lambda m: setattr(m, "id", "x"),
        lambda m: setattr(m, "other", "x"),
        lambda m: m["config"].update(stages=()),
        lambda m: m["config"]["stages"][0].update(a=1),
        lambda m: m["config"]["stages"].append(1),
    ],
)
def test_nothing_in_a_body_can_be_changed(body, change):
    before = json.dumps(body)
    with pytest.raises((TypeError, AttributeError)):
        change(body.data)
    assert json.dumps(body) == before


def test_bodies_travel(body):
    assert json.loads(json.dumps(body))["data"]["id"] == body.data.id
    for copied in (pickle.loads(pickle.dumps(body)), copy.deepcopy(body), copy.copy(body), body.copy()):
        assert copied == body
        assert type(copied) is type(body)
        assert type(copied.data) is Workflow
        assert hash(copied) == hash(body)


def test_bodies_compare_and_hash_by_value(workflow):
    one, other = (GetWorkflowResponse.from_openapi_data_oapg({"data": workflow}) for _ in range(2))
    assert one == other
    assert len({one, other}) == 1
    assert one != GetWorkflowResponse.from_openapi_data_oapg({"data": workflow | {"id": "x"}})
    assert one.data == {**workflow, "config": {"stages": ({"a": {"b": 1}},)}}


def test_bodies_print_as_the_values_they_hold():
    info = ServerInfo(version="1")
    assert pformat(info) == repr(info) == str(info) == "{'version': '1'}"


@pytest.mark.parametrize(
    ("model", "value", "kind", "said"),
    [
        (Workflow, {"id": "x"}, ApiTypeError, "missing required field `config`"),
        (GetWorkflowResponse, {}, ApiTypeError, "`data`"),
        (GetWorkflowResponse, [], ApiTypeError, "Expected `object`"),
        (GetWorkflowResponse, {"data": {"id": 1}}, ApiTypeError, "$.data.id"),
        (ListWorkflowsResponse, {"data": None}, ApiTypeError, "$.data"),
        (Error, {"errorCode": "OTHER", "errorMessage": "m"}, ApiValueError, "OTHER"),
        (StageStatus, {"stage": 0, "occurrenceID": "o", "startedAt": "noon"}, ApiValueError, "$.startedAt"),
        (
            StageStatus,
            {"stage": 0, "occurrenceID": "o", "startedAt": TIME[:10]},
            ApiValueError,
            "$.startedAt",
        ),
        (StageStatus, {"stage": "0", "occurrenceID": "o", "startedAt": TIME}, ApiTypeError, "$.stage"),
        (RunWorkflowRequest, {"a": 1}, ApiTypeError, "Expected `str`"),
        (GetWorkflowOccurrenceResponse, {"data": {"status": []}}, ApiTypeError, "missing"),
    ],
)
def test_decoding_refuses_what_breaks_the_contract(model, value, kind, said):
    with pytest.raises(kind) as caught:
        model.from_openapi_data_oapg(value)
    assert said in str(caught.value)
    assert model.__name__ in str(caught.value)


@pytest.mark.parametrize(
    "model",
    [WorkflowConfig, Workflow, StageStatus, WorkflowOccurrence, ServerInfo, Error, GetWorkflowResponse],
)
def test_a_missing_member_at_construction_is_a_type_error(model):
    with pytest.raises(TypeError, match="missing"):
        model()


def test_every_model_can_be_made_from_its_members(workflow, run):
    flow, occurrence = Workflow(**workflow), WorkflowOccurrence(**run)
    for envelope in (models.CreateWorkflowResponse, models.GetWorkflowResponse):
        assert envelope(data=workflow).data == flow
    for envelope in (models.RunWorkflowResponse, models.GetWorkflowOccurrenceResponse):
        assert envelope(data=occurrence).data.statuses[0].occurrenceID == "o"
    assert ListWorkflowsResponse(data=[flow]).data == (flow,)
    cursor = Cursor(pageSize=1, data=[run], hasMore=True, next="n")
    assert ListRunsResponse(cursor=cursor).cursor == cursor
    assert "previous" not in cursor
    assert cursor.data == (occurrence,)
    assert Error(errorCode="VALIDATION", errorMessage="m").errorMessage == "m"


@pytest.mark.parametrize("text", ["2023-01-31T10:20:30", "2023-01-31T10:20:30.123456", "2023-01-31 10:20:30"])
def test_a_time_without_an_offset_is_read_as_it_came(text, workflow, run):
    flow = workflow | {"createdAt": text, "updatedAt": text}
    status = run["statuses"][0] | {"startedAt": text, "terminatedAt": text}
    occurrence = run | {"createdAt": text, "updatedAt": text, "statuses": [status]}
    for model, sent in (
        (GetWorkflowResponse, {"data": flow}),
        (ListWorkflowsResponse, {"data": [flow]}),
        (GetWorkflowOccurrenceResponse, {"data": occurrence}),
        (ListRunsResponse, {"cursor": {"pageSize": 1, "data": [occurrence]}}),
    ):
        assert json.loads(json.dumps(model.from_body(json.dumps(sent).encode()))) == sent
        assert (
            model.from_openapi_data_oapg(sent) == model(**sent) == model.from_body(json.dumps(sent).encode())
        )
    # As the servers of February 2023 wrote it.
    old = {name: value for name, value in occurrence.items() if name != "statuses"} | {"status": [status]}
    body = GetWorkflowOccurrenceResponse.from_body(json.dumps({"data": old}).encode())
    assert body.data.statuses[0].terminatedAt == text


def test_a_time_may_be_given_as_a_datetime_and_is_kept_as_text():
    for at in (datetime(2023, 1, 31, 10, 20, 30), datetime(2023, 1, 31, tzinfo=UTC)):  # noqa: DTZ001
        made = StageStatus(stage=0, occurrenceID="o", startedAt=at)
        assert made.startedAt == at.isoformat()
        assert made == StageStatus.from_openapi_data_oapg(made)


def test_models_are_made_from_keywords_mappings_and_each_other(workflow):
    config = WorkflowConfig(stages=[{"key": None}], extra=[1])
    assert config == {"stages": ({"key": None},), "extra": (1,)}
    assert WorkflowConfig({"x-y": 1}, stages=()) == {"x-y": 1, "stages": ()}
    assert RunWorkflowRequest({"a b": "c"}, d="e") == {"a b": "c", "d": "e"}
    assert RunWorkflowRequest() == {}
    made = Workflow(id="i", config=config, createdAt=TIME, updatedAt=TIME)
    assert type(made.config) is WorkflowConfig
    assert type(Workflow(**workflow).config) is WorkflowConfig
    assert "error" not in StageStatus(stage=0, occurrenceID="o", startedAt=TIME, error=unset)


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda: WorkflowConfig(stages="ab"), ApiTypeError),
        (lambda: WorkflowConfig(stages=[1]), ApiTypeError),
        (lambda: RunWorkflowRequest(a=1), ApiTypeError),
        (lambda: RunWorkflowRequest(a=None), ApiTypeError),
        (lambda: Error(errorCode="OTHER", errorMessage="m"), ApiValueError),
    ],
)
def test_construction_refuses_what_breaks_the_contract(make, kind):
    with pytest.raises(kind):
        make()


def test_a_generic_mapping_freezes_what_it_is_given():
    inner = {"b": [1, {"c": 2}]}
    mapping = frozen({"a": inner, "d": Decimal(1)})
    inner["b"].append(3)
    assert mapping == {"a": {"b": (1, {"c": 2})}, "d": Decimal(1)}
    assert hash(mapping) == hash(frozen(mapping))
    assert type(mapping) is type(mapping["a"]) is FrozenMapping


def test_version_is_told():
    assert Formance.__version__.count(".") == 2
