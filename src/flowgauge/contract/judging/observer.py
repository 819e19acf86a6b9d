"""The observer: judges every exchange by the document and by everything seen before.

The suites only make traffic; what is right and wrong is decided here, once, for all of them. An exchange
goes through the checks that need no memory, and, where its body is sound, on to the checks of its
operation. A defect that was seen is remembered as lost or as the new state, so that one fault does not
echo through everything that follows.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flowgauge.contract.findings.reproduction import given_id
from flowgauge.contract.findings.sightings import NO_OPERATION, Sightings
from flowgauge.contract.judging.exchange_checks import NO_VALUE, check_exchange
from flowgauge.contract.judging.flow_checks import check_created_flow, check_flow_list, check_read_flow
from flowgauge.contract.judging.knowledge import Knowledge
from flowgauge.contract.judging.oracle import Expectation, expectation
from flowgauge.contract.judging.run_checks import check_read_run, check_run_page, check_started_run
from flowgauge.contract.judging.tolerances import Tolerances
from flowgauge.openapi.v0_shim import operations
from flowgauge.results import Exchange

__all__ = ["Observer"]

SemanticCheck = Callable[[Sightings, Any, Expectation, Knowledge, Tolerances], None]

_SEMANTIC: dict[str, SemanticCheck] = {
    "createWorkflow": check_created_flow,
    "getFlow": check_read_flow,
    "listFlows": check_flow_list,
    "runWorkflow": check_started_run,
    "getWorkflowOccurrence": check_read_run,
    "listRuns": check_run_page,
}


class Observer:
    """Holds the knowledge of one target, and judges exchanges in the order in which they ended."""

    def __init__(self, *, is_exclusive: bool, executes_stages: bool, tolerances: Tolerances) -> None:
        self.knowledge = Knowledge(is_exclusive, executes_stages)
        self.tolerances = tolerances

    def observe(self, exchange: Exchange) -> Sightings:
        """Judge one exchange, and learn from it."""
        expected = expectation(exchange.request, self.knowledge)
        operation = _attributed(exchange, expected)
        sightings = Sightings(operation, replace(exchange, operation=operation), expected.creators)
        value = check_exchange(sightings, expected)
        if value is not NO_VALUE and expected.operation is not None and not expected.must_be_refused:
            semantic = _SEMANTIC.get(expected.operation.id)
            if semantic is not None:
                semantic(sightings, value, expected, self.knowledge, self.tolerances)
        self._note_loss(exchange, expected)
        self._note_strays(sightings.exchange, expected)
        return sightings

    def _note_loss(self, exchange: Exchange, expected: Expectation) -> None:
        """Stop expecting what the server has once denied: it is one defect, not one for each later look."""
        if exchange.response is None or exchange.response.status != 404 or 404 in expected.statuses:
            return
        flow = self.knowledge.flows.get(expected.ids.get("flowId", ""))
        if flow is None:
            return
        run = flow.runs.get(expected.ids.get("runId", ""))
        if run is not None:
            run.is_lost = True
        else:
            flow.is_lost = True

    def _note_strays(self, exchange: Exchange, expected: Expectation) -> None:
        """A write that was answered wrongly may have happened all the same: what came of it is expected."""
        response = exchange.response
        if exchange.request.method != "POST" or (response is not None and 400 <= response.status < 500):
            return
        new_id = given_id(exchange)
        flow = self.knowledge.flows.get(expected.ids.get("flowId", ""))
        if exchange.operation == "createWorkflow" and new_id is None:
            self.knowledge.has_stray_flows = True
        elif exchange.operation == "createWorkflow" and new_id not in self.knowledge.flows:
            self.knowledge.foreign.add(str(new_id))
        elif flow is not None and (new_id is None or new_id not in flow.runs):
            flow.has_stray_runs = True


def _attributed(exchange: Exchange, expected: Expectation) -> str:
    """The operation that an exchange counts for; an unsupported method counts for its path's first."""
    if expected.operation is not None:
        return expected.operation.id
    for operation in operations():
        if expected.path_methods and _fits(operation.path, exchange.request.path):
            return operation.id
    return NO_OPERATION


def _fits(template: str, path: str) -> bool:
    parts, segments = template.split("/"), path.split("/")
    return len(parts) == len(segments) and all(
        p == s or p.startswith("{") for p, s in zip(parts, segments, strict=True)
    )
