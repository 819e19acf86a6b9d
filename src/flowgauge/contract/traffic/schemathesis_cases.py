"""The one module that knows Schemathesis: it makes cases; the probe sends and the observer judges them.

Its own transport is not used, so that a generated case is sent, counted and judged like any other request.
Its checks are a second opinion: they are asked only where the observer found nothing.
"""

import contextlib
from collections.abc import Callable, Mapping
from copy import deepcopy
from functools import cache
from typing import Any

import hypothesis
import pytest
import requests
import schemathesis
from hypothesis.strategies import SearchStrategy
from schemathesis import Case as GenericCase
from schemathesis.config import SchemathesisConfig
from schemathesis.core.errors import NoLinksFound
from schemathesis.core.failures import FailureGroup
from schemathesis.core.transport import Response as SchemathesisResponse
from schemathesis.schemas import BaseSchema

from flowgauge.contract.edition_part import Cases, ContractPart
from flowgauge.contract.header_values import asked_to_wait
from flowgauge.contract.probe import Probe
from flowgauge.contract.requests import AUTHORIZATION, USER_AGENT, deletes
from flowgauge.edition import Edition
from flowgauge.results import Exchange, Request

__all__ = ["OperationTests", "contract_schema", "ids_for", "send_case", "tune_schema", "walk_links"]

Case = GenericCase[Any]

BASE_URL = "http://target.invalid"
# Not asked: `status_code_conformance` is blind beside a `default` response; `positive_data_acceptance` takes
# a 404 for an acceptance; `negative_data_rejection` takes an undeclared query parameter for invalid input;
# `ignored_auth`, `ensure_resource_availability` and `use_after_free` send requests past the probe.
SECOND_OPINION = (
    "not_a_server_error",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)


def contract_schema(part: ContractPart) -> BaseSchema:
    """The document as Schemathesis reads it, with the edition's own strategies of bodies.

    One for all suites: tests are parametrised from it when they are collected, after `tune_schema`.
    """
    return _schema(part.edition, part.cases)


@cache
def _schema(edition: Edition, cases: Cases) -> BaseSchema:
    # It writes into what it is given.
    schema = schemathesis.openapi.from_dict(deepcopy(dict(edition.document.root)), config=_config(edition))
    schema.config.update(base_url=BASE_URL)
    schema.config.phases.update(phases=["examples", "coverage", "fuzzing", "stateful"])
    for operation_id, bodies in cases.bodies.items():
        if bodies.strategy is not None:
            _mix_in(schema, operation_id, bodies.strategy)
    return schema


def _mix_in(schema: BaseSchema, operation_id: str, own: Callable[[], SearchStrategy[Any]]) -> None:
    """Draw bodies from the edition's own strategy too: faster than from a free schema, and fit for use."""
    hook: Any = schema.hook("before_generate_body")

    @hook.apply_to(operation_id=operation_id)  # type: ignore[untyped-decorator]
    def before_generate_body(context: Any, strategy: Any) -> Any:
        del context
        return own() | strategy


def tune_schema(part: ContractPart, *, seed: int, max_examples: int) -> None:
    """Set the seed and the examples of each operation's fuzzing."""
    _config(part.edition).update(seed=seed, max_failures=None)
    contract_schema(part).config.generation.update(max_examples=max_examples)


@cache
def _config(edition: Edition) -> SchemathesisConfig:
    """Its own for each edition: a configuration remembers the documents that were read with it."""
    del edition
    return SchemathesisConfig()


class OperationTests:
    """Makes a test for each operation of each test function that is marked `each_operation`."""

    def __init__(self, part: ContractPart) -> None:
        self._part = part

    @pytest.hookimpl(tryfirst=True)
    def pytest_pycollect_makeitem(self, collector: pytest.Collector, name: str, obj: object) -> Any:
        """Hand such a function on as Schemathesis knows it; leave all others alone."""
        marks = getattr(obj, "pytestmark", ())
        if not any(mark.name == "each_operation" for mark in marks):
            return None
        kept = [mark for mark in marks if mark.name != "each_operation"]
        test = contract_schema(self._part).parametrize()(obj)
        test.pytestmark = kept
        return collector.ihook.pytest_pycollect_makeitem(collector=collector, name=name, obj=test)


