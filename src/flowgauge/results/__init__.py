"""Frozen values and the files that join the stages: findings, contract reports, load runs.

Everything to the right of here (gates, report) reads these files and nothing else, so a run can be
judged and reported again without being run again.
"""

from flowgauge.results.contract_report import (
    CheckTally,
    ContractReport,
    OperationReport,
    SkippedCheck,
)
from flowgauge.results.exchange import Exchange, Request, Response
from flowgauge.results.finding import SEVERITIES, Finding, Severity
from flowgauge.results.histogram import Histogram
from flowgauge.results.load_run import CapacityStep, LoadRun, OperationCounts, Slice, Worker
from flowgauge.results.run_folder import (
    CONTRACT_FILE,
    HISTOGRAM_FILE,
    LOAD_FILE,
    read_contract_report,
    read_load_run,
    remove,
    write_contract_report,
    write_load_run,
)

__all__ = [
    "CONTRACT_FILE",
    "HISTOGRAM_FILE",
    "LOAD_FILE",
    "SEVERITIES",
    "CapacityStep",
    "CheckTally",
    "ContractReport",
    "Exchange",
    "Finding",
    "Histogram",
    "LoadRun",
    "OperationCounts",
    "OperationReport",
    "Request",
    "Response",
    "Severity",
    "SkippedCheck",
    "Slice",
    "Worker",
    "read_contract_report",
    "read_load_run",
    "remove",
    "write_contract_report",
    "write_load_run",
]
