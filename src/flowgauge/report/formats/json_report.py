"""The report as JSON, for programs. `report.schema.json` beside this module is its published schema."""

import base64
import json
import math
from pathlib import Path
from typing import Any

from flowgauge.gates import Evidence, Judgement, judgement_values
from flowgauge.report.figures import duration_figures
from flowgauge.results import ContractReport, Exchange, Finding, LoadRun, TargetIdentity

__all__ = ["REPORT_VERSION", "SCHEMA_PATH", "report_json", "report_values", "verdicts_json"]

REPORT_VERSION = 2
SCHEMA_PATH = Path(__file__).with_name("report.schema.json")


def verdicts_json(judgement: Judgement) -> str:
    """The verdicts alone: what `flowgauge gate` leaves behind."""
    return _text({"format": "flowgauge-verdicts", "version": REPORT_VERSION} | judgement_values(judgement))


def report_json(judgement: Judgement, evidence: Evidence) -> str:
    """Verdicts, findings and figures in one document."""
    return _text(report_values(judgement, evidence))


def report_values(judgement: Judgement, evidence: Evidence) -> dict[str, Any]:
    """The same as plain values. Durations are seconds, ratios 0..1, times seconds since the epoch."""
    return {
        "format": "flowgauge-report",
        "version": REPORT_VERSION,
        **judgement_values(judgement),
        "contract": _contract(evidence.contract, evidence.contract_gap) if evidence.contract else None,
        "load": _load(evidence.load) if evidence.load else None,
    }


def _contract(report: ContractReport, gap: str | None) -> dict[str, Any]:
    return {
        "target": _target(report.target),
        "seed": report.seed,
        "started_at": report.started_at,
        "duration": report.duration,
        "complete": report.complete,
        "gap": gap,
        "cases": report.cases,
        "fault_score": report.fault_score,
        "schema_coverage": dict(report.schema_coverage),
        "operations": [
            {
                "operation": op.operation,
                "method": op.method,
                "path": op.path,
                "cases": op.cases,
                "checks": {
                    name: {"ran": tally.ran, "failed": tally.failed} for name, tally in op.checks.items()
                },
            }
            for op in report.operations
        ],
        "findings": [_finding(finding) for finding in report.findings],
        "skipped": [
            {"check": skip.check, "reason": skip.reason, "operations": list(skip.operations)}
            for skip in report.skipped
        ],
        "applicable": report.applicable,
        "blind": [{"id": b.id, "title": b.title, "reason": b.reason} for b in report.blind],
        "left_out": list(report.left_out),
        "notes": list(report.notes),
        "versions": dict(report.versions),
    }


def _load(run: LoadRun) -> dict[str, Any]:
    return {
        "target": _target(run.target),
        "scenario": run.scenario,
        "started_at": run.started_at,
        "duration": run.duration,
        "plan": run.plan,
        "requests": run.requests,
        "failed": run.failed,
        "operations": [
            {"name": op.name, "operation": op.operation, "requests": op.requests, "errors": dict(op.errors)}
            for op in run.operations
        ],
        "durations": {
            figures.name: {
                "count": figures.count,
                "min": figures.minimum,
                "mean": figures.mean,
                **{f"p{percent:g}": value for percent, value in figures.percentiles},
                "max": figures.maximum,
            }
            for figures in duration_figures(run)
        },
        "counters": dict(run.counters),
        "arrivals": {"planned": run.arrivals_planned, "started": run.arrivals_started},
        "interrupted": run.interrupted,
        "stopped_because": run.stopped_because,
        "capacity_steps": [
            {
                "rate": step.rate,
                "duration": step.duration,
                "held": step.held,
                "delivered_ratio": step.delivered_ratio,
                "values": dict(step.values),
                "invalid": list(step.invalid),
            }
            for step in run.capacity_steps
        ],
        "retried": run.retried,
        "checks": dict(run.checks),
        "distributions": {name: dict(met) for name, met in run.distributions.items()},
        "findings": [_finding(finding) for finding in run.findings],
        "invalid": list(run.invalid),
        "host": run.host,
        "versions": dict(run.versions),
    }


def _target(target: TargetIdentity) -> dict[str, Any]:
    return {
        "kind": target.kind,
        "url": target.url,
        "faults": list(target.faults),
        "count": target.count,
        "unverified": target.unverified,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "title": finding.title,
        "operation": finding.operation,
        "operations": list(finding.operations),
        "severity": finding.severity,
        "cause": finding.cause,
        "rule": finding.rule,
        "expected": finding.expected,
        "detail": finding.detail,
        "count": finding.count,
        "waived": finding.waived,
        "consequences": [
            {"id": after.id, "operation": after.operation, "count": after.count}
            for after in finding.consequences
        ],
        "reproduction": finding.reproduction,
        "reproduced": finding.reproduced,
        "not_replayed": finding.not_replayed,
        "exchanges": [_exchange(exchange) for exchange in finding.exchanges],
    }


def _exchange(exchange: Exchange) -> dict[str, Any]:
    response = exchange.response
    return {
        "operation": exchange.operation,
        "method": exchange.request.method,
        "target": exchange.request.target,
        "request_body": _base64(exchange.request.body),
        "status": response.status if response else None,
        "response_body": _base64(response.body) if response else None,
        "elapsed": exchange.elapsed,
        "error": exchange.error,
    }


def _base64(body: bytes | None) -> str | None:
    return None if body is None else base64.b64encode(body).decode("ascii")


def _text(values: dict[str, Any]) -> str:
    return json.dumps(_strict(values), indent=2, allow_nan=False) + "\n"


def _strict(value: Any) -> Any:
    """The same without what strict readers refuse: NaN, the infinities and lone surrogates."""
    if isinstance(value, dict):
        return {_strict(str(key)): _strict(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_strict(item) for item in value]
    if isinstance(value, str):
        return value.encode("utf-8", errors="backslashreplace").decode("utf-8")
    return None if isinstance(value, float) and not math.isfinite(value) else value
