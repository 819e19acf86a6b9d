"""The client for programs that block: it carries out the steps that `client.exchange` describes."""

from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from flowgauge.client import calls
from flowgauge.client.answers.models import RunPage, ServerInfo, Workflow, WorkflowConfig, WorkflowOccurrence
from flowgauge.client.answers.refusal import TRANSPORT_FAILURES, transport_error, unpackable
from flowgauge.client.connection import Connection
from flowgauge.client.errors import InvalidRequest, TransportError
from flowgauge.client.http.exchange import Send, Steps, answered
from flowgauge.client.http.retry import Retry
from flowgauge.client.http.timing import Clock, Timeout, timeout_of
from flowgauge.client.http.watched import WatchedStream
from flowgauge.client.http.wire import Call
from flowgauge.client.opening import LIMITS, Opening, opened, trust
from flowgauge.client.waiting import PageWalk, Polling, run_to_end

__all__ = ["Client", "SyncSender"]

T = TypeVar("T")


class SyncSender:
    """Carries out steps over a transport. Safe to share between threads."""

    def __init__(self, transport: httpx.BaseTransport, auth: httpx.Auth | None, clock: Clock) -> None:
        self._transport = transport
        self._auth = auth
        self._clock = clock

    def perform(self, steps: Steps[T]) -> T:
        """What the steps return. Raises what they raise."""
        outcome: httpx.Response | TransportError | None = None
        try:
            while True:
                step = steps.send(outcome)
                if isinstance(step, Send):
                    try:
                        outcome = self._sent(step)
                    except TransportError as failure:
                        outcome = failure
                else:
                    self._clock.sleep(step)
                    outcome = None
        except StopIteration as end:
            result: T = end.value
            return result
        finally:
            steps.close()

    def close(self) -> None:
        """Drop all connections; the next call makes new ones."""
        self._transport.close()

    def _sent(self, step: Send) -> httpx.Response:
        if self._auth is None:
            return self._one(step.request, step)
        # Before the flow begins: it may have to wait for another call to fetch a token.
        step.request.extensions["timeout"] = step.deadline
        flow = self._auth.sync_auth_flow(step.request)
        try:
            request = next(flow)
            while True:
                response = self._one(request, step)
                try:
                    request = flow.send(response)
                except StopIteration:
                    return response
                response.close()
        except httpx.PoolTimeout as error:
            raise transport_error(error, step.request, total=step.deadline.total) from error
        finally:
            flow.close()

    def _one(self, request: httpx.Request, step: Send) -> httpx.Response:
        deadline = step.deadline
        request.extensions["timeout"] = deadline
        try:
            response = self._transport.handle_request(request)
            response.request = request
            response.stream = WatchedStream(response.stream, request, deadline)
            if step.is_streamed and response.status_code < 300:
                return response
            try:
                response.read()
            except httpx.DecodingError as flaw:
                return unpackable(response, flaw)
            finally:
                response.close()
        except TRANSPORT_FAILURES as error:
            raise transport_error(error, request, total=deadline.total) from error
        return response


def _pool() -> httpx.BaseTransport:
    from flowgauge.client.http.transport import DeadlineTransport  # noqa: PLC0415 - httpcore is heavy

    return DeadlineTransport(trust(), LIMITS)


class Client:
    """A typed client of an orchestration server, safe to share between threads.

    `connection` is a Connection, or the server's root URL where no credentials are needed. Every call
    has a timeout; none is tried again without a `retry`; redirects are errors unless followed. Close the
    client, or use it as a context manager. All methods raise ClientError and nothing else.
    """

    def __init__(
        self,
        connection: Connection | str,
        *,
        timeout: Timeout | float | None = None,
        retry: Retry | None = None,
        follow_redirects: bool = False,
        transport: httpx.BaseTransport | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._clock = clock or Clock()
        self._timeout = timeout_of(timeout, Timeout())
        opening = Opening(retry, follow_redirects, self._clock.monotonic)
        self._endpoint, auth = opened(connection, opening)
        self._sender = SyncSender(transport or _pool(), auth, self._clock)
        self._is_closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Drop all connections. Calls after this are refused."""
        self._is_closed = True
        self._sender.close()

    def get_server_info(self, *, timeout: Timeout | float | None = None) -> ServerInfo:
        """Which version the server runs."""
        return self._ask(calls.get_server_info(), timeout)

    def list_flows(self, *, timeout: Timeout | float | None = None) -> tuple[Workflow, ...]:
        """Every workflow."""
        return self._ask(calls.list_flows(), timeout)

    def create_workflow(
        self,
        config: WorkflowConfig | Mapping[str, Any] | None = None,
        *,
        timeout: Timeout | float | None = None,
    ) -> Workflow:
        """Register a workflow; without a configuration it has no stages."""
        return self._ask(calls.create_workflow(config), timeout)

    def get_flow(self, flow_id: str, *, timeout: Timeout | float | None = None) -> Workflow:
        """One workflow. Raises NotFound."""
        return self._ask(calls.get_flow(flow_id), timeout)

    def list_runs(
        self,
        flow_id: str,
        *,
        cursor: str | None = None,
        page_size: int | None = None,
        timeout: Timeout | float | None = None,
    ) -> RunPage:
        """A page of a workflow's runs: the newest, or the one that `cursor` names."""
        return self._ask(calls.list_runs(flow_id, cursor, page_size), timeout)

    def iter_runs(
        self, flow_id: str, *, page_size: int | None = None, timeout: Timeout | float | None = None
    ) -> Iterator[WorkflowOccurrence]:
        """All runs of a workflow, newest first, page after page. `timeout` is for each page."""
        walk = PageWalk()
        cursor: str | None = None
        while True:
            page = self.list_runs(flow_id, cursor=cursor, page_size=page_size, timeout=timeout)
            yield from page.data
            cursor = walk.after(page)
            if cursor is None:
                return

    def run_workflow(
        self,
        flow_id: str,
        variables: Mapping[str, str] | None = None,
        *,
        wait: bool | None = None,
        timeout: Timeout | float | None = None,
    ) -> WorkflowOccurrence:
        """Start a run. With `wait` the server answers when the run is over: allow the call that time."""
        return self._ask(calls.run_workflow(flow_id, variables, wait=wait), timeout)

    def get_workflow_occurrence(
        self, flow_id: str, run_id: str, *, timeout: Timeout | float | None = None
    ) -> WorkflowOccurrence:
        """One run as it stands now. Raises NotFound."""
        return self._ask(calls.get_workflow_occurrence(flow_id, run_id), timeout)

    def run_and_wait(
        self,
        flow_id: str,
        variables: Mapping[str, str] | None = None,
        *,
        stage_count: int | None = None,
        polling: Polling | None = None,
        timeout: Timeout | float | None = None,
    ) -> WorkflowOccurrence:
        """Start a run and poll it until it is over. A failed run is returned like any other.

        With a `stage_count`, the workflow is not asked for its number of stages. Raises RunUnfinished.
        """
        limits = timeout_of(timeout, self._timeout)

        def ask(call: Call[Any]) -> Steps[Any]:
            return answered(call, self._endpoint, limits, self._clock)

        steps = run_to_end(ask, flow_id, variables, stage_count, polling or Polling(), self._clock)
        return self._perform(steps)

    def _ask(self, call: Call[T], timeout: Timeout | float | None) -> T:
        limits = timeout_of(timeout, self._timeout)
        return self._perform(answered(call, self._endpoint, limits, self._clock))

    def _perform(self, steps: Steps[T]) -> T:
        if self._is_closed:
            raise InvalidRequest("this client is closed", hint="make a new one")
        return self._sender.perform(steps)
