"""A contract report as lines of text."""

from collections import Counter
from collections.abc import Iterator

from flowgauge.results import ContractReport, Exchange, Finding

__all__ = ["finding_lines", "summary_lines"]

LONGEST_BODY = 600


def summary_lines(report: ContractReport) -> Iterator[str]:
    """A line per operation, then what was skipped, then each finding in one line."""
    if report.blindness:
        yield report.blindness
    met = Counter(place for finding in report.findings for place in finding.operations)
    if report.schema_coverage:
        shares = ", ".join(
            f"{name.replace('_', ' ')} {share:.0%}" for name, share in report.schema_coverage.items()
        )
        yield f"schema coverage (a floor, not a score): {shares}"
    yield f"{'operation':<28}{'cases':>7}{'checks':>9}{'skipped':>9}{'findings':>10}"
    for op in report.operations:
        skips = sum(skipped.concerns(op.operation) for skipped in report.skipped)
        yield f"{op.operation:<28}{op.cases:>7}{op.checks_run:>9}{skips:>9}{met[op.operation]:>10}"
    for note in report.notes:
        yield f"note: {note}"
    for skipped in report.skipped:
        where = f" ({', '.join(skipped.operations)})" if skipped.operations else ""
        yield f"skipped: {skipped.check}{where}: {skipped.reason}"
    for check in report.blind:
        yield f"blind: {check.id} {check.title}: {check.reason}"
    for finding in report.findings:
        status = f" [waived: {finding.waived}]" if finding.waived else ""
        note = f"; {finding.replay_note}" if finding.replay_note else ""
        detail = f"{finding.title}: {finding.detail} ({finding.count} times{note})"
        yield f"{finding.id} {finding.places}: {detail}{status}"
        for after in finding.consequences:
            yield f"    hence {after.id} {after.operation} ({after.count} times)"
    if not report.complete:
        yield "incomplete: the suites did not run to their end, this report cannot pass a gate"


def finding_lines(finding: Finding) -> Iterator[str]:
    """A finding with its last exchange and its reproduction."""
    yield f"{finding.id} {finding.title} [{finding.severity}]"
    yield f"  at          {finding.places}"
    yield f"  what        {finding.detail}"
    if finding.cause:
        yield f"  cause       {finding.cause}"
    if finding.expected:
        yield f"  expected    {finding.expected}"
    yield f"  rule        {finding.rule}"
    yield f"  met         {finding.count} times"
    for after in finding.consequences:
        yield f"  hence       {after.id} {after.operation} ({after.count} times)"
    if not finding.exchanges:
        return
    yield from _exchange_lines(finding.exchanges[-1])
    yield "  reproduce with"
    yield from (f"    {line}" for line in finding.reproduction.splitlines())


def _exchange_lines(exchange: Exchange) -> Iterator[str]:
    request, response = exchange.request, exchange.response
    yield f"  request     {request.method} {_short(request.target)}"
    if request.body:
        yield f"              {_shown(request.body)}"
    if response is None:
        yield f"  response    none: {exchange.error}"
    else:
        yield f"  response    {response.status} {response.header('content-type') or ''}"
        if response.body:
            yield f"              {_shown(response.body)}"


def _shown(body: bytes) -> str:
    return _short(body.decode("utf-8", errors="backslashreplace").encode("unicode_escape").decode("ascii"))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_BODY else f"{text[:LONGEST_BODY]}... ({len(text)} characters)"
