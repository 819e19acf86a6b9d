"""Calls per second of the fake beside other ways to fake a server, and beside a real one, in one run.

Every contender gives the same bare httpx client the same calls: run, read, list. The bare ones give canned
answers of the same size; the fake keeps state, and validates each request and each answer. What runs in this
process is timed by its CPU time, which a busy machine distorts least, the server by the wall clock. Rounds
are short and interleaved, and ratios are medians over the rounds.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec

import httpx
import respx

from flowgauge.fake import Fake
from flowgauge.reference.server.embedded import embedded_server

ROOT = "http://flowgauge.test"
FLOWS = "/api/orchestration/flows"
CONFIG = {"stages": [{"echo": {"message": "hello ${name}"}}, {"noop": {}}]}
# The fake's calls per second as a share of the bare contender's, at the least.
LEAST_RATIO = {"respx route": ("fake, respx", 0.7), "MockTransport": ("fake, transport", 0.6)}

# Sends one call of each kind, and answers how many that were.
Work = Callable[[], int]


def calls_of(client: httpx.Client, flow_id: str) -> Work:
    """The calls that every contender gets."""

    def work() -> int:
        run = client.post(f"{FLOWS}/{flow_id}/runs", json={"name": "Ada"}).json()["data"]["id"]
        client.get(f"{FLOWS}/{flow_id}").json()
        client.get(f"{FLOWS}/{flow_id}/runs/{run}").json()
        client.get("/api/orchestration/_info").json()
        client.get(f"{FLOWS}/{flow_id}/runs?pageSize=1").json()
        return 5

    return work


def canned() -> tuple[str, dict[tuple[str, str], tuple[int, bytes]]]:
    """A workflow's id, and the fake's own answer to each of the calls."""
    fake = Fake()
    flow_id: str = fake.create_flow(CONFIG["stages"])["id"]
    with httpx.Client(transport=fake.transport(), base_url=ROOT, headers=fake.headers) as client:
        work = calls_of(client, flow_id)
        work()
    return flow_id, {(c.request.method, c.request.path): (c.status, c.body) for c in fake.journal}


class Canned:
    """Answers by method and path; the run's id may be any."""

    def __init__(self) -> None:
        self.flow_id, self._answers = canned()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """The canned answer."""
        status, body = self._answers[request.method, request.url.path]
        return httpx.Response(status, headers={"content-type": "application/json"}, content=body)


@contextmanager
def mock_transport() -> Iterator[Work]:
    """Httpx's own MockTransport with a handler that looks answers up."""
    answer = Canned()
    with httpx.Client(transport=httpx.MockTransport(answer), base_url=ROOT) as client:
        yield calls_of(client, answer.flow_id)


@contextmanager
def respx_route() -> Iterator[Work]:
    """One respx route with the same handler."""
    answer = Canned()
    with respx.mock() as router, httpx.Client(base_url=ROOT) as client:
        router.route(host="flowgauge.test").mock(side_effect=answer)
        yield calls_of(client, answer.flow_id)


@contextmanager
def pytest_httpx() -> Iterator[Work]:
    """pytest-httpx, patched as its fixture does."""
    from pytest_httpx import HTTPXMock  # noqa: PLC0415 - need not be installed
    from pytest_httpx._options import _HTTPXMockOptions  # noqa: PLC0415

    answer = Canned()
    mock = HTTPXMock(_HTTPXMockOptions())
    mock.add_callback(answer, is_reusable=True)
    original = httpx.HTTPTransport.handle_request

    def handle(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        return mock._handle_request(transport, request)  # noqa: SLF001 - as its fixture does

    httpx.HTTPTransport.handle_request = handle  # type: ignore[method-assign]
    try:
        with httpx.Client(base_url=ROOT) as client:
            yield calls_of(client, answer.flow_id)
    finally:
        httpx.HTTPTransport.handle_request = original  # type: ignore[method-assign]


@contextmanager
def fake_respx() -> Iterator[Work]:
    """The fake through respx."""
    with Fake() as fake, httpx.Client(base_url=ROOT, headers=fake.headers) as client:
        yield calls_of(client, fake.create_flow(CONFIG["stages"])["id"])


@contextmanager
def fake_transport() -> Iterator[Work]:
    """The fake as a transport."""
    fake = Fake()
    with httpx.Client(transport=fake.transport(), base_url=ROOT, headers=fake.headers) as client:
        yield calls_of(client, fake.create_flow(CONFIG["stages"])["id"])


@contextmanager
def loopback() -> Iterator[Work]:
    """The reference server over the loopback interface."""
    with embedded_server() as server:
        headers = {"Authorization": f"Bearer {server.token}"}
        with httpx.Client(base_url=server.url, headers=headers) as client:
            flow_id = client.post(FLOWS, json=CONFIG).json()["data"]["id"]
            yield calls_of(client, flow_id)


CONTENDERS = {
    "MockTransport": mock_transport,
    "fake, transport": fake_transport,
    "respx route": respx_route,
    "fake, respx": fake_respx,
    "pytest-httpx": pytest_httpx,
}


def rate(work: Work, seconds: float, clock: Callable[[], float]) -> float:
    """Calls per second of the clock over about that time."""
    done, start = 0, clock()
    while (spent := clock() - start) < seconds:
        done += work()
    return done / spent


def measured(rounds: int, seconds: float) -> dict[str, list[float]]:
    """Calls per second of each contender, round by round."""
    rates: dict[str, list[float]] = {}
    contenders = {n: c for n, c in CONTENDERS.items() if n != "pytest-httpx" or find_spec("pytest_httpx")}
    with loopback() as server:
        for _ in range(rounds):
            for name, contender in contenders.items():
                # A contender that patches must not stay in the way of the next.
                with contender() as work:
                    rate(work, seconds / 5, time.thread_time)
                    rates.setdefault(name, []).append(rate(work, seconds, time.thread_time))
            rates.setdefault("loopback", []).append(rate(server, seconds, time.perf_counter))
    return rates


def shown(rates: dict[str, list[float]]) -> list[str]:
    """The report, line by line; missed targets end in `MISSED`."""
    lines = [f"{name:16} {statistics.median(values):8.0f} calls/s" for name, values in rates.items()]
    for bare, (ours, least) in LEAST_RATIO.items():
        ratio = statistics.median(one / base for one, base in zip(rates[ours], rates[bare], strict=True))
        verdict = "" if ratio >= least else "  MISSED"
        lines.append(f"{ours} / {bare}: {ratio:.2f} (at least {least}){verdict}")
    return lines


def main(arguments: list[str]) -> int:
    """Run as a program."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=0.1, help="per contender and round")
    options = parser.parse_args(arguments)
    lines = shown(measured(options.rounds, options.seconds))
    print("\n".join(lines))
    return int(any(line.endswith("MISSED") for line in lines))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