def ids_for(case: Case, probe: Probe) -> dict[str, str] | None:
    """Ids of things that exist, for two requests of three; for all of what deletes."""
    return probe.existing() if probe.sent % 3 or _deletes(case, probe) else None


def _operation_id(case: Case) -> str:
    return str(case.operation.definition.raw["operationId"])


def _deletes(case: Case, probe: Probe) -> bool:
    return deletes(probe.edition, probe.edition.operation(_operation_id(case)))


def send_case(case: Case, probe: Probe, *, ids: Mapping[str, str] | None = None) -> Exchange | None:
    """Send a generated case through the probe, with real `ids`, by kind, in place of the generated ones.

    Returns None for a case that cannot be put on the wire at all, and for one that would delete what the
    suites have not made. Raises OutOfTime where no time is left: there is no end to cases otherwise.
    """
    probe.go_on()
    kinds = probe.edition.kinds_in(probe.edition.operation(_operation_id(case)))
    given = case.path_parameters
    if ids and given:
        given = {**given, **{parameter: ids[kind] for kind, parameter in kinds if kind in ids}}
        case.path_parameters = given
    is_ours = all(str((given or {}).get(name)) in probe.knowledge.things(kind) for kind, name in kinds)
    is_told = probe.edition.role_of(_operation_id(case)) is not None
    if _deletes(case, probe) and not (is_ours and is_told):
        return None
    try:
        prepared = requests.Request(**case.as_transport_kwargs(base_url=BASE_URL)).prepare()
    except (requests.RequestException, ValueError):
        return None
    exchange = probe.send(_request(prepared))
    if exchange.response is not None:
        _ask_second_opinion(case, prepared, exchange, probe)
    return exchange


def walk_links(probe: Probe, settings: hypothesis.settings) -> None:
    """Run Schemathesis' state machine over the document's links, sending through the probe."""
    walks: Any = contract_schema(probe.part).as_state_machine()

    class Machine(walks):  # type: ignore[misc]
        def setup(self) -> None:
            probe.reset()

        def call(self, case: Case, **kwargs: Any) -> SchemathesisResponse:
            del kwargs
            exchange = send_case(case, probe)
            prepared = requests.Request("GET", BASE_URL).prepare()
            return _response(prepared, exchange)

        def validate_response(self, response: SchemathesisResponse, case: Case, **kwargs: Any) -> None:
            """Nothing is left to do: the probe has judged the response."""

    # A document without links has no walks.
    with contextlib.suppress(NoLinksFound):
        Machine.run(settings=settings)


def _request(prepared: requests.PreparedRequest) -> Request:
    headers = [(str(n), _text(v)) for n, v in prepared.headers.items() if n.lower() not in _OURS]
    if not any(name.lower() == "authorization" for name, _ in headers):
        headers.insert(0, AUTHORIZATION)
    body = prepared.body
    if isinstance(body, str):
        body = body.encode()
    headers.append(USER_AGENT)
    return Request(prepared.method or "GET", str(prepared.path_url), tuple(headers), body or None)


# Set by the transport underneath.
_OURS = {"user-agent", "host", "content-length", "connection", "accept-encoding", "x-schemathesis-testcaseid"}


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _response(prepared: requests.PreparedRequest, exchange: Exchange | None) -> SchemathesisResponse:
    answer = exchange.response if exchange else None
    headers: dict[str, list[str]] = {}
    for name, value in answer.headers if answer else ():
        headers.setdefault(name.lower(), []).append(value)
    return SchemathesisResponse(
        status_code=answer.status if answer else 599,
        headers=headers,
        content=answer.body if answer else b"",
        request=prepared,
        elapsed=exchange.elapsed if exchange else 0.0,
        verify=True,
    )


def _ask_second_opinion(
    case: Case, prepared: requests.PreparedRequest, exchange: Exchange, probe: Probe
) -> None:
    # Who only asks to be asked later has not answered yet.
    if probe.last_defects or asked_to_wait(exchange.response) is not None:
        return
    checks: Any = [schemathesis.checks.CHECKS.get_one(name) for name in SECOND_OPINION]
    try:
        case.validate_response(_response(prepared, exchange), checks=checks)
    except FailureGroup as group:
        wrong = "; ".join(f"{failure.title}: {failure.message}" for failure in group.exceptions)
        probe.found("FG-190", wrong[:400], exchange)
    else:
        probe.found("FG-190", None, exchange)
