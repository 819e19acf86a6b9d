"""The one module that knows Schemathesis: it makes cases; the probe sends and the observer judges them.

Its own transport is not used, so that a generated case is sent, counted and judged like any other request.
Its checks are a second opinion: they are asked only where the observer found nothing.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import requests
import schemathesis
from schemathesis import Case as GenericCase
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.core.transport import Response as SchemathesisResponse
from schemathesis.generation.stateful import APIStateMachine
from schemathesis.schemas import BaseSchema

from flowgauge.contract.probe import AUTHORIZATION, USER_AGENT, Probe, existing_ids
from flowgauge.contract.traffic.strategies import configs
from flowgauge.openapi.v0_shim import document
from flowgauge.results import Exchange, Request

__all__ = ["contract_schema", "machine_for", "real_ids", "send_case", "tune_schema"]

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


@cache
def contract_schema() -> BaseSchema:
    """The document as Schemathesis reads it, with our own strategy for what a workflow does.

    One for all suites: tests are parametrised from it when they are collected, after `tune_schema`.
    """
    schema = schemathesis.openapi.from_dict(dict(document()), config=_config())
    schema.config.update(base_url=BASE_URL)
    schema.config.phases.update(phases=["examples", "coverage", "fuzzing", "stateful"])

    # Free-form stages are drawn from a strategy of our own: ten times as fast, and fit to run.
    hook: Any = schema.hook("before_generate_body")

    @hook.apply_to(operation_id="createWorkflow")  # type: ignore[untyped-decorator]
    def before_generate_body(context: Any, strategy: Any) -> Any:
        del context
        return configs() | strategy

    return schema


def tune_schema(*, seed: int, max_examples: int) -> None:
    """Set the seed and the examples of each operation's fuzzing."""
    _config().update(seed=seed, max_failures=None)
    contract_schema().config.generation.update(max_examples=max_examples)


@cache
def _config() -> SchemathesisConfig:
    return SchemathesisConfig()


def real_ids(probe: Probe) -> dict[str, str] | None:
    """Ids of a workflow and a run that exist, for two requests of three."""
    return existing_ids(probe) if probe.sent % 3 else None


def send_case(case: Case, probe: Probe, *, ids: Mapping[str, str] | None = None) -> Exchange | None:
    """Send a generated case through the probe, with real `ids` in place of the generated ones.

    Returns None for a case that cannot be put on the wire at all.
    """
    if ids and case.path_parameters:
        case.path_parameters = {n: ids.get(n, value) for n, value in case.path_parameters.items()}
    try:
        prepared = requests.Request(**case.as_transport_kwargs(base_url=BASE_URL)).prepare()
    except (requests.RequestException, ValueError):
        return None
    exchange = probe.send(_request(prepared))
    if exchange.response is not None:
        _ask_second_opinion(case, prepared, exchange, probe)
    return exchange


def machine_for(schema: BaseSchema, probe: Probe) -> type[APIStateMachine]:
    """Schemathesis' state machine over the document's links, sending through the probe."""

    class Machine(schema.as_state_machine()):  # type: ignore[misc]
        def setup(self) -> None:
            probe.reset()

        def call(self, case: Case, **kwargs: Any) -> SchemathesisResponse:
            del kwargs
            exchange = send_case(case, probe)
            prepared = requests.Request("GET", BASE_URL).prepare()
            return _response(prepared, exchange)

        def validate_response(self, response: SchemathesisResponse, case: Case, **kwargs: Any) -> None:
            """Nothing is left to do: the probe has judged the response."""

    return Machine


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
    if probe.last_defects:
        return
    checks: Any = [schemathesis.checks.CHECKS.get_one(name) for name in SECOND_OPINION]
    try:
        case.validate_response(_response(prepared, exchange), checks=checks)
    except FailureGroup as group:
        wrong = "; ".join(f"{failure.title}: {failure.message}" for failure in group.exceptions)
        probe.found("FG-190", wrong[:400], exchange)
    else:
        probe.found("FG-190", None, exchange)
