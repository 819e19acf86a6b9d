"""The client for programs on asyncio; the one for programs that block is made of it."""

# ruff: noqa: ASYNC109 - the pool keeps this limit wait by wait, and the keyword is the sync client's

from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from flowgauge.client import calls
from flowgauge.client.answers.models import RunPage, ServerInfo, Workflow, WorkflowConfig, WorkflowOccurrence
from flowgauge.client.connection import Connection
from flowgauge.client.errors import InvalidRequest, RunUnfinished, UnexpectedReply
from flowgauge.client.exchange import Sender, exchange
from flowgauge.client.http.timing import AsyncClock, Polling, Retry, Timeout, timeout_of
from flowgauge.client.http.wire import Call, parsed
from flowgauge.client.opening import LIMITS, opened, trust

__all__ = ["AsyncClient"]

T = TypeVar("T")


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
        self._endpoint, auth = opened(connection, retry, follow_redirects, self._clock.monotonic)
        transport = transport or httpx.AsyncHTTPTransport(verify=trust(), limits=LIMITS)
        self._sender = Sender(transport, auth, self._clock)
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
        return (await self._ask(calls.list_flows(), timeout)).data

    async def create_workflow(
        self,
        config: WorkflowConfig | Mapping[str, Any] | None = None,
        *,
        timeout: Timeout | float | None = None,
    ) -> Workflow:
        """Register a workflow; without a configuration it has no stages."""
        return (await self._ask(calls.create_workflow(config), timeout)).data

    async def get_flow(self, flow_id: str, *, timeout: Timeout | float | None = None) -> Workflow:
        """One workflow. Raises NotFound."""
        return (await self._ask(calls.get_flow(flow_id), timeout)).data

    async def list_runs(
        self,
        flow_id: str,
        *,
        cursor: str | None = None,
        page_size: int | None = None,
        timeout: Timeout | float | None = None,
    ) -> RunPage:
        """A page of a workflow's runs: the newest, or the one that `cursor` names."""
        return (await self._ask(calls.list_runs(flow_id, cursor, page_size), timeout)).cursor

    async def iter_runs(
        self, flow_id: str, *, page_size: int | None = None, timeout: Timeout | float | None = None
    ) -> AsyncIterator[WorkflowOccurrence]:
        """All runs of a workflow, newest first, page after page. `timeout` is for each page."""
        cursor: str | None = None
        seen: set[str | None] = set()
        while True:
            page = await self.list_runs(flow_id, cursor=cursor, page_size=page_size, timeout=timeout)
            for run in page.data:
                yield run
            cursor = page.next
            if page.has_more is False or (cursor is None and not page.has_more):
                return
            if cursor is None:
                raise UnexpectedReply(
                    "a page of runs says that there are more, and has no `next`", status=200
                )
            if cursor in seen:
                raise UnexpectedReply(f"the pages of runs go in circles: {cursor!r} came twice", status=200)
            seen.add(cursor)

    async def run_workflow(
        self,
        flow_id: str,
        variables: Mapping[str, str] | None = None,
        *,
        wait: bool | None = None,
        timeout: Timeout | float | None = None,
    ) -> WorkflowOccurrence:
        """Start a run. With `wait` the server answers when the run is over: allow the call that time."""
        return (await self._ask(calls.run_workflow(flow_id, variables, wait=wait), timeout)).data

    async def get_workflow_occurrence(
        self, flow_id: str, run_id: str, *, timeout: Timeout | float | None = None
    ) -> WorkflowOccurrence:
        """One run as it stands now. Raises NotFound."""
        return (await self._ask(calls.get_workflow_occurrence(flow_id, run_id), timeout)).data

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
        if stage_count is not None and (
            isinstance(stage_count, bool) or not isinstance(stage_count, int) or stage_count < 0
        ):
            raise InvalidRequest(f"stage_count must be 0 or a positive integer, not {stage_count!r}")
        if stage_count is None:
            stage_count = len((await self.get_flow(flow_id, timeout=timeout)).config.stages)
        polling = polling or Polling()
        run = await self.run_workflow(flow_id, variables, timeout=timeout)
        gives_up_at, pause = self._clock.monotonic() + polling.limit, polling.first_pause
        while not run.is_terminal(stage_count):
            left = gives_up_at - self._clock.monotonic()
            if left <= 0:
                raise _unfinished(flow_id, run, stage_count, polling)
            await self._clock.sleep(min(pause, left))
            pause = min(pause * polling.growth, polling.longest_pause)
            run = await self.get_workflow_occurrence(flow_id, run.id, timeout=timeout)
        return run

    async def _ask(self, call: Call[T], timeout: Timeout | float | None) -> T:
        if self._is_closed:
            raise InvalidRequest("this client is closed", hint="make a new one")
        limits = timeout_of(timeout, self._timeout)
        return parsed(call, await exchange(call, self._endpoint, limits, self._sender))


def _unfinished(flow_id: str, run: WorkflowOccurrence, stage_count: int, polling: Polling) -> RunUnfinished:
    ended = sum(status.is_terminated for status in run.statuses)
    error = RunUnfinished(
        f"run {run.id} of workflow {flow_id} is not over after {polling.limit:g} s:"
        f" {ended} of {stage_count} stages have ended",
        hint="the run goes on: wait longer with polling=Polling(limit=...), or ask for it by its id",
    )
    error.flow_id, error.run_id = flow_id, run.id
    return error
