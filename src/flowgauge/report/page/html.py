"""The HTML report: one file that needs nothing else, and lets nothing that a server sent come alive.

Style and script stand in the page, each allowed by its hash in a content security policy that forbids
everything else: no request can leave the file, and no injected script could run.
"""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from flowgauge import __version__
from flowgauge.gates import Comparison, Evidence, Judgement, Outcome, Unit, Verdict, format_value
from flowgauge.inert import inert
from flowgauge.report.exchange_text import request_text, response_text
from flowgauge.report.figures import all_findings, duration_figures, span
from flowgauge.report.finding_text import next_commands
from flowgauge.report.page.capacity import capacity_chart, capacity_evidence
from flowgauge.report.page.distribution import distribution_chart
from flowgauge.report.page.matrix import contract_matrix
from flowgauge.report.page.spectrum import spectrum_chart, spectrum_series
from flowgauge.report.page.timeline import Moment, moments, timeline_chart
from flowgauge.report.page.words import WORDS
from flowgauge.report.terminal import headline
from flowgauge.results import Finding, LoadRun
from flowgauge.results.measures import CONTRACT_FINDINGS, RUN_LATENCY, RUN_TO_TERMINAL, SCHEDULE_LAG

__all__ = ["html_report"]

LONGEST_LINE = 300
_FINDINGS = {CONTRACT_FINDINGS, "load.findings"}


def html_report(
    judgement: Judgement, evidence: Evidence, lines: Mapping[str, str] | None = None, elsewhere: str = ""
) -> str:
    """The page. The same judgement and evidence give the same page, byte by byte.

    `lines` says where in the document the rule of a finding stands, by the rule; `elsewhere` is the flag that
    names the run in the commands about a finding, where it needs one.
    """
    outcomes = [outcome for verdict in judgement.verdicts for outcome in verdict.outcomes]
    style, script = _asset("report.css"), _asset("report.js")
    findings = all_findings(evidence.contract, evidence.load)
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            style=Markup(style),  # noqa: S704  # our own files, not input
            script=Markup(script),  # noqa: S704
            policy=_policy(style, script),
            version=__version__,
            judgement=judgement,
            headline=headline(judgement),
            evidence=evidence,
            contract=evidence.contract,
            run=evidence.load,
            findings=findings,
            open_findings=[finding for finding in findings if finding.waived is None],
            lines=lines or {},
            elsewhere=elsewhere,
            groups=_groups(findings),
            broken_gates=_broken_gates(judgement),
            unseen=_unseen(evidence),
            words=WORDS,
            tiles=_tiles(evidence, judgement),
            matrix=contract_matrix(evidence.contract) if evidence.contract else None,
            load=_load_view(evidence.load, outcomes) if evidence.load else None,
        )
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("flowgauge.report.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: value if isinstance(value, Markup) else inert(str(value)),
    )
    environment.filters |= {
        "duration": lambda seconds: format_value(seconds, Unit.DURATION),
        "ratio": lambda ratio: format_value(ratio, Unit.RATIO),
        "count": lambda number: f"{number:,}",
        "span": span,
        "moment": _moment,
        "measured": lambda outcome: format_value(outcome.value, outcome.comparison.measure.unit),
        "bar": _bar,
        "request_text": request_text,
        "response_text": response_text,
        "slug": lambda text: text.replace(" ", "-"),
        "readable": _readable,
        "short": _short,
        "first_line": lambda text: (text.splitlines() or [""])[0],
        "commands": lambda finding, elsewhere: "\n".join(next_commands(finding, elsewhere=elsewhere)),
        "is_on_findings": _is_on_findings,
    }
    return environment


