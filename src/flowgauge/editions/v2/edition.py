"""The edition: its document, and the four things it is about."""

from functools import cache
from pathlib import Path

from flowgauge.edition import Edition, Pages, Resource
from flowgauge.openapi import Document

__all__ = ["DOCUMENT_PATH", "PAGES", "edition"]

DOCUMENT_PATH = Path(__file__).with_name("openapi.yaml")

PAGES = Pages(
    size="pageSize",
    cursor="cursor",
    frame=("cursor",),
    next="next",
    previous="previous",
    has_more="hasMore",
    page_size="pageSize",
)
WORKFLOW = Resource(
    kind="workflow",
    ids={"v2GetWorkflow": "flowId", "v2DeleteWorkflow": "flowId", "v2RunWorkflow": "workflowID"},
    create="v2CreateWorkflow",
    read="v2GetWorkflow",
    list="v2ListWorkflows",
    delete="v2DeleteWorkflow",
    items=("cursor", "data"),
    created_at="createdAt",
    updated_at="updatedAt",
    kept={"/config/stages": "/stages", "/config/name": "/name"},
    absent_body={"stages": []},
    is_constant=True,
    pages=PAGES,
)
INSTANCE = Resource(
    kind="instance",
    parent="workflow",
    ids={
        "v2GetInstance": "instanceID",
        "v2SendEvent": "instanceID",
        "v2CancelEvent": "instanceID",
        "v2GetInstanceHistory": "instanceID",
        "v2GetInstanceStageHistory": "instanceID",
    },
    create="v2RunWorkflow",
    read="v2GetInstance",
    list="v2ListInstances",
    items=("cursor", "data"),
    parent_id="workflowID",
    # Its time of change is looked at in the edition's own checks: what has changed need not show.
    created_at="createdAt",
    absent_body={},
    filters={"workflowID": "workflowID"},
    pages=PAGES,
)
TRIGGER = Resource(
    kind="trigger",
    ids={
        "v2ReadTrigger": "triggerID",
        "v2DeleteTrigger": "triggerID",
        "testTrigger": "triggerID",
        "v2ListTriggersOccurrences": "triggerID",
    },
    create="v2CreateTrigger",
    read="v2ReadTrigger",
    list="v2ListTriggers",
    delete="v2DeleteTrigger",
    items=("cursor", "data"),
    created_at="createdAt",
    kept={f"/{name}": f"/{name}" for name in ("event", "workflowID", "version", "filter", "vars", "name")},
    references={"/workflowID": "workflow"},
    filters={"name": "name"},
    is_constant=True,
    pages=PAGES,
)
OCCURRENCE = Resource(
    kind="occurrence",
    parent="trigger",
    list="v2ListTriggersOccurrences",
    items=("cursor", "data"),
    id="",
    parent_id="triggerID",
    pages=PAGES,
)


@cache
def edition() -> Edition:
    """The edition; its document is read once."""
    return Edition(
        "v2",
        Document.read(DOCUMENT_PATH),
        (WORKFLOW, INSTANCE, TRIGGER, OCCURRENCE),
        greeting="v2GetServerInfo",
        version=("version",),
        error_message=("errorMessage",),
        plain=frozenset({"number"}),
        stateful=frozenset({"v2SendEvent", "v2CancelEvent"}),
    )
