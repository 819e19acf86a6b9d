"""The summary in GitHub's Markdown: for a step summary or a comment on a change."""

import re
from collections.abc import Iterator

from flowgauge.gates import Evidence, Judgement, Unit, Verdict, format_value
from flowgauge.inert import inert
from flowgauge.report.figures import all_findings, duration_figures, span
from flowgauge.report.terminal import headline
from flowgauge.results import Finding, LoadRun

__all__ = ["markdown_summary"]

MOST_FINDINGS = 20
LONGEST_BLOCK = 3_000
LONGEST_TITLE = 300
LONGEST = 60_000
"""GitHub refuses a comment of more than 65,536 characters."""

SIGNS = {
    "passed": "\N{WHITE HEAVY CHECK MARK}",
    "failed": "\N{CROSS MARK}",
    "regressed": "\N{CROSS MARK}",
    "warning": "\N{WARNING SIGN}\ufe0f",
    "no data": "\N{BLACK QUESTION MARK ORNAMENT}",
    "invalid": "\N{NO ENTRY SIGN}",
}
# Whatever Markdown or HTML would act on; as an entity it is only shown.
ACTIVE = re.compile(r"[\\`*_{}\[\]()#+!|<>&~$@:]|(?<=www)\.")


def markdown_summary(judgement: Judgement, evidence: Evidence) -> str:
    """Verdict, gates, findings with their reproductions, and the durations of the run."""
    lines = [
        f"## {SIGNS[judgement.status]} flowgauge: {judgement.status}",
        "",
        _text(headline(judgement)) + ".",
        "",
    ]
    lines += [f"> Generator unfit: {_text(reason)}" for reason in judgement.unfit]
    lines += [f"> Missing: {_text(note)}" for note in judgement.notes]
    lines += [f"> Left aside: {_text(text)}" for text in judgement.aside]
    if evidence.contract and evidence.contract.blindness:
        lines.append(f"> {_text(evidence.contract.blindness)}.")
    lines += ["", "| | gate | expected | measured |", "|---|---|---|---:|"]
    lines += [_gate_row(verdict) for verdict in judgement.verdicts]
    findings = all_findings(evidence.contract, evidence.load)
    if findings:
        lines += ["", f"### Findings ({len(findings)})", ""]
    tail = list(_tail(evidence))
    room = LONGEST - sum(len(line) + 1 for line in (*lines, *tail))
    told = 0
    for finding in findings[:MOST_FINDINGS]:
        block = list(_finding(finding))
        room -= sum(len(line) + 1 for line in block)
        if room < 0:
            break
        lines += block
        told += 1
    if len(findings) > told:
        lines.append(f"And {len(findings) - told} more: see the report.")
    # Where even the gates are too many, the end is missing, never the verdict.
    return "\n".join([*lines, *tail])[:LONGEST] + "\n"


def _tail(evidence: Evidence) -> Iterator[str]:
    if report := evidence.contract:
        where = f"{evidence.tried} operations in {span(report.duration)}"
        yield ""
        yield f"Contract: {report.cases:,} cases on {where}."
    if evidence.load:
        yield ""
        yield from _durations(evidence.load)


def _gate_row(verdict: Verdict) -> str:
    outcome = verdict.deciding
    value = format_value(outcome.value, outcome.comparison.measure.unit)
    note = f" ({_text(outcome.note)})" if outcome.note and verdict.label != "passed" else ""
    gate = f"{_text(verdict.gate.name)}"
    expected = f"<code>{_text(verdict.gate.source)}</code>"
    return f"| {SIGNS[verdict.label]} {verdict.label} | {gate} | {expected} | **{value}**{note} |"


def _finding(finding: Finding) -> Iterator[str]:
    waived = f" (waived: {_text(finding.waived)})" if finding.waived is not None else ""
    times = f", {finding.count:,} times" if finding.count > 1 else ""
    note = f", {_text(finding.replay_note)}" if finding.replay_note else ""
    where = f"({finding.severity}, {_text(finding.places)}{times}{note}){waived}"
    yield f"<details><summary><b>{_text(finding.id)}</b> {_text(finding.title)} {where}</summary>"
    yield ""
    yield _fenced(finding.detail)
    yield ""
    yield f"Rule: {_text(finding.rule)}"
    for after in finding.consequences:
        yield f"Hence: {_text(after.id)} {_text(after.operation)}, {after.count:,} times"
    if finding.reproduction:
        yield ""
        yield _fenced(finding.reproduction, "sh")
    yield ""
    yield "</details>"
    yield ""


def _durations(run: LoadRun) -> Iterator[str]:
    failed = f", {run.failed:,} failed" if run.failed else ""
    yield f"Load: {run.requests:,} requests in {span(run.duration)}{failed}."
    if run.stopped_because:
        yield f"Stopped early: {_text(run.stopped_because)}."
    figures = duration_figures(run)
    if figures:
        percents = [f"p{percent:g}" for percent, _ in figures[0].percentiles]
        yield ""
        yield f"| duration | count | {' | '.join(percents)} | max |"
        yield f"|---|---:|{'---:|' * (len(percents) + 1)}"
        for row in figures:
            values = [*(value for _, value in row.percentiles), row.maximum]
            shown = " | ".join(_seconds(value) for value in values)
            yield f"| {_text(row.name)} | {row.count:,} | {shown} |"


def _seconds(value: float | None) -> str:
    return "-" if value is None else format_value(value, Unit.DURATION)


def _text(text: str) -> str:
    line = " ".join(inert(text).split())
    line = line if len(line) <= LONGEST_TITLE else f"{line[:LONGEST_TITLE]}..."
    return ACTIVE.sub(lambda match: f"&#{ord(match[0])};", line)


def _fenced(text: str, language: str = "") -> str:
    """A code block whose fence is longer than any run of backticks inside. What is cut off is said."""
    if len(text) > LONGEST_BLOCK:
        text = f"{text[:LONGEST_BLOCK]}\n... {len(text) - LONGEST_BLOCK:,} more characters: see the report"
    longest = max((len(ticks) for ticks in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{inert(text)}\n{fence}"
