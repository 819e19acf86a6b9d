"""What is read from files, command lines and queries: plans, gates, run folders, cursors; and redaction."""

import atexit
import base64
import hashlib
import shutil
import tempfile
from functools import cache
from itertools import chain, islice
from pathlib import Path

import msgspec
from run_values import contract_report, finding, load_run

from flowgauge.editions import edition_named
from flowgauge.editions.v2.world.listing import filters_of
from flowgauge.errors import FlowgaugeError, NoDataError, UsageError
from flowgauge.gates import judge, parse, parse_gates, read_evidence
from flowgauge.gates.catalogue import gate_measures
from flowgauge.load.plans.plan_text import parsed_plan
from flowgauge.redaction import Redaction
from flowgauge.reference.world.pages import InvalidCursor, Place, read_place
from flowgauge.results.load_files import write_load_run
from flowgauge.results.measures import USUAL
from flowgauge.results.run_folder import CONTRACT_FILE, HISTOGRAM_FILE, LOAD_FILE, write_contract_report

__all__ = [
    "CURSORS",
    "GATES",
    "MARKED",
    "PLANS",
    "folders",
    "read_cursor",
    "read_folder",
    "read_gates",
    "read_plan",
    "redacted",
]

ROOT = Path(__file__).parents[2]

PLANS = (
    b"ramp 0..200/s in 30s, hold 2m, spike 1000/s for 5s",
    b"poisson 50/s for 30s, pause 10s, hold 3/m for 1h30m",
    b"steps 10..50/s by 10 every 20s, hold",
    b"closed 20 for 30s",
    b"soak 20/s for 8h",
    b"ramp 200/s..0.5/h for 500ms",
)


def read_plan(data: bytes) -> None:
    """A plan, or what is wrong with it and where; what it plans can be counted and begun."""
    text = data.decode("utf-8", "surrogateescape")
    try:
        plan = parsed_plan(text)
    except UsageError:
        return
    first = list(islice(plan.arrivals(), 50))
    assert first == sorted(first)
    assert all(0 <= due <= plan.duration + 1e-6 for due in first)
    short = plan.cut(0.01)
    assert short.duration <= 0.01 + 1e-9
    if sum(part.arrivals for part in short.parts) < 1000:
        whole = list(short.arrivals())
        assert short.planned() == len(whole)
        parts = [list(short.arrivals(index=index, of=3)) for index in range(3)]
        assert sorted(chain(*parts)) == whole
    again = parsed_plan(plan.text)
    assert again.parts == plan.parts


GATES = (
    (ROOT / "reports" / "gates.toml").read_bytes()[:1200],
    b'[[gate]]\nexpect = "run.latency.p99.9 < 250ms for 10s"\nseverity = "warn"\nname = "n"\nreason = "r"\n',
    b'[measures]\noperations = ["buy"]\n[[gate]]\nexpect = "all(buy.p99 < 1.2s, any(errors < 1%))"\n',
    b'[[gate]]\nexpect = "run.latency.p95 < baseline + 10%"\n',
    b"=run.latency.p99 < 250ms",
    b"=any(errors.ratio == 0, all(arrivals.delivered >= 99%, run.latency.max<=2\xc2\xb5s))",
    b"=create.rate > 100/s for 5m",
)


@cache
def measures() -> object:
    return gate_measures(USUAL)


def read_gates(data: bytes) -> None:
    """Gates, or what is wrong; one that is printed is read as itself. `=`: an expression alone."""
    text = data.decode("utf-8", "surrogateescape")
    try:
        if text.startswith("="):
            found = [parse(text[1:], measures())]  # type: ignore[arg-type]
        else:
            gates = parse_gates(text)
            found = [] if b"[measures]" in data else [gate.expression for gate in gates]
    except UsageError:
        return
    for expression in found:
        assert str(parse(str(expression), measures())) == str(expression)  # type: ignore[arg-type]


OPERATIONS = tuple(op.id for op in edition_named("v0").operations)


@cache
def _folder() -> Path:
    # In memory where that can be had: thousands of files a second.
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="flowgauge-fuzz-", dir=memory if memory.is_dir() else None))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def _judged_by() -> object:
    return parse_gates((ROOT / "reports" / "gates.toml").read_text())


@cache
def folders() -> tuple[bytes, ...]:
    """A contract report; a load run with its log behind a NUL."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_contract_report(folder, contract_report(finding()))
        write_load_run(folder, load_run(seconds=1, rate=2))
        report, run, log = (
            (folder / file).read_bytes() for file in (CONTRACT_FILE, LOAD_FILE, HISTOGRAM_FILE)
        )
    small = msgspec.json.encode(msgspec.json.decode(report))
    return small, msgspec.json.encode(msgspec.json.decode(run)) + b"\0" + log


def read_folder(data: bytes) -> None:
    """A run that is read and judged, or the note that it cannot be; with a log that its digest goes with."""
    first, nul, log = data.partition(b"\0")
    folder = _folder()
    for file in (CONTRACT_FILE, LOAD_FILE, HISTOGRAM_FILE):
        (folder / file).unlink(missing_ok=True)
    if nul:
        try:
            run = msgspec.json.decode(first)
            text = log.decode()
            run |= {"histogram_digest": hashlib.sha256(text.encode()).hexdigest()}
            (folder / LOAD_FILE).write_bytes(msgspec.json.encode(run))
        except (msgspec.DecodeError, TypeError, UnicodeError, RecursionError):
            (folder / LOAD_FILE).write_bytes(first)
        (folder / HISTOGRAM_FILE).write_bytes(log)
    else:
        (folder / CONTRACT_FILE).write_bytes(first)
    try:
        evidence = read_evidence(folder, operations=OPERATIONS)
        judge(_judged_by(), evidence)  # type: ignore[arg-type]
    except NoDataError:
        return
    except FlowgaugeError as error:
        raise AssertionError(f"{type(error).__name__}: {error}") from error


CURSORS = (
    Place("flows", "older", 3, 15).cursor().encode(),
    Place("runs?workflowID=a%20b", "newer", 0, 1000).cursor().encode(),
    b"=" + b'["flows","older",1,15]',
)


def read_cursor(data: bytes) -> None:
    """A place that has just this cursor, or a refusal. `=`: what stands behind it, in base64."""
    if data.startswith(b"="):
        cursor = base64.urlsafe_b64encode(data[1:]).decode().rstrip("=")
    else:
        cursor = data.decode("latin-1")
    for read in (lambda: read_place(cursor, lambda _: True), lambda: filters_of(cursor, "runs")[0]):
        try:
            place = read()
        except InvalidCursor:
            continue
        assert place.cursor() == cursor
        assert place.index >= 0
        assert 1 <= place.size <= 1000


SECRET = "MARK/Tok+en=7f3a9c~xyz"
MARKED = (
    b'{"a": "@", "b": ["x"]}',
    b"a=%4d%41@&b=%2540@",
    b"TUFSSy9Ub2srZW49N2YzYTljfnh5eg==",
    b'"MARK\\/Tok+en", "=7f3a9c~xyz"',
    b"4d41524b2f546f6b2b656e3d3766336139637e78797a \\u004dARK&#47;",
    b"\x00M\x00A\x00R\x00K @ \xff\xfe",
)


def redacted(data: bytes) -> None:
    """Nothing of a secret is left where it stands as it is (`@`), and a second time finds nothing more."""
    redaction = Redaction([("$T", SECRET), ("$S", "s3cr")])
    once = redaction.of(data.replace(b"@", SECRET.encode()))
    assert SECRET.encode() not in once
    assert redaction.of(once) == once
    if b"@" in data:
        assert b"$T" in once
