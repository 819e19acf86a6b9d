"""The client for programs on asyncio: it carries out the steps that `client.exchange` describes."""

# ruff: noqa: ASYNC109 - the pool keeps this limit wait by wait, and the keyword is the sync client's

import math
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
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
from flowgauge.client.http.timing import AsyncClock, Deadline, Timeout, timeout_of
from flowgauge.client.http.watched import WatchedStream
from flowgauge.client.http.wire import Call
from flowgauge.client.opening import LIMITS, Opening, opened, trust
from flowgauge.client.waiting import PageWalk, Polling, run_to_end

__all__ = ["AsyncClient", "AsyncSender"]

T = TypeVar("T")


@asynccontextmanager
async def _within(seconds: float) -> AsyncIterator[None]:
    """Ends what is in the block, wherever it waits, once the time is over. Raises `httpx.ReadTimeout`."""
    import asyncio  # noqa: PLC0415 - heavy, and already loaded wherever this runs

    try:
        async with asyncio.timeout(seconds if seconds < math.inf else None):
            yield
    except TimeoutError:
        raise httpx.ReadTimeout("timed out") from None


class AsyncSender:
    """Carries out steps over a transport. Safe to share between tasks."""

    def __init__(
        self, transport: httpx.AsyncBaseTransport, auth: httpx.Auth | None, clock: AsyncClock
    ) -> None:
        self._transport = transport
        self._auth = auth
        self._clock = clock

    async def perform(self, steps: Steps[T]) -> T:
        """What the steps return. Raises what they raise."""
        outcome: httpx.Response | TransportError | None = None
        try:
            while True:
                step = steps.send(outcome)
                if isinstance(step, Send):
                    try:
                        outcome = await self._sent(step)
                    except TransportError as failure:
                        outcome = failure
                else:
                    await self._clock.sleep(step)
                    outcome = None
        except StopIteration as end:
            result: T = end.value
            return result
        finally:
            steps.close()

    async def aclose(self) -> None:
        """Drop all connections; the next call makes new ones."""
        await self._transport.aclose()

    async def _sent(self, step: Send) -> httpx.Response:
        if self._auth is None:
            return await self._one(step.request, step)
        # Before the flow begins: it may have to wait for another call to fetch a token.
        step.request.extensions["timeout"] = step.deadline
        flow = self._auth.async_auth_flow(step.request)
        try:
            request = await anext(flow)
            while True:
                response = await self._one(request, step)
                try:
                    request = await flow.asend(response)
                except StopAsyncIteration:
                    return response
                await response.aclose()
        except httpx.PoolTimeout as error:
            raise transport_error(error, step.request, total=step.deadline.total) from error
        finally:
            await flow.aclose()

    async def _one(self, request: httpx.Request, step: Send) -> httpx.Response:
        deadline = step.deadline
        request.extensions["timeout"] = deadline
        try:
            # The pool keeps its limits wait by wait; this ends a head that is dripped byte by byte.
            async with _within(deadline.left):
                return await self._whole(request, deadline)
        except TRANSPORT_FAILURES as error:
            raise transport_error(error, request, total=deadline.total) from error

    async def _whole(self, request: httpx.Request, deadline: Deadline) -> httpx.Response:
        response = await self._transport.handle_async_request(request)
        response.request = request
        response.stream = WatchedStream(response.stream, request, deadline)
        try:
            await response.aread()
        except httpx.DecodingError as flaw:
            return unpackable(response, flaw)
        finally:
            await response.aclose()
        return response


class AsyncClient:
    """A typed client of an orchestration server, safe to share between the tasks of one loop.

    `connection` is a Connection, or the server's root URL where no credentials are needed. Every call
    has a timeout; none is tried again without a `retry`; redirects are errors unless followed. Close the
    client, or use it as an async context manager. All methods raise ClientError and nothing else.
    """

    def __init__(
        self,
        connection: Connection | str,
        *,
        timeout: Timeout | float | None = None,
        retry: Retry | None = None,
        follow_redirects: bool = False,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: AsyncClock | None = None,
    ) -> None:
        self._clock = clock or AsyncClock()
        self._timeout = timeout_of(timeout, Timeout())
        opening = Opening(retry, follow_redirects, self._clock.monotonic)
        self._endpoint, auth = opened(connection, opening)
        transport = transport or httpx.AsyncHTTPTransport(verify=trust(), limits=LIMITS)
        self._sender = AsyncSender(transport, auth, self._clock)
        self._is_closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Drop all connections. Calls after this are refused."""
        self._is_closed = True
        await self._sender.aclose()

    async def get_server_info(self, *, timeout: Timeout | float | None = None) -> ServerInfo:
        """Which version the server runs."""
        return await self._ask(calls.get_server_info(), timeout)

    async def list_flows(self, *, timeout: Timeout | float | None = None) -> tuple[Workflow, ...]:
        """Every workflow."""
        return await self._ask(calls.list_flows(), timeout)

    async def create_workflow(
        self,
        config: WorkflowConfig | Mapping[str, Any] | None = None,
        *,
        timeout: Timeout | float | None = None,
    ) -> Workflow:
        """Register a workflow; without a configuration it has no stages."""
        return await self._ask(calls.create_workflow(config), timeout)

    async def get_flow(self, flow_id: str, *, timeout: Timeout | float | None = None) -> Workflow:
        """One workflow. Raises NotFound."""
        return await self._ask(calls.get_flow(flow_id), timeout)

    async def list_runs(
        self,
        flow_id: str,
        *,
        cursor: str | None = None,
        page_size: int | None = None,
        timeout: Timeout | float | None = None,
    ) -> RunPage:
        """A page of a workflow's runs: the newest, or the one that `cursor` names."""
        return await self._ask(calls.list_runs(flow_id, cursor, page_size), timeout)

    async def iter_runs(
        self, flow_id: str, *, page_size: int | None = None, timeout: Timeout | float | None = None
    ) -> AsyncIterator[WorkflowOccurrence]:
        """All runs of a workflow, newest first, page after page. `timeout` is for each page."""
        walk = PageWalk()
        cursor: str | None = None
        while True:
            page = await self.list_runs(flow_id, cursor=cursor, page_size=page_size, timeout=timeout)
            for run in page.data:
                yield run
            cursor = walk.after(page)
            if cursor is None:
                return

    async def run_workflow(
        self,
        flow_id: str,
        variables: Mapping[str, str] | None = None,
        *,
        wait: bool | None = None,
        timeout: Timeout | float | None = None,
    ) -> WorkflowOccurrence:
        """Start a run. With `wait` the server answers when the run is over: allow the call that time."""
        return await self._ask(calls.run_workflow(flow_id, variables, wait=wait), timeout)

    async def get_workflow_occurrence(
        self, flow_id: str, run_id: str, *, timeout: Timeout | float | None = None
    ) -> WorkflowOccurrence:
        """One run as it stands now. Raises NotFound."""
        return await self._ask(calls.get_workflow_occurrence(flow_id, run_id), timeout)

    async def run_and_wait(
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
        return await self._perform(steps)

    async def _ask(self, call: Call[T], timeout: Timeout | float | None) -> T:
        limits = timeout_of(timeout, self._timeout)
        return await self._perform(answered(call, self._endpoint, limits, self._clock))

    async def _perform(self, steps: Steps[T]) -> T:
        if self._is_closed:
            raise InvalidRequest("this client is closed", hint="make a new one")
        return await self._sender.perform(steps)
