"""`flowgauge report`: write the reports of a run folder."""

import argparse
from pathlib import Path
from typing import Any

from flowgauge.cli.gate import BASELINES, GATES_FILE, RUN_FOLDER
from flowgauge.cli.history import add_history_flag, history_text
from flowgauge.errors import ExitCode, NoDataError
from flowgauge.gates import asks_for_baseline, judge, read_evidence, read_gates
from flowgauge.openapi.v0_shim import operations, pointer_line
from flowgauge.report.formats.ctrf import ctrf_json
from flowgauge.report.formats.har import har_json
from flowgauge.report.formats.json_report import report_json
from flowgauge.report.formats.junit import junit_xml
from flowgauge.report.formats.markdown import markdown_summary
from flowgauge.report.formats.openmetrics import openmetrics_text
from flowgauge.report.formats.sarif import sarif_json
from flowgauge.report.history import read_history
from flowgauge.report.page.html import html_report
from flowgauge.results.run_folder import write_text

__all__ = ["REPORT_FILES", "add_parser"]

REPORT_FILES = (
    "report.html",
    "report.json",
    "junit.xml",
    "ctrf.json",
    "summary.md",
    "findings.sarif",
    "findings.har",
    "metrics.txt",
)
# Where findings point: the document's place in this repository, which is where a reviewer reads it.
SPEC_IN_REPOSITORY = "src/flowgauge/editions/v0/openapi.yaml"

EPILOG = """\
Made from the files alone: an old run folder is judged and reported again without running again.
Written: report.html, report.json, junit.xml, ctrf.json, summary.md (GitHub), findings.sarif,
findings.har, metrics.txt (OpenMetrics).

examples:
  flowgauge report                        report the last run
  flowgauge report kept/2026-11-24        report an old one
"""


def add_parser(subparsers: Any) -> None:
    """Add the command to the parser."""
    parser = subparsers.add_parser(
        "report",
        help="write the reports of the last run",
        description="Write the reports of a run folder into it.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "run_folder", nargs="?", type=Path, default=RUN_FOLDER, help="what to report (default %(default)s)"
    )
    parser.add_argument("--gates", type=Path, default=GATES_FILE, help="gates file (default %(default)s)")
    parser.add_argument(
        "--baselines", type=Path, default=BASELINES, help="folder of the baselines (default %(default)s)"
    )
    add_history_flag(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Judge again and write the reports. The exit code says that they were written, not what they say."""
    folder: Path = args.run_folder
    if not folder.is_dir():
        raise NoDataError(f"{folder} does not exist", hint="run `make gate`, or name another run folder")
    gates = read_gates(args.gates)
    # `flowgauge run` has no such flag.
    baselines: Path = getattr(args, "baselines", BASELINES)
    evidence = read_evidence(
        folder,
        operations=tuple(op.id for op in operations()),
        baselines=baselines if asks_for_baseline(gates) else None,
    )
    if evidence.contract is None and evidence.load is None:
        raise NoDataError("; ".join(evidence.missing), hint="run the suites or the load first")
    judgement = judge(gates, evidence)
    past = read_history(history_text(args, folder))
    lines = {op.id: pointer_line("paths", op.path, op.method.lower()) for op in operations()}
    outputs = {
        "report.html": html_report(judgement, evidence, history=past),
        "report.json": report_json(judgement, evidence),
        "junit.xml": junit_xml(judgement, evidence),
        "ctrf.json": ctrf_json(judgement, evidence),
        "summary.md": markdown_summary(judgement, evidence),
        "findings.sarif": sarif_json(evidence, document=SPEC_IN_REPOSITORY, lines=lines),
        "findings.har": har_json(evidence),
        "metrics.txt": openmetrics_text(judgement, evidence),
    }
    for name in REPORT_FILES:
        write_text(folder / name, outputs[name])
    print(f"{judgement.status}: {folder / 'report.html'}")
    return ExitCode.PASSED
