"""The client for programs on asyncio; the one for programs that block is made of it."""

# ruff: noqa: ASYNC109 - the pool keeps this limit wait by wait, and the keyword is the sync client's

import os
import ssl
from collections.abc import AsyncIterator, Mapping
from typing import Any, Self, TypeVar

import httpx

from flowgauge.client.answers.models import (
    RunPage,
    RunReply,
    RunsReply,
    ServerInfo,
    Workflow,
    WorkflowConfig,
    WorkflowOccurrence,
    WorkflowReply,
    WorkflowsReply,
)
from flowgauge.client.answers.reading import reader
from flowgauge.client.answers.values import encoded
from flowgauge.client.connection import Connection
from flowgauge.client.errors import InvalidRequest, RunUnfinished, UnexpectedReply
from flowgauge.client.exchange import Blocking, Sender, exchange
from flowgauge.client.http.timing import AsyncClock, Polling, Retry, TimeLimit, Timeout, timeout_of
from flowgauge.client.http.wire import Call, build, parsed
from flowgauge.client.opening import LIMITS, opened, proxy_for, trust
from flowgauge.limits import PeerLimits

__all__ = ["AsyncClient"]

T = TypeVar("T")

_read_info = reader(ServerInfo)
_read_workflow = reader(WorkflowReply)
_read_workflows = reader(WorkflowsReply)
_read_run = reader(RunReply)
_read_runs = reader(RunsReply)


