"""Run folders' values for tests: deterministic, shaped like the real ones, and hostile on demand."""

import random
from collections.abc import Callable, Iterable
from functools import cache

from flowgauge.editions import edition_named
from flowgauge.results import (
    BlindCheck,
    CheckTally,
    ContractReport,
    Exchange,
    Finding,
    Histogram,
    LoadRun,
    OperationCounts,
    OperationReport,
    Request,
    Response,
    SkippedCheck,
    Slice,
    TargetIdentity,
)

__all__ = [
    "CHECKS",
    "OPERATION_IDS",
    "bursty_seconds",
    "contract_report",
    "exchange",
    "finding",
    "load_run",
    "scattered",
    "stalling",
]

OPERATION_IDS = tuple(op.id for op in edition_named("v0").operations)
CHECKS = (
    "status_code_conformance",
    "response_schema_conformance",
    "content_type_conformance",
    "read_equals_write",
    "list_contains_created",
    "unknown_id_is_404",
    "auth_is_required",
    "times_are_ordered",
    "server_error",
)
STARTED_AT = 1_760_000_000.0


def exchange(
    *,
    status: int | None = 500,
    body: bytes = b'{"errorCode":"VALIDATION","errorMessage":"no such flow"}',
    target: str = "/api/orchestration/flows/00000000-0000-4000-8000-000000000000",
) -> Exchange:
    """One failed read."""
    response = None if status is None else Response(status, (("Content-Type", "application/json"),), body)
    return Exchange(
        operation="getFlow",
        request=Request(
            "GET", target, (("Authorization", "Bearer s3cret-t0ken"), ("Accept", "application/json"))
        ),
        response=response,
        sent_at=10.0,
        received_at=10.0042,
        error="connection reset by peer" if status is None else None,
    )


def finding(**changes: object) -> Finding:
    """A finding on getFlow, with any field changed."""
    fields: dict[str, object] = {
        "id": "FG-101",
        "title": "an unknown id is answered with a server error",
        "operation": "getFlow",
        "severity": "critical",
        "detail": "expected 404, got 500\nThe contract promises an Error body for an unknown flow.",
        "exchanges": (exchange(),),
        "reproduction": (
            'curl -sS -i -H "Authorization: Bearer $FLOWGAUGE_TOKEN" \\\n'
            "  http://127.0.0.1:40123/api/orchestration/flows/00000000-0000-4000-8000-000000000000"
        ),
        "count": 37,
    }
    return Finding(**(fields | changes))  # type: ignore[arg-type]


def contract_report(
    *findings: Finding, cases: int = 140, complete: bool = True, fault_score: float | None = None
) -> ContractReport:
    """A report that covers every operation of the document; the findings' checks count as failed once."""
    found = {f.operation for f in findings if f.waived is None}
    rows = []
    for number, op in enumerate(edition_named("v0").operations):
        tallies = {
            check: CheckTally(cases + number, 1 if check == CHECKS[0] and op.id in found else 0)
            for check in CHECKS[: len(CHECKS) - number % 3]
        }
        rows.append(OperationReport(op.id, op.method, op.path, cases, tallies if cases else {}))
    return ContractReport(
        target=TargetIdentity("embedded", "http://127.0.0.1:40123"),
        seed=1,
        started_at=STARTED_AT,
        duration=31.7,
        complete=complete,
        operations=tuple(rows),
        findings=findings,
        skipped=(SkippedCheck("expired_token", "the target gives no expired token"),),
        notes=("the target keeps nothing after a restart",),
        fault_score=fault_score,
        versions={"flowgauge": "0.1.0", "schemathesis": "4.32.5"},
        applicable=40,
        blind=(
            BlindCheck("FG-408", "a run is not over when it must be", "no run could be made"),
            BlindCheck("FG-702", "concurrent writes are lost", "no run could be made"),
        ),
    )


def stalling(
    *, every: float = 10.0, length: float = 0.5, service: float = 0.004
) -> Callable[[float, random.Random], float]:
    """A latency by time: log-normal about `service` seconds, plus what is left of a stall of the server."""

    def latency(at: float, dice: random.Random) -> float:
        into = at % every
        return dice.lognormvariate(0, 0.35) * service + max(0.0, length - into) * (into < length)

    return latency


@cache
def scattered(typical: float, spread: float) -> Callable[[float, random.Random], float]:
    """A log-normal latency about so many seconds; the same function for the same question."""
    return lambda at, dice: dice.lognormvariate(0, spread) * typical


