"""What the suites know of the server's state: what was acknowledged, and what was seen since."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flowgauge.contract.findings.defect import Subject
from flowgauge.results import Exchange

__all__ = ["FlowRecord", "Knowledge", "RunRecord"]

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(slots=True)
class RunRecord:
    """A run that the server acknowledged: `view` is how it was last seen, in `seen`."""

    id: str
    flow_id: str
    variables: dict[str, str]
    started: Exchange
    view: dict[str, Any]
    seen: Exchange
    is_lost: bool = False

    @property
    def subject(self) -> Subject:
        """What defects of it are about."""
        return Subject(self.id, self.started.operation or "")


@dataclass(slots=True)
class FlowRecord:
    """A workflow that the server acknowledged, and its acknowledged runs, oldest first.

    `stages` are those that were sent. Once it `is_read`, `readings` are the other ones that answers have
    shown: there are none on a sound server. It has stray runs once a start was answered in a way that leaves
    open whether it happened.
    """

    id: str
    stages: list[dict[str, Any]]
    created: Exchange
    view: dict[str, Any]
    runs: dict[str, RunRecord] = field(default_factory=dict)
    has_stray_runs: bool = False
    is_lost: bool = False
    is_read: bool = False
    readings: list[list[dict[str, Any]]] = field(default_factory=list)

    @property
    def subject(self) -> Subject:
        """What defects of it are about."""
        return Subject(self.id, self.created.operation or "")


@dataclass(slots=True)
class Knowledge:
    """Everything acknowledged since the store was empty.

    `is_exclusive` says whether nobody else writes to the server: only then is an unknown id surely
    unknown, and an unexpected item in a list surely wrong. `executes_stages` says whether it is known to
    execute the stage kinds of the reference. `foreign` are the workflows that others created, or that came
    of requests that should have been refused; there are stray ones once a create was answered in a way that
    leaves open whether it happened. `given_out` outlives a reset: an id is never
    to be given out twice; nor is an occurrence id, in `occurrences` with its run. `cursors` are those that
    pages gave. `read_back` asks the server for a workflow, to tell a cause from what follows of it; what
    comes of that is known when it returns.
    """

    is_exclusive: bool
    executes_stages: bool
    flows: dict[str, FlowRecord] = field(default_factory=dict)
    foreign: set[str] = field(default_factory=set)
    has_stray_flows: bool = False
    given_out: dict[str, Exchange] = field(default_factory=dict)
    occurrences: dict[str, str] = field(default_factory=dict)
    cursors: set[str] = field(default_factory=set)
    read_back: Callable[[str], object] = lambda _: None

    def forget(self) -> None:
        """The store was emptied."""
        self.flows.clear()
        self.has_stray_flows = False
        self.foreign.clear()

    def flow(self, flow_id: str) -> FlowRecord | None:
        """The record of a workflow, unless it is known to be lost."""
        record = self.flows.get(flow_id)
        return None if record is None or record.is_lost else record

    def run(self, flow_id: str, run_id: str) -> RunRecord | None:
        """The record of a run of that workflow, unless it is known to be lost."""
        flow = self.flow(flow_id)
        record = flow.runs.get(run_id) if flow else None
        return None if record is None or record.is_lost else record

    def as_given_out(self, some_id: str) -> str:
        """The known id of which this is another spelling, or the id itself.

        A UUID is read without regard to case (RFC 9562, section 4); any other id is what it is.
        """
        if some_id in self.given_out or not _UUID.fullmatch(some_id):
            return some_id
        return next((i for i in (some_id.lower(), some_id.upper()) if i in self.given_out), some_id)

    def owner_of(self, run_id: str) -> FlowRecord | None:
        """The workflow that a run belongs to, whichever it is asked under."""
        return next((flow for flow in self.flows.values() if run_id in flow.runs), None)
