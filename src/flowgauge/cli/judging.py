"""What `gate`, `report` and `run` have in common: which run is judged, by what, and the judgement."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from flowgauge.cli.flags import add_edition_flag, add_path
from flowgauge.editions import edition_named, findings_of
from flowgauge.errors import NoDataError
from flowgauge.gates import Evidence, Gate, Judgement, asks_for_baseline, comparisons, judge, read_evidence
from flowgauge.results.waivers import Waiver, of_load, read_waivers, today, waived

__all__ = [
    "BASELINES",
    "GATES_FILE",
    "HISTORY_FILE",
    "PROOF_LOG",
    "WAIVERS",
    "Judged",
    "JudgingSettings",
    "add_history_flag",
    "add_judging_flags",
    "judged",
    "judging_settings",
    "known_waivers",
]

GATES_FILE = Path("reports/gates.toml")
BASELINES = Path("reports/baseline")
WAIVERS = Path("contracts/waivers.toml")
HISTORY_FILE = "history.jsonl"
PROOF_LOG = "proof.log"
"""What the proof of the suites prints. It stands in the run folder exactly where a proof was asked for."""
FAULT_SCORE = "contract.fault_score"


@dataclass(frozen=True, slots=True)
class JudgingSettings:
    """Which run folder is judged, and the files that say by what. `edition` is the name of one."""

    run_folder: Path
    gates: Path
    baselines: Path
    waivers: Path
    history: Path
    edition: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A judgement, and what was judged."""

    judgement: Judgement
    evidence: Evidence

    @property
    def is_empty(self) -> bool:
        """Whether the run folder held neither a contract report nor a load run."""
        return self.evidence.contract is None and self.evidence.load is None


def add_judging_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of a judgement, all but the one that names the run folder."""
    add_path(parser, "--gates", "gates file", GATES_FILE)
    add_path(parser, "--baselines", "folder of the baselines", BASELINES)
    parser.add_argument("--waivers", type=Path, help=f"waivers file (default {WAIVERS})")
    add_history_flag(parser)
    add_edition_flag(parser)


def add_history_flag(parser: argparse.ArgumentParser) -> None:
    """Add `--history`."""
    about = f"history file (default {HISTORY_FILE} in the run folder)"
    parser.add_argument("--history", type=Path, metavar="FILE", help=about)


def judging_settings(args: argparse.Namespace, *, waivers: Path = WAIVERS) -> JudgingSettings:
    """The settings that the flags describe; `waivers` where the flags name no file."""
    return JudgingSettings(
        run_folder=args.run_folder,
        gates=args.gates,
        baselines=args.baselines,
        waivers=args.waivers or waivers,
        history=args.history or args.run_folder / HISTORY_FILE,
        edition=args.edition,
    )


def known_waivers(path: Path, edition: str) -> tuple[Waiver, ...]:
    """The waivers in a file. Raises UsageError for one that the edition cannot have."""
    operations = (op.id for op in edition_named(edition).operations)
    return read_waivers(path, catalogue=findings_of(edition), operations=operations)


def judged(settings: JudgingSettings, gates: Sequence[Gate]) -> Judged:
    """Read the run folder once, and judge it.

    Findings of the load are waived here, those of the suites were when the suites ran. Raises NoDataError
    where there is no such folder, and UsageError for a waivers file that is wrong.
    """
    folder = settings.run_folder
    if not folder.is_dir():
        raise NoDataError(f"{folder} does not exist", hint="run `make gate`, or name another run folder")
    known = known_waivers(settings.waivers, settings.edition)
    evidence = read_evidence(
        folder,
        operations=tuple(op.id for op in edition_named(settings.edition).operations),
        baselines=settings.baselines if asks_for_baseline(gates) else None,
    )
    if evidence.load is not None:
        found = waived(evidence.load.findings, of_load(known), today(), is_complete=False)
        evidence = replace(evidence, load=replace(evidence.load, findings=found))
    asked = (folder / PROOF_LOG).exists()
    return Judged(judge(_judgeable(gates, evidence, proof_was_asked=asked), evidence), evidence)


def _judgeable(gates: Sequence[Gate], evidence: Evidence, *, proof_was_asked: bool) -> list[Gate]:
    """The gates without those on the proof of the suites, where nobody asked for a proof.

    A proof that was asked for and left no score is no data, as anything else that was not measured.
    """
    score = evidence.contract.fault_score if evidence.contract else None
    if proof_was_asked or score is not None:
        return list(gates)
    return [
        gate
        for gate in gates
        if any(each.measure.name != FAULT_SCORE for each in comparisons(gate.expression))
    ]