def bursty_seconds(
    dice: random.Random, *, seconds: int, share: float, length: float, burst: int = 1, factor: float = 1.0
) -> list[Histogram]:
    """Seconds of a server of about 20 ms that stalls at random, `share` of the time, in bursts of stalls.

    20 requests a second, each due at its time whatever the server does, so that those due in a stall wait
    for its end. `factor` makes everything that much slower.
    """
    stalls, at = [], 0.0
    while share and at < seconds:
        at += dice.expovariate(share / length / burst)
        for _ in range(burst):
            stalls.append((at, at + length * dice.uniform(0.5, 1.5)))
            at = stalls[-1][1] + length * dice.random()
    slices = []
    for second in range(seconds):
        histogram = Histogram()
        for number in range(20):
            due = second + number / 20
            waited = sum(end - due for begin, end in stalls if begin <= due < end)
            histogram.record((waited + 0.02 * dice.lognormvariate(0, 0.25)) * factor)
        slices.append(histogram)
    return slices


def load_run(
    *,
    seconds: int = 30,
    rate: int = 50,
    latency: Callable[[float, random.Random], float] | None = None,
    errors: int = 0,
    seed: int = 1,
    **changes: object,
) -> LoadRun:
    """A run of create, run and two polls a journey, second by second; `errors` requests of `run` failed."""
    slices, totals = _measured(seconds, rate, latency, errors, seed)
    journeys = seconds * rate
    kinds = {"shed 503": errors - errors // 3, "connection reset": errors // 3} if errors else {}
    fields: dict[str, object] = {
        "target": TargetIdentity("embedded", "http://127.0.0.1:40123"),
        "scenario": "run_path",
        "started_at": STARTED_AT + 40,
        "duration": float(seconds),
        "plan": {"text": f"hold {rate}/s for {seconds}s", "rate": rate},
        "operations": (
            OperationCounts("create", "createWorkflow", journeys, {}),
            OperationCounts("run", "runWorkflow", journeys, kinds),
            OperationCounts("poll", "getWorkflowOccurrence", journeys * 2, {}),
        ),
        "histograms": dict(totals),
        "slices": slices,
        "counters": {
            "runs.started": journeys,
            "runs.ended": journeys,
            "runs.failed": 0,
            "runs.censored": 0,
        },
        "checks": {"validated": journeys, "acknowledged": journeys, "verified": journeys, "unreadable": 0},
        "arrivals_planned": journeys,
        "arrivals_started": journeys,
        "examples": (
            ("shed 503", exchange(status=503, body=b"busy")),
            ("connection reset", exchange(status=None)),
        )
        if errors
        else (),
        "host": {"cpus": 2, "machine": "x86_64", "python": "3.11.2"},
        "versions": {"flowgauge": "0.1.0", "locust": "2.47.0"},
    }
    return LoadRun(**(fields | changes))  # type: ignore[arg-type]


@cache
def _measured(
    seconds: int, rate: int, latency: Callable[[float, random.Random], float] | None, errors: int, seed: int
) -> tuple[tuple[Slice, ...], dict[str, Histogram]]:
    """The slices and their sums. The same for the same question: nobody changes them."""
    dice = random.Random(seed)
    measured = latency or stalling(length=0.0)
    factors = {"create": 1.4, "run": 1.0, "poll": 0.6}
    slices, totals = [], {}
    for second in range(seconds):
        for name, factor in factors.items():
            service = Histogram()
            lateness = Histogram()
            for number in range(rate * (2 if name == "poll" else 1)):
                value = measured(second + number / rate / 2, dice) * factor
                service.record(value)
                lateness.record(value + abs(dice.gauss(0, 0.0002)))
            slices += [(f"{name}.service", second, service), (f"{name}.latency", second, lateness)]
        slices += [
            (
                "run_to_terminal",
                second,
                _histogram(0.25 + measured(second + 0.5, dice) * 3 for _ in range(rate)),
            ),
            ("schedule_lag", second, _histogram(abs(dice.gauss(0, 1e-4)) + 8e-5 for _ in range(rate * 4))),
        ]
    for number in range(errors):
        slices.append(
            ("run.failed" if number % 3 else "run.shed", number * seconds // errors, _histogram([0.002]))
        )
    for name, _, histogram in slices:
        totals.setdefault(name, Histogram()).add(histogram)
    packed = tuple(Slice(name, float(second), 1.0, _packed(histogram)) for name, second, histogram in slices)
    return packed, {name: _packed(histogram) for name, histogram in totals.items()}


def _packed(histogram: Histogram) -> Histogram:
    """As it is read from a file: a kilobyte instead of 200. Tests hold many runs at once."""
    return Histogram.decode(histogram.encode())


def _histogram(values: Iterable[float]) -> Histogram:
    histogram = Histogram()
    for value in values:
        histogram.record(value)
    return histogram
