"""Frozen values and the files that join the stages: findings, contract reports, load runs.

Everything to the right of here (gates, report) reads these files and nothing else, so a run can be
judged and reported again without being run again.
"""

from flowgauge.results.catalogue.classes import GENERIC, LOAD_CHECK, FindingCatalogue, FindingClass
from flowgauge.results.catalogue.guides import Guide
from flowgauge.results.contract_report import (
    BlindCheck,
    CheckTally,
    ContractReport,
    OperationReport,
    SkippedCheck,
)
from flowgauge.results.curl import LONG_ID, Expansion, curl, with_captured
from flowgauge.results.exchange import UNDECIDED, Exchange, Request, Response
from flowgauge.results.finding import NO_OPERATION, SEVERITIES, Consequence, Finding, Severity, Showing
from flowgauge.results.histogram import Histogram
from flowgauge.results.load_files import LoadLog, read_load_run, write_load_run
from flowgauge.results.load_run import (
    CapacityStep,
    LoadRun,
    OperationCounts,
    Slice,
    Worker,
    capacity_of,
    failures_of,
    is_confirmed,
)
from flowgauge.results.run_folder import (
    CONTRACT_FILE,
    HISTOGRAM_FILE,
    LOAD_FILE,
    STAGES_FILE,
    check_writable,
    held,
    read_contract_report,
    remove,
    write_contract_report,
)
from flowgauge.results.target_identity import TargetIdentity

__all__ = [
    "CONTRACT_FILE",
    "GENERIC",
    "HISTOGRAM_FILE",
    "LOAD_CHECK",
    "LOAD_FILE",
    "LONG_ID",
    "NO_OPERATION",
    "SEVERITIES",
    "STAGES_FILE",
    "UNDECIDED",
    "BlindCheck",
    "CapacityStep",
    "CheckTally",
    "Consequence",
    "ContractReport",
    "Exchange",
    "Expansion",
    "Finding",
    "FindingCatalogue",
    "FindingClass",
    "Guide",
    "Histogram",
    "LoadLog",
    "LoadRun",
    "OperationCounts",
    "OperationReport",
    "Request",
    "Response",
    "Severity",
    "Showing",
    "SkippedCheck",
    "Slice",
    "TargetIdentity",
    "Worker",
    "capacity_of",
    "check_writable",
    "curl",
    "failures_of",
    "held",
    "is_confirmed",
    "read_contract_report",
    "read_load_run",
    "remove",
    "with_captured",
    "write_contract_report",
    "write_load_run",
]
