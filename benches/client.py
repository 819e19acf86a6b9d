"""CPU per call of the client and of the seed's names, against bare httpx and urllib3 in the same run.

A child process answers every operation from memory; what is measured is this thread's CPU time, so a busy
machine adds noise but no bias. Contenders take turns, round by round, and a ratio is the median over the
rounds of (contender / httpx in that round). Ends with status 1 where a target is missed.

    python benches/client.py [--rounds N] [--calls N]
"""

import argparse
import asyncio
import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import httpx
import urllib3

import Formance
from flowgauge.client import Client, Connection
from flowgauge.editions import edition_named
from Formance.apis.tags.orchestration_api import OrchestrationApi

__all__ = ["main"]

DOCUMENT = edition_named("v0").document
FLOW_ID = "5b2ef2a0-6f06-4d0c-8d3b-1d1f5e0c9a01"
RUN_ID = "0d1c7f8e-50c9-4c5c-9c62-6f1f5ad7a102"
# More ids than any cache of URLs keeps, so that none of the contenders is measured on one URL for ever.
FLOW_IDS = cycle([f"{FLOW_ID[:-4]}{n:04}" for n in range(1000)])
ID = re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TIME = "2023-02-14T09:30:00.000000Z"
CONFIG = {"stages": [{"echo": {"message": "hello ${name}"}}, {"delay": {"duration": "10ms"}}]}
VARIABLES = {"name": "Ada"}
TOKEN = "b" * 43
HEADERS = {"Authorization": f"Bearer {TOKEN}", "Accept": "application/json"}

LARGEST_RATIO = 1.15
LARGEST_LIST_RATIO = 1.2
LONGEST_IMPORT_MS = 200.0
IMPORTS = (
    "import Formance, Formance.models, Formance.apis.tags.orchestration_api",
    "import flowgauge.client",
    "import httpx",
)

Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Row:
    """One operation: CPU per call in microseconds by contender, and its ratio to httpx."""

    operation_id: str
    cost_us: Mapping[str, float]
    ratio: Mapping[str, float]
    limit: float


def bodies() -> dict[str, bytes]:
    """The canned answer of each operation; the list holds 50 workflows."""
    flow = {"id": FLOW_ID, "config": CONFIG, "createdAt": TIME, "updatedAt": TIME}
    status = {"stage": 0, "occurrenceID": RUN_ID, "startedAt": TIME, "terminatedAt": TIME}
    run = {
        "id": RUN_ID,
        "workflowID": FLOW_ID,
        "createdAt": TIME,
        "updatedAt": TIME,
        "statuses": [status] * 2,
    }
    values = {
        "orchestrationgetServerInfo": {"version": "1.0.0"},
        "listFlows": {"data": [flow | {"id": f"{FLOW_ID[:-2]}{n:02}"} for n in range(50)]},
        "createWorkflow": {"data": flow},
        "getFlow": {"data": flow},
        "listRuns": {"cursor": {"pageSize": 15, "hasMore": False, "data": [run] * 15}},
        "runWorkflow": {"data": run},
        "getWorkflowOccurrence": {"data": run},
    }
    return {name: json.dumps(value, separators=(",", ":")).encode() for name, value in values.items()}


class Canned(asyncio.Protocol):
    """Answers each request of a kept connection by its method and path."""

    replies: dict[bytes, bytes] = {}  # noqa: RUF012 - filled once, before the first connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = transport
        self._data = b""

    def data_received(self, data: bytes) -> None:
        """Answer once a whole request is here."""
        self._data += data
        head, end, body = self._data.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        if not end or len(body) < int(length or 0):
            return
        self._data = b""
        method, target, _ = head.split(b" ", 2)
        assert isinstance(self._transport, asyncio.WriteTransport)
        self._transport.write(self.replies[method + b" " + ID.sub(b"-", target.partition(b"?")[0])])


async def serve() -> None:
    """Answer until standard input ends; the port is the first line on standard output."""
    for name, body in bodies().items():
        row = DOCUMENT.operation(name)
        key = f"{row.method} {row.url_path({'flowId': '-', 'runId': '-'})}".encode()
        head = f"HTTP/1.1 {row.success} OK\r\ncontent-type: application/json\r\n"
        Canned.replies[key] = f"{head}content-length: {len(body)}\r\n\r\n".encode() + body
    server = await asyncio.get_running_loop().create_server(Canned, "127.0.0.1", 0)
    async with server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.to_thread(sys.stdin.read)


