"""Write the reports of the last run.

Made from the files alone: an old run folder is judged and reported again without running again.
Written: report.html, report.json, junit.xml, summary.md (GitHub), findings.har, metrics.txt (OpenMetrics),
findings/ with a script for each finding; and with --document findings.sarif, whose findings stand at the
lines of that document.

For example:
  flowgauge report                        report the last run
  flowgauge report kept/2026-11-24        report an old one
  flowgauge report --document api/openapi.yaml
"""

import argparse
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from flowgauge.cli.flags import add_run_folder
from flowgauge.cli.found import folder_flag, write_scripts
from flowgauge.cli.judging import (
    Judged,
    JudgingSettings,
    add_judging_flags,
    edition_flag,
    judged,
    judging_settings,
)
from flowgauge.editions import edition_named
from flowgauge.errors import ExitCode, NoDataError, UsageError
from flowgauge.gates import read_gates
from flowgauge.openapi import Document
from flowgauge.report.figures import all_findings
from flowgauge.report.formats.har import har_json
from flowgauge.report.formats.json_report import report_json
from flowgauge.report.formats.junit import junit_xml
from flowgauge.report.formats.markdown import markdown_summary
from flowgauge.report.formats.openmetrics import openmetrics_text
from flowgauge.report.formats.sarif import sarif_json
from flowgauge.report.page.html import html_report
from flowgauge.results.run_folder import remove, write_text

__all__ = [
    "REPORT_FILES",
    "SARIF_FILE",
    "add_arguments",
    "add_document_flag",
    "read_document",
    "rule_lines",
    "run",
    "write_reports",
]

REPORT_FILES = ("report.html", "report.json", "junit.xml", "summary.md", "findings.har", "metrics.txt")
SARIF_FILE = "findings.sarif"
# A place in the document, as a rule names it (RFC 6901, section 6).
_POINTER = re.compile(r"#/(\S+)")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the command."""
    add_run_folder(parser, "what to report")
    add_judging_flags(parser)
    add_document_flag(parser)


def add_document_flag(parser: argparse.ArgumentParser) -> None:
    """Add `--document`."""
    parser.add_argument(
        "--document",
        type=Path,
        metavar="PATH",
        help="your OpenAPI document, relative to the root of your repository: also write findings.sarif",
    )


def read_document(path: Path | None) -> Document | None:
    """The document at a path that SARIF can hold. Raises UsageError for any other."""
    if path is None:
        return None
    if path.is_absolute() or ".." in path.parts:
        raise UsageError(
            f"--document {path} is not inside the current folder",
            hint="run this at the root of your repository, and give the path from there",
        )
    return Document.read(path)


def run(args: argparse.Namespace) -> int:
    """Judge again and write the reports. The exit code says that they were written, not what they say."""
    settings = judging_settings(args)
    document = read_document(args.document)
    result = judged(settings, read_gates(settings.gates))
    if result.is_empty:
        raise NoDataError("; ".join(result.evidence.missing), hint="`flowgauge run` makes both")
    write_reports(settings, result, path=args.document, document=document)
    return ExitCode.PASSED


def rule_lines(rules: Iterable[str], document: Document, name: str) -> Iterator[tuple[str, str]]:
    """Each rule that names a place in the document, with that place's line."""
    for rule in rules:
        pointer = _POINTER.search(rule)
        if pointer is not None:
            parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer[1].split("/")]
            yield rule, f"line {document.line_of(*parts)} of {name}"


def write_reports(
    settings: JudgingSettings, result: Judged, *, path: Path | None, document: Document | None
) -> None:
    """Write every report into the run folder, and say where the page is.

    `document` is the one at `path`, where SARIF is wanted.
    """
    judgement, evidence = result.judgement, result.evidence
    found = all_findings(evidence.contract, evidence.load)
    held_to = document if document is not None else edition_named(settings.edition).document
    name = path.as_posix() if path is not None else f"the document of {settings.edition}"
    lines = dict(rule_lines({finding.rule for finding in found}, held_to, name))
    elsewhere = folder_flag(settings.run_folder) + edition_flag(settings.run_folder, settings.edition)
    outputs = {
        "report.html": html_report(judgement, evidence, lines, elsewhere),
        "report.json": report_json(judgement, evidence),
        "junit.xml": junit_xml(judgement, evidence),
        "summary.md": markdown_summary(judgement, evidence),
        "findings.har": har_json(evidence),
        "metrics.txt": openmetrics_text(judgement, evidence),
    }
    if path is not None and document is not None:
        places = {op.id: document.line_of("paths", op.path, op.method.lower()) for op in document.operations}
        outputs[SARIF_FILE] = sarif_json(evidence, document=path.as_posix(), lines=places)
    else:
        # That of an earlier report speaks of an earlier run.
        remove(settings.run_folder / SARIF_FILE)
    for name, text in outputs.items():
        write_text(settings.run_folder / name, text)
    write_scripts(settings.run_folder, found)
    print(f"{judgement.status}: {settings.run_folder / 'report.html'}")
