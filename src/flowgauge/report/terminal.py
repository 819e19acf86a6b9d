"""The verdict on one screen of a terminal."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from textwrap import wrap

from rich.cells import cell_len, set_cell_size

from flowgauge.errors import ExitCode
from flowgauge.gates import Evidence, Judgement, Verdict, format_value
from flowgauge.inert import inert
from flowgauge.report.figures import all_findings, span
from flowgauge.results import Finding

__all__ = ["headline", "verdict_screen"]

MOST_FINDINGS = 12
MOST_REMARK_LINES = 3
REASON_INDENT = 14
ROOMY = 30
"""Lines of a terminal from which on the load has one of its own on top."""
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
            said = f"all {total} gates hold" if total > 1 else "the gate holds"
            return f"{said}, of what was asked" if judgement.aside else said
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
    judgement: Judgement,
    evidence: Evidence,
    *,
    width: int = 100,
    height: int | None = None,
    colour: bool = False,
) -> str:
    """The judgement at a glance, each gate and each finding in a line of at most `width` columns.

    With a `height` it has fewer lines than that: what holds is only counted then, reasons and findings are
    told as far as there is room, and no gate that does not hold is left out.
    """
    lines: list[_Line] = [
        [],
        [_Ink(judgement.status.upper(), COLOURS[judgement.status]), _Ink(f"  {headline(judgement)}")],
    ]
    lines += [
        [_Ink(f"  {line}", FAINT)]
        for line in _scene(evidence, width if height is None or height >= ROOMY else None)
    ]
    remarks = list(_remarks(judgement, evidence, width))
    tail: list[_Line] = [[], *([remark] for remark in remarks)] if remarks else []
    findings = all_findings(evidence.contract, evidence.load)
    # One line for the prompt, one before the gates; findings get two and a blank one at the least.
    room = math.inf if height is None else height - 2 - len(lines) - len(tail) - 3 * bool(findings)
    # A second finding tells a reader more than the reasons that stand in the file of gates.
    gates = _gate_lines(judgement.verdicts, width, room=room, reasons=room - (len(findings) > 1))
    lines += [[], *gates]
    if findings:
        left = min(MOST_FINDINGS, max(1, room - len(gates) + 1))
        lines += [[], *_finding_lines(findings, most=int(left))]
    lines += tail
    if height is not None:
        lines = _without_blanks(lines, len(lines) - height + 1)
    return "".join(_rendered(line, width, colour=colour) + "\n" for line in lines)


def _without_blanks(lines: Sequence[_Line], most: int) -> list[_Line]:
    """The lines without the last blank ones, so many of them at most; the first line stays."""
    blanks = [number for number, line in enumerate(lines) if number and not line]
    dropped = blanks[max(0, len(blanks) - max(0, most)) :]
    return [line for number, line in enumerate(lines) if number not in dropped]


def _remarks(judgement: Judgement, evidence: Evidence, width: int) -> Iterator[_Ink]:
    said = [(f"generator: {reason}", MAGENTA) for reason in judgement.unfit]
    said += [(f"missing: {note}", YELLOW) for note in judgement.notes]
    said += [(f"left aside: {text}", YELLOW) for text in judgement.aside]
    if evidence.contract and evidence.contract.blindness:
        said.append((f"contract: {evidence.contract.blindness}", YELLOW))
    if evidence.load and evidence.load.stopped_because:
        said.append((f"stopped: {evidence.load.stopped_because}", YELLOW))
    for text, colour in said:
        # Paths come first in these, and what is wrong with them last: it must not be cut off.
        wrapped = wrap(
            inert(text, keep=""),
            width,
            initial_indent="  ",
            subsequent_indent="    ",
            max_lines=MOST_REMARK_LINES,
            placeholder="\N{HORIZONTAL ELLIPSIS}",
        )
        yield from (_Ink(line, colour) for line in wrapped)


def _scene(evidence: Evidence, width: int | None) -> Iterator[str]:
    """Target and extent; what is wider than `width`, if there is any, takes a line more."""
    # The target stands alone: it may be long, and how much was asked must not be cut off after it.
    if first := evidence.contract or evidence.load:
        yield f"target    {first.target}, {_moment(first.started_at)}"
    asked = []
    if report := evidence.contract:
        took = span(report.duration)
        asked.append(f"{report.cases:,} cases on {evidence.tried} operations in {took}, seed {report.seed}")
    if run := evidence.load:
        asked.append(f"load of {run.requests:,} requests in {span(run.duration)}")
    if width is None or len("; ".join(asked)) <= width - len("  asked     "):
        asked = ["; ".join(asked)] if asked else []
    yield from (f"{'' if number else 'asked':<10}{text}" for number, text in enumerate(asked))


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def _gate_lines(verdicts: Sequence[Verdict], width: int, *, room: float, reasons: float) -> list[_Line]:
    """A line a gate, with note and reason where it does not hold; what has no room is left out or counted.

    With what stands below them the gates take no more than `reasons` lines.
    """
    wide = min(max((len(verdict.gate.name) for verdict in verdicts), default=0), max(20, width - 45))
    told = list(verdicts)
    if len(told) > room:
        told = [verdict for verdict in verdicts if verdict.label != "passed"]
    reasons -= len(told) + 1
    lines: list[_Line] = []
    for verdict in told:
        line, note = _gate_line(verdict, wide), _note(verdict)
        is_long = bool(note) and sum(cell_len(ink.text) for ink in line) + len(note) > width
        below = [note.strip(" ()")] if is_long and reasons > 0 else []
        lines.append(line if below else [*line, _Ink(note)])
        if verdict.label in {"failed", "regressed", "warning"}:
            below.append(verdict.gate.reason)
        for text in below:
            wrapped = wrap(inert(text, keep=""), width - REASON_INDENT)
            kept = wrapped if len(wrapped) <= reasons else [text] if reasons > 0 else []
            lines += [[_Ink(f"{'':{REASON_INDENT}}{each}", FAINT)] for each in kept]
            reasons -= len(kept)
    if len(told) < len(verdicts):
        held = len(verdicts) - len(told)
        lines.append([_Ink(f"  {MARKS['passed']} passed    {held} more", COLOURS["passed"])])
    return lines


def _gate_line(verdict: Verdict, wide: int) -> _Line:
    label, outcome = verdict.label, verdict.deciding
    value = format_value(outcome.value, outcome.comparison.measure.unit)
    name = _fitted(verdict.gate.name, wide)
    return [
        _Ink(f"  {MARKS[label]} {label:<9} ", COLOURS[label]),
        _Ink(f"{name}{' ' * (wide - cell_len(name))}  {value:>9}  {outcome.comparison.limit}"),
    ]


def _note(verdict: Verdict) -> str:
    outcome = verdict.deciding
    is_told = outcome.note and (verdict.label != "passed" or outcome.effect)
    return f"  ({outcome.note})" if is_told else ""


def _finding_lines(findings: Sequence[Finding], *, most: int) -> Iterator[_Line]:
    for finding in findings[:most]:
        colour = RED if finding.waived is None else YELLOW
        times = f" ({finding.count:,} times)" if finding.count > 1 else ""
        waived = f" [waived: {finding.waived}]" if finding.waived is not None else ""
        yield [
            _Ink(f"  {finding.id:<8} {finding.severity:<8} ", colour),
            # Two findings of one class differ by their detail, not by their title. What may be cut is last.
            _Ink(f"{finding.places}{waived}: {(finding.detail or finding.title).splitlines()[0]}{times}"),
            _Ink(f"  {finding.rule}", FAINT),
        ]
    if len(findings) > most:
        yield [_Ink(f"  and {len(findings) - most} more: see the report", FAINT)]


def _fitted(text: str, room: int) -> str:
    """The text in at most `room` columns, of which wide characters take two."""
    text = inert(text, keep="")
    if cell_len(text) <= room:
        return text
    return set_cell_size(text, room - 1).rstrip() + "\N{HORIZONTAL ELLIPSIS}"


def _rendered(line: Iterable[_Ink], width: int, *, colour: bool) -> str:
    parts, room = [], width
    for ink in line:
        if room < 3 and cell_len(ink.text) > room:
            # Nothing but an ellipsis would be left of it.
            break
        text = _fitted(ink.text, room)
        room -= cell_len(text)
        parts.append(f"\x1b[{ink.colour}m{text}\x1b[0m" if colour and ink.colour and text else text)
        if room <= 0:
            break
    return "".join(parts).rstrip()
