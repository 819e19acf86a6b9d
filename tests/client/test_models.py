from datetime import UTC, datetime

import msgspec
import pytest

from flowgauge.client.answers import models
from flowgauge.client.answers.models import StageStatus, WorkflowOccurrence
from flowgauge.editions import edition_named

DOCUMENT = edition_named("v0").document

NOW = datetime(2023, 2, 14, tzinfo=UTC)

SCHEMAS = {
    models.ServerInfo: "ServerInfo",
    models.Workflow: "Workflow",
    models.WorkflowConfig: "WorkflowConfig",
    models.WorkflowOccurrence: "WorkflowOccurrence",
    models.StageStatus: "StageStatus",
    models.WorkflowReply: "GetWorkflowResponse",
    models.WorkflowsReply: "ListWorkflowsResponse",
    models.RunReply: "GetWorkflowOccurrenceResponse",
    models.RunsReply: "ListRunsResponse",
}


def _members(schema):
    properties, required = dict(schema.get("properties", {})), set(schema.get("required", ()))
    for branch in schema.get("allOf", ()):
        more, needed = _members(branch)
        properties |= more
        required |= needed
    return properties, required


@pytest.mark.parametrize(("model", "name"), SCHEMAS.items(), ids=SCHEMAS.values())
def test_the_fields_of_a_model_are_the_document_s(model, name):
    properties, required = _members(DOCUMENT.inlined(DOCUMENT.root["components"]["schemas"][name]))
    fields = msgspec.structs.fields(model)
    assert {f.encode_name for f in fields} == set(properties)
    assert {f.encode_name for f in fields if f.required} == required


def test_the_fields_of_a_page_are_the_document_s():
    properties, required = _members(
        DOCUMENT.inlined(DOCUMENT.root["components"]["schemas"]["ListRunsResponse"]["properties"]["cursor"])
    )
    fields = msgspec.structs.fields(models.RunPage)
    assert {f.encode_name for f in fields} == set(properties)
    assert {f.encode_name for f in fields if f.required} == required


def _status(stage, *, ended=False, error=None):
    return StageStatus(stage, f"o{stage}", NOW, NOW if ended else None, error)


@pytest.mark.parametrize(
    ("statuses", "stage_count", "is_over"),
    [
        ([], 0, True),
        ([], 1, False),
        ([_status(0)], 1, False),
        ([_status(0, ended=True)], 1, True),
        ([_status(0, ended=True)], 2, False),
        ([_status(0, ended=True), _status(1)], 2, False),
        ([_status(0, ended=True), _status(1, ended=True)], 2, True),
        ([_status(0, ended=True, error="no")], 3, True),
        ([_status(0, error="no")], 3, True),
        ([_status(0, error="")], 3, True),
    ],
)
def test_a_run_is_over_once_a_stage_failed_or_all_ended(statuses, stage_count, is_over):
    occurrence = WorkflowOccurrence("r", "w", NOW, NOW, tuple(statuses))
    assert occurrence.is_terminal(stage_count) is is_over


def test_a_run_names_the_stage_that_failed():
    statuses = (_status(0, ended=True), _status(1, ended=True, error="no"))
    assert WorkflowOccurrence("r", "w", NOW, NOW, statuses).failure == statuses[1]
    assert WorkflowOccurrence("r", "w", NOW, NOW, statuses[:1]).failure is None


def test_models_cannot_be_changed():
    with pytest.raises(AttributeError):
        _status(0).stage = 1
