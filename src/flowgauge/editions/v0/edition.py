"""The seed's edition: its document, and the two things it is about."""

from functools import cache
from pathlib import Path

from flowgauge.edition import Edition, Pages, Resource
from flowgauge.openapi import Document

__all__ = ["DOCUMENT_PATH", "edition"]

DOCUMENT_PATH = Path(__file__).with_name("openapi.yaml")

WORKFLOW = Resource(
    kind="workflow",
    ids={
        "getFlow": "flowId",
        "listRuns": "flowId",
        "runWorkflow": "flowId",
        "getWorkflowOccurrence": "flowId",
    },
    create="createWorkflow",
    read="getFlow",
    list="listFlows",
    created_at="createdAt",
    updated_at="updatedAt",
    kept={"/config/stages": "/stages"},
    absent_body={"stages": []},
    is_constant=True,
)
RUN = Resource(
    kind="run",
    parent="workflow",
    ids={"getWorkflowOccurrence": "runId"},
    create="runWorkflow",
    read="getWorkflowOccurrence",
    list="listRuns",
    items=("cursor", "data"),
    parent_id="workflowID",
    created_at="createdAt",
    updated_at="updatedAt",
    absent_body={},
    pages=Pages(
        size="pageSize",
        cursor="cursor",
        frame=("cursor",),
        next="next",
        previous="previous",
        has_more="hasMore",
        page_size="pageSize",
        default_size=15,
    ),
)


@cache
def edition() -> Edition:
    """The edition; its document is read once."""
    return Edition(
        "v0",
        Document.read(DOCUMENT_PATH),
        (WORKFLOW, RUN),
        greeting="orchestrationgetServerInfo",
        version=("version",),
        error_message=("errorMessage",),
    )