@cache
def _asset(name: str) -> str:
    return (files("flowgauge.report.page") / "templates" / name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    def hashed(text: str) -> str:
        digest = hashlib.sha256(text.encode("utf-8")).digest()
        return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"

    return (
        f"default-src 'none'; style-src {hashed(style)}; script-src {hashed(script)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _short(text: str) -> str:
    """What stands in one line of many: the whole of it stands elsewhere."""
    return text if len(text) <= LONGEST_LINE else f"{text[:LONGEST_LINE]}\N{HORIZONTAL ELLIPSIS}"


def _readable(value: object) -> str:
    """A plan or a host as text: a plain value as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _bar(outcome: Outcome) -> dict[str, float] | None:
    """Where the value and the limit stand on a bar of 0..100, or None where a bar would say nothing."""
    comparison, value = outcome.comparison, outcome.value
    if (
        value is None
        or comparison.threshold <= 0
        or comparison.is_relative
        or comparison.operator in {"==", "!="}
    ):
        return None
    whole = min(max(value, comparison.threshold) * 1.12, comparison.measure.highest)
    # A value far beyond the limit must not squeeze the limit into the left edge.
    whole = min(whole, comparison.threshold * 4)
    return {"value": 100 * min(1.0, value / whole), "limit": 100 * comparison.threshold / whole}


def _groups(findings: Sequence[Finding]) -> list[tuple[str, list[tuple[int, Finding]]]]:
    """The findings by the operation that shows them first, each with its number; the gravest group first."""
    groups: dict[str, list[tuple[int, Finding]]] = {}
    for number, finding in enumerate(findings, start=1):
        groups.setdefault(finding.operation, []).append((number, finding))
    return list(groups.items())


def _is_on_findings(verdict: Verdict) -> bool:
    return any(outcome.comparison.measure.name in _FINDINGS for outcome in verdict.outcomes)


def _broken_gates(judgement: Judgement) -> list[tuple[str, str, str]]:
    """The gates that fail, but for those on findings, which are told by themselves: (name, source, value)."""
    return [
        (
            verdict.gate.name,
            verdict.gate.source,
            format_value(verdict.deciding.value, verdict.deciding.comparison.measure.unit),
        )
        for verdict in judgement.verdicts
        if verdict.label in {"failed", "regressed"} and not _is_on_findings(verdict)
    ]


def _unseen(evidence: Evidence) -> list[tuple[str, str]]:
    """What the suites did not look at, and why."""
    if evidence.contract is None:
        return []
    blind = [(f"{check.id} {check.title}", check.reason) for check in evidence.contract.blind]
    skipped = [
        (f"{skip.check} on {', '.join(skip.operations)}" if skip.operations else skip.check, skip.reason)
        for skip in evidence.contract.skipped
    ]
    return [*blind, *skipped]


def _tiles(evidence: Evidence, judgement: Judgement) -> list[tuple[str, str, str, bool]]:
    """The handful of figures that stand on top: (name, value, remark, whether it is bad)."""
    tiles: list[tuple[str, str, str, bool]] = []
    broken = {
        verdict.deciding.comparison.measure.name
        for verdict in judgement.verdicts
        if verdict.label in {"failed", "regressed"}
    }
    if report := evidence.contract:
        open_findings = sum(1 for finding in report.findings if finding.waived is None)
        waived = f"{len(report.findings) - open_findings} waived"
        tiles.append(("findings", f"{open_findings:,}", waived, open_findings > 0))
        tiles.append(("contract cases", f"{report.cases:,}", f"on {evidence.tried} operations", False))
        if report.fault_score is not None:
            score = format_value(report.fault_score, Unit.RATIO)
            tiles.append(("fault score", score, "seeded faults caught", "contract.fault_score" in broken))
    if run := evidence.load:
        errors = run.failed / run.requests if run.requests else None
        of_all = f"of {run.requests:,} requests"
        tiles.append(("errors", format_value(errors, Unit.RATIO), of_all, "errors.ratio" in broken))
        for name, percent in ((RUN_LATENCY, 99), (RUN_TO_TERMINAL, 95)):
            if name in run.histograms:
                value = format_value(run.histograms[name].percentile(percent), Unit.DURATION)
                title = f"{name.removesuffix('.latency').replace('_', ' ')} p{percent}"
                tiles.append((title, value, "from due time", f"{name}.p{percent}" in broken))
    return tiles


def _load_view(run: LoadRun, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    shown = [*spectrum_series(run), *([SCHEDULE_LAG] if SCHEDULE_LAG in run.histograms else [])]
    timelines = [(name, columns) for name in shown if (columns := moments(run, name))]
    return {
        "figures": duration_figures(run),
        "capacity": capacity_evidence(run.capacity_steps),
        "capacity_chart": capacity_chart(run.capacity_steps),
        "spectrum": spectrum_chart(run, outcomes) if spectrum_series(run) else None,
        "timelines": [
            {
                "name": name,
                "chart": timeline_chart(columns, name=name, limits=_limits(name, outcomes)),
                "data": _columns_json(columns),
                "errors": sum(moment.errors for moment in columns),
            }
            for name, columns in timelines
        ],
        "distributions": {
            name: distribution_chart(run.histograms[name], name=name) for name in spectrum_series(run)
        },
        "distributions_met": {
            name.replace("_", " "): sorted(met.items(), key=lambda item: int(item[0]))
            for name, met in run.distributions.items()
            if met
        },
        "counters": [(name.replace(".", " "), count) for name, count in run.counters.items() if count],
    }


def _limits(name: str, outcomes: Sequence[Outcome]) -> list[tuple[float, str, str]]:
    def is_on(comparison: Comparison) -> bool:
        figure = comparison.measure.figure
        if comparison.is_relative or figure is None:
            return False
        return figure.histogram == name and figure.statistic.unit is Unit.DURATION

    return [
        (outcome.comparison.threshold, _limit_label(outcome), outcome.status)
        for outcome in outcomes
        if is_on(outcome.comparison) and outcome.comparison.threshold > 0
    ]


def _limit_label(outcome: Outcome) -> str:
    figure = outcome.comparison.measure.figure
    return f"{figure.statistic.name if figure else ''} {outcome.comparison.limit}"


def _columns_json(columns: Sequence[Moment]) -> Markup:
    rounded = [{key: round(value, 6) for key, value in asdict(moment).items()} for moment in columns]
    # Numbers and our own keys only, so nothing in it can end the script element.
    return Markup(json.dumps(rounded, separators=(",", ":")))  # noqa: S704
