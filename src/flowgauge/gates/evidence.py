"""What gates judge: the files of one run folder, read once, and what they should have covered.

A folder may hold what an earlier job left there. Files that speak of different servers are not one run, and
the older of them is not judged.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from flowgauge.errors import NoDataError
from flowgauge.gates.baseline import read_baseline
from flowgauge.results import (
    CONTRACT_FILE,
    LOAD_FILE,
    ContractReport,
    LoadRun,
    read_contract_report,
    read_load_run,
)

__all__ = ["Evidence", "read_evidence"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Evidence:
    """One run, as far as there is one.

    `operations` are the ids that the contract suites must have covered; a report that leaves one out, but for
    those that nobody asked for, says nothing about the contract as a whole. `baseline` are the kept runs to
    compare with. `missing` says, file by file, why something is None.
    """

    contract: ContractReport | None
    load: LoadRun | None
    operations: tuple[str, ...]
    missing: tuple[str, ...] = ()
    baseline: tuple[LoadRun, ...] = ()

    @property
    def contract_gap(self) -> str | None:
        """Why the contract report cannot speak for the whole contract, or None where it can."""
        if self.contract is None:
            return "there is no contract report"
        if not self.contract.complete:
            return "the contract suites did not run to their end"
        if not self.asked:
            return "the suites were asked for no operation"
        untried = [name for name, cases in self.cases.items() if not cases]
        if untried:
            return f"no case was tried on {', '.join(untried)}"
        judged = {op.operation for op in self.contract.operations if op.checks_run > 0}
        unjudged = [name for name in self.asked if name not in judged]
        if unjudged:
            return f"no check ran on {', '.join(unjudged)}"
        return None

    @property
    def asked(self) -> tuple[str, ...]:
        """The operations that the suites were asked to cover: all, without writes in a read-only run."""
        left_out = self.contract.left_out if self.contract else ()
        return tuple(name for name in self.operations if name not in left_out)

    @property
    def cases(self) -> dict[str, int]:
        """Cases of the suites by operation that was asked for, whatever else a report has rows for."""
        cases = {op.operation: op.cases for op in self.contract.operations} if self.contract else {}
        return {name: max(0, cases.get(name, 0)) for name in self.asked}

    @property
    def tried(self) -> int:
        """How many of the operations the contract suites tried."""
        return sum(1 for cases in self.cases.values() if cases)

    @property
    def unfit(self) -> tuple[str, ...]:
        """What made the load generator unfit, by its own account; empty where nothing did."""
        if self.load is None:
            return ()
        cut_short = ("the load was stopped before the end of its plan",) if self.load.interrupted else ()
        # A run that was stopped says itself where.
        return self.load.invalid or cut_short


def read_evidence(folder: Path, *, operations: tuple[str, ...], baselines: Path | None = None) -> Evidence:
    """Read a run folder. A file that is absent or damaged becomes None and a line in `missing`.

    `baselines` is the folder of the baselines, given only where a gate asks for one: reading takes time.
    """
    missing: list[str] = []

    def read(reader: Callable[[], T]) -> T | None:
        try:
            return reader()
        except NoDataError as error:
            missing.append(error.message)
            return None

    contract = read(lambda: read_contract_report(folder))
    load = read(lambda: read_load_run(folder))
    if contract and load and not contract.target.is_same_server(load.target):
        older = CONTRACT_FILE if contract.started_at < load.started_at else LOAD_FILE
        missing.append(
            f"{folder / older} is of an earlier run: the suites tried {contract.target}, "
            f"the load {load.target}"
        )
        contract, load = (None, load) if older == CONTRACT_FILE else (contract, None)
    kept = None
    if baselines is not None and load is not None:
        root, scenario = baselines, load.scenario
        kept = read(lambda: read_baseline(root, scenario).runs)
    return Evidence(contract, load, operations, missing=tuple(missing), baseline=kept or ())
