"""The verdict on one screen of a terminal."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from flowgauge.errors import ExitCode
from flowgauge.gates import Evidence, Judgement, Verdict, format_value
from flowgauge.report.figures import all_findings, span
from flowgauge.report.inert import inert
from flowgauge.results import Finding

__all__ = ["headline", "verdict_screen"]

MOST_FINDINGS = 12
GREEN, RED, YELLOW, MAGENTA, FAINT = 32, 31, 33, 35, 2
COLOURS = {
    "passed": GREEN,
    "failed": RED,
    "regressed": RED,
    "warning": YELLOW,
    "no data": YELLOW,
    "invalid": MAGENTA,
}
MARKS = {
    "passed": "\N{CHECK MARK}",
    "failed": "\N{BALLOT X}",
    "regressed": "\N{BALLOT X}",
    "warning": "!",
    "no data": "?",
    "invalid": "~",
}


@dataclass(frozen=True, slots=True)
class _Ink:
    """A stretch of text in one colour (an SGR code), or in none."""

    text: str
    colour: int | None = None


_Line = list[_Ink]


def headline(judgement: Judgement) -> str:
    """The judgement in one sentence."""
    total = len(judgement.verdicts)
    match judgement.exit_code:
        case ExitCode.PASSED:
            warned = judgement.count("warning") + judgement.count("no data")
            if warned:
                return f"no gate fails, {warned} of {total} only warn"
            return f"all {total} gates hold" if total > 1 else "the gate holds"
        case ExitCode.FAILED:
            failed = judgement.count("failed")
            return f"{failed} of {total} gates {'does' if failed == 1 else 'do'} not hold"
        case ExitCode.REGRESSION:
            count = judgement.count("regressed")
            return f"slower than the baseline by more than chance and the limit, in {count} of {total} gates"
        case ExitCode.INVALID:
            return "the load generator was not fit: the load says nothing about the server"
        case _:
            return f"{judgement.count('no data')} of {total} gates have no data to judge"


def verdict_screen(
    judgement: Judgement, evidence: Evidence, *, width: int = 100, colour: bool = False
) -> str:
    """The judgement at a glance, each gate and each finding in a line of at most `width` columns."""
    colours = COLOURS[judgement.status]
    lines: list[_Line] = [[], [_Ink(judgement.status.upper(), colours), _Ink(f"  {headline(judgement)}")]]
    lines += [[_Ink(f"  {line}", FAINT)] for line in _scene(evidence)]
    lines.append([])
    lines += _gate_lines(judgement.verdicts, width)
    findings = all_findings(evidence.contract, evidence.load)
    if findings:
        lines += [[], *_finding_lines(findings)]
    remarks = [_Ink(f"  generator: {reason}", MAGENTA) for reason in judgement.unfit]
    remarks += [_Ink(f"  missing: {note}", YELLOW) for note in judgement.notes]
    if remarks:
        lines += [[], *([remark] for remark in remarks)]
    return "".join(_rendered(line, width, colour=colour) + "\n" for line in lines)


def _scene(evidence: Evidence) -> Iterator[str]:
    if report := evidence.contract:
        yield (
            f"contract  {report.target}  {report.cases:,} cases on {evidence.tried} operations "
            f"in {span(report.duration)}, seed {report.seed}"
        )
    if run := evidence.load:
        when = datetime.fromtimestamp(run.started_at, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        yield f"load      {run.target}  {run.requests:,} requests in {span(run.duration)}, begun {when}"


def _gate_lines(verdicts: Sequence[Verdict], width: int) -> Iterator[_Line]:
    room = min(max((len(verdict.gate.name) for verdict in verdicts), default=0), max(20, width - 45))
    for verdict in verdicts:
        label, outcome = verdict.label, verdict.deciding
        value = format_value(outcome.value, outcome.comparison.measure.unit)
        note = f"  {outcome.comparison.limit}"
        if outcome.note and (label != "passed" or outcome.effect):
            note += f"  ({outcome.note})"
        name = _fitted(verdict.gate.name, room)
        yield [
            _Ink(f"  {MARKS[label]} {label:<9} ", COLOURS[label]),
            _Ink(f"{name:<{room}}  {value:>9}{note}"),
        ]
        if label in {"failed", "regressed", "warning"} and verdict.gate.reason:
            yield [_Ink(f"{'':14}{verdict.gate.reason}", FAINT)]


def _finding_lines(findings: Sequence[Finding]) -> Iterator[_Line]:
    for finding in findings[:MOST_FINDINGS]:
        colour = RED if finding.waived is None else YELLOW
        times = f" ({finding.count:,} times)" if finding.count > 1 else ""
        waived = f" [waived: {finding.waived}]" if finding.waived is not None else ""
        yield [
            _Ink(f"  {finding.id:<8} {finding.severity:<8} ", colour),
            _Ink(f"{finding.operation}: {finding.title}{times}{waived}"),
        ]
    if len(findings) > MOST_FINDINGS:
        yield [_Ink(f"  and {len(findings) - MOST_FINDINGS} more: see the report", FAINT)]


def _fitted(text: str, room: int) -> str:
    text = inert(text, keep="")
    return text if len(text) <= room else text[: room - 1] + "\N{HORIZONTAL ELLIPSIS}"


def _rendered(line: Iterable[_Ink], width: int, *, colour: bool) -> str:
    parts, room = [], width
    for ink in line:
        text = _fitted(ink.text, room)
        room -= len(text)
        parts.append(f"\x1b[{ink.colour}m{text}\x1b[0m" if colour and ink.colour and text else text)
        if room <= 0:
            break
    return "".join(parts).rstrip()