@contextmanager
def canned_server() -> Iterator[str]:
    """The canned server as a child process; the value is its root URL."""
    command = [sys.executable, __file__, "--serve"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


def bare_httpx(root: str, closing: ExitStack) -> dict[str, Work]:
    """Each operation as few lines of httpx: a request, its JSON."""
    client = closing.enter_context(httpx.Client())
    sends = {"createWorkflow": CONFIG, "runWorkflow": VARIABLES}

    def work(name: str) -> Work:
        row = DOCUMENT.operation(name)
        head, flow, tail = row.path.partition("{flowId}")
        tail = tail.replace("{runId}", RUN_ID)

        def call() -> object:
            url = f"{root}{head}{next(FLOW_IDS) if flow else ''}{tail}"
            return client.request(row.method, url, headers=HEADERS, json=sends.get(name)).json()

        return call

    return {name: work(name) for name in bodies()}


def bare_urllib3(root: str, closing: ExitStack) -> dict[str, Work]:
    """Each operation as few lines of urllib3."""
    pool = closing.enter_context(urllib3.PoolManager())
    sends = {"createWorkflow": CONFIG, "runWorkflow": VARIABLES}

    def work(name: str) -> Work:
        row = DOCUMENT.operation(name)
        head, flow, tail = row.path.partition("{flowId}")
        tail = tail.replace("{runId}", RUN_ID)

        def call() -> object:
            url = f"{root}{head}{next(FLOW_IDS) if flow else ''}{tail}"
            return pool.request(row.method, url, headers=HEADERS, json=sends.get(name)).json()

        return call

    return {name: work(name) for name in bodies()}


def typed(root: str, closing: ExitStack) -> dict[str, Work]:
    """Each operation of `flowgauge.client`."""
    client = closing.enter_context(Client(Connection(root, TOKEN)))
    return {
        "orchestrationgetServerInfo": client.get_server_info,
        "listFlows": client.list_flows,
        "createWorkflow": lambda: client.create_workflow(CONFIG),
        "getFlow": lambda: client.get_flow(next(FLOW_IDS)),
        "listRuns": lambda: client.list_runs(next(FLOW_IDS)),
        "runWorkflow": lambda: client.run_workflow(next(FLOW_IDS), VARIABLES),
        "getWorkflowOccurrence": lambda: client.get_workflow_occurrence(next(FLOW_IDS), RUN_ID),
    }


def seed_names(root: str, closing: ExitStack) -> dict[str, Work]:
    """Each operation of `Formance`, with its body decoded."""
    configuration = Formance.Configuration(host=root, access_token=TOKEN)
    api = OrchestrationApi(closing.enter_context(Formance.ApiClient(configuration)))

    def flow() -> dict[str, str]:
        return {"flowId": next(FLOW_IDS)}

    return {
        "orchestrationgetServerInfo": lambda: api.orchestrationget_server_info().body,
        "listFlows": lambda: api.list_flows().body,
        "createWorkflow": lambda: api.create_workflow(body=CONFIG).body,
        "getFlow": lambda: api.get_flow(path_params=flow()).body,
        "listRuns": lambda: api.list_runs(path_params=flow()).body,
        "runWorkflow": lambda: api.run_workflow(path_params=flow(), body=VARIABLES).body,
        "getWorkflowOccurrence": lambda: (
            api.get_workflow_occurrence(path_params=flow() | {"runId": RUN_ID}).body
        ),
    }


CONTENDERS: dict[str, Callable[[str, ExitStack], dict[str, Work]]] = {
    "httpx": bare_httpx,
    "urllib3": bare_urllib3,
    "flowgauge": typed,
    "Formance": seed_names,
}


def cost_us(work: Work, calls: int) -> float:
    """CPU time of this thread per call."""
    start = time.thread_time_ns()
    for _ in range(calls):
        work()
    return (time.thread_time_ns() - start) / calls / 1000


def measured(root: str, rounds: int, calls: int) -> list[Row]:
    """All operations by all contenders."""
    with ExitStack() as closing:
        works = {name: make(root, closing) for name, make in CONTENDERS.items()}
        return [_measured(operation_id, works, rounds, calls) for operation_id in bodies()]


def _measured(operation_id: str, works: Mapping[str, dict[str, Work]], rounds: int, calls: int) -> Row:
    samples: dict[str, list[float]] = {name: [] for name in works}
    for work in works.values():
        cost_us(work[operation_id], calls)  # connections, caches, first use of the document
    for _ in range(rounds):
        for name, work in works.items():
            samples[name].append(cost_us(work[operation_id], calls))
    ratio = {
        name: statistics.median(one / base for one, base in zip(values, samples["httpx"], strict=True))
        for name, values in samples.items()
    }
    cost = {name: statistics.median(values) for name, values in samples.items()}
    return Row(operation_id, cost, ratio, _limit(operation_id))


def _limit(operation_id: str) -> float:
    return LARGEST_LIST_RATIO if operation_id == "listFlows" else LARGEST_RATIO


def imports_ms(rounds: int) -> dict[str, float]:
    """Wall time of each import in a fresh interpreter, in turns, the best of `rounds`.

    With its bytecode written, as `pip install` leaves it: compiling is no part of it.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    times: dict[str, list[float]] = {statement: [] for statement in IMPORTS}
    for _ in range(rounds + 1):
        for statement, seen in times.items():
            code = f"import time; t = time.perf_counter(); {statement}; print(time.perf_counter() - t)"
            command = [sys.executable, "-c", code]
            ended = subprocess.run(command, capture_output=True, check=True, env=environment)  # noqa: S603
            seen.append(float(ended.stdout))
    return {statement: min(seen[1:]) * 1000 for statement, seen in times.items()}


def shown(rows: list[Row], imports: Mapping[str, float]) -> list[str]:
    """The report, line by line; missed targets end in `MISSED`."""
    lines = [f"{'CPU per call, us':28}" + "".join(f"{name:>18}" for name in CONTENDERS) + f"{'limit':>8}"]
    for row in rows:
        cells = "".join(f"{row.cost_us[name]:>10.0f} ({row.ratio[name]:4.2f}x)" for name in CONTENDERS)
        over = any(row.ratio[name] > row.limit for name in ("flowgauge", "Formance"))
        lines.append(f"{row.operation_id:28}{cells}{row.limit:>7}x{'  MISSED' if over else ''}")
    for statement, spent in imports.items():
        over = statement == IMPORTS[0] and spent > LONGEST_IMPORT_MS
        lines.append(f"{statement}: {spent:.0f} ms{'  MISSED' if over else ''}")
    return lines


def main(arguments: list[str]) -> int:
    """Run as a program."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--calls", type=int, default=40, help="calls per contender and round")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options: Any = parser.parse_args(arguments)
    if options.serve:
        asyncio.run(serve())
        return 0
    with canned_server() as root:
        rows = measured(root, options.rounds, options.calls)
    lines = shown(rows, imports_ms(15))
    print("\n".join(lines))
    return int(any(line.endswith("MISSED") for line in lines))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