class AsyncClient:
    """A typed client of an orchestration server, safe to share between the tasks of one loop.

    `connection` is a Connection, or the server's root URL where no credentials are needed. Every call
    has a timeout; none is tried again without a `retry`; redirects are errors unless followed; `limits` are
    what an answer may cost; `tls` says whom to trust and which certificate to show. Close the client, or
    use it as an async context manager. All methods raise ClientError and nothing else.
    """

    def __init__(  # noqa: PLR0913 - each keyword is a choice of its own
        self,
        connection: Connection | str,
        *,
        timeout: TimeLimit = None,
        retry: Retry | None = None,
        follow_redirects: bool = False,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: AsyncClock | None = None,
        limits: PeerLimits | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._clock = clock or AsyncClock()
        self._timeout = timeout_of(timeout, Timeout())
        self._endpoint, auth = opened(connection, retry, follow_redirects, self._clock.monotonic)
        transport = transport or httpx.AsyncHTTPTransport(
            verify=tls or trust(), limits=LIMITS, proxy=proxy_for(connection)
        )
        self._sender = Sender(transport, auth, self._clock, limits)
        self._is_closed = False
        # A loop and its connections do not survive a fork; a transport that blocks makes new ones.
        self._process = None if isinstance(transport, Blocking) else os.getpid()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Drop all connections. Calls after this are refused."""
        self._is_closed = True
        await self._sender.aclose()

    async def get_server_info(self, *, timeout: TimeLimit = None) -> ServerInfo:
        """Which version the server runs."""
        return await self._ask(build("orchestrationgetServerInfo", _read_info), timeout)

    async def list_flows(self, *, timeout: TimeLimit = None) -> tuple[Workflow, ...]:
        """Every workflow."""
        return (await self._ask(build("listFlows", _read_workflows), timeout)).data

    async def create_workflow(
        self, config: WorkflowConfig | Mapping[str, Any] | None = None, *, timeout: TimeLimit = None
    ) -> Workflow:
        """Register a workflow; without a configuration it has no stages."""
        body = None if config is None else encoded(_checked_config(config))
        return (await self._ask(build("createWorkflow", _read_workflow, body=body), timeout)).data

    async def get_flow(self, flow_id: str, *, timeout: TimeLimit = None) -> Workflow:
        """One workflow. Raises NotFound."""
        return (await self._ask(build("getFlow", _read_workflow, path={"flowId": flow_id}), timeout)).data

    async def list_runs(
        self,
        flow_id: str,
        *,
        cursor: str | None = None,
        page_size: int | None = None,
        timeout: TimeLimit = None,
    ) -> RunPage:
        """A page of a workflow's runs: the newest, or the one that `cursor` names."""
        query = {}
        if page_size is not None:
            if isinstance(page_size, bool) or not isinstance(page_size, int) or not 1 <= page_size <= 1000:
                raise InvalidRequest(f"page_size must be an integer from 1 to 1000, not {page_size!r}")
            query["pageSize"] = str(page_size)
        if cursor is not None:
            if not isinstance(cursor, str) or not cursor:
                raise InvalidRequest("cursor must be the next or previous of an earlier page")
            query["cursor"] = cursor
        call = build("listRuns", _read_runs, path={"flowId": flow_id}, query=query)
        return (await self._ask(call, timeout)).cursor

    async def iter_runs(
        self, flow_id: str, *, page_size: int | None = None, timeout: TimeLimit = None
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
        timeout: TimeLimit = None,
    ) -> WorkflowOccurrence:
        """Start a run. With `wait` the server answers when the run is over: allow the call that time."""
        query = {}
        if wait is not None:
            if not isinstance(wait, bool):
                raise InvalidRequest(f"wait must be True or False, not {wait!r}")
            query["wait"] = "true" if wait else "false"
        body = None if variables is None else encoded(_checked_variables(variables))
        call = build("runWorkflow", _read_run, path={"flowId": flow_id}, query=query, body=body)
        return (await self._ask(call, timeout)).data

    async def get_workflow_occurrence(
        self, flow_id: str, run_id: str, *, timeout: TimeLimit = None
    ) -> WorkflowOccurrence:
        """One run as it stands now. Raises NotFound."""
        path = {"flowId": flow_id, "runId": run_id}
        return (await self._ask(build("getWorkflowOccurrence", _read_run, path=path), timeout)).data

    async def run_and_wait(
        self,
        flow_id: str,
        variables: Mapping[str, str] | None = None,
        *,
        stage_count: int | None = None,
        polling: Polling | None = None,
        timeout: TimeLimit = None,
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

    async def _ask(self, call: Call[T], timeout: TimeLimit) -> T:
        if self._process not in {None, os.getpid()}:
            raise InvalidRequest("this client was made in another process", hint="make a new one")
        if self._is_closed:
            raise InvalidRequest("this client is closed", hint="make a new one")
        limits = timeout_of(timeout, self._timeout)
        return parsed(call, await exchange(call, self._endpoint, limits, self._sender))


def _checked_config(config: WorkflowConfig | Mapping[str, Any]) -> WorkflowConfig | Mapping[str, Any]:
    if isinstance(config, WorkflowConfig):
        return config
    stages = config.get("stages") if isinstance(config, Mapping) else None
    if not isinstance(stages, list | tuple):
        raise InvalidRequest("a configuration is an object with a list of stages", hint='{"stages": [...]}')
    for index, stage in enumerate(stages):
        if not isinstance(stage, Mapping):
            raise InvalidRequest(f"stages[{index}] must be an object, not {type(stage).__name__}")
    return config


def _checked_variables(variables: Mapping[str, str]) -> Mapping[str, str]:
    if not isinstance(variables, Mapping):
        raise InvalidRequest(f"variables must be a mapping, not {type(variables).__name__}")
    for name, value in variables.items():
        if not isinstance(value, str):
            raise InvalidRequest(f"the variable {name!r} must be a string, not {type(value).__name__}")
    return variables


def _unfinished(flow_id: str, run: WorkflowOccurrence, stage_count: int, polling: Polling) -> RunUnfinished:
    ended = sum(status.is_terminated for status in run.statuses)
    error = RunUnfinished(
        f"run {run.id} of workflow {flow_id} is not over after {polling.limit:g} s:"
        f" {ended} of {stage_count} stages have ended",
        hint="the run goes on: wait longer with polling=Polling(limit=...), or ask for it by its id",
    )
    error.flow_id, error.run_id = flow_id, run.id
    return error
