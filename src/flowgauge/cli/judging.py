"""What `gate`, `report` and `run` have in common: which run is judged, by what, and the judgement."""

import argparse
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from flowgauge.cli.flags import OF_THE_RUN, add_edition_flag, add_path
from flowgauge.cli.project.shipped import gates_file
from flowgauge.editions import EDITIONS, default_edition, edition_named, findings_of, operations_of
from flowgauge.errors import NoDataError
from flowgauge.expressions import Measure
from flowgauge.gates import Evidence, Gate, Judgement, asks_for_baseline, comparisons, judge, read_evidence
from flowgauge.results import LOAD_FILE, STAGES_FILE
from flowgauge.results.run_folder import write_text
from flowgauge.results.waivers import Waiver, of_load, of_suites, read_waivers, today, unwaived, waived

__all__ = [
    "BASELINES",
    "HISTORY_FILE",
    "WAIVERS",
    "Judged",
    "JudgingSettings",
    "add_history_flag",
    "add_judging_flags",
    "edition_flag",
    "edition_of",
    "judged",
    "judging_settings",
    "known_waivers",
    "remember_stages",
]

BASELINES = Path("reports/baseline")
WAIVERS = Path("contracts/waivers.toml")
HISTORY_FILE = "history.jsonl"
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


class _AskedFor(msgspec.Struct, frozen=True, omit_defaults=True):
    """The stages that one command was asked for, and the edition they were held to."""

    stages: list[str] | None = None
    edition: str | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """A judgement, and what was judged."""

    judgement: Judgement
    evidence: Evidence

    @property
    def is_empty(self) -> bool:
        """Whether the run folder held neither a contract report nor a load run."""
        return self.evidence.contract is None and self.evidence.load is None


def add_judging_flags(parser: argparse.ArgumentParser, *, or_else: str = OF_THE_RUN) -> None:
    """Add the flags of a judgement, all but the one that names the run folder.

    `or_else` is as `add_edition_flag` has it.
    """
    about = "gates file (default: reports/gates.toml, or the one that ships)"
    parser.add_argument("--gates", type=Path, metavar="FILE", help=about)
    add_path(parser, "--baselines", "folder of the baselines", BASELINES)
    parser.add_argument("--waivers", type=Path, help=f"waivers file (default {WAIVERS})")
    add_history_flag(parser)
    add_edition_flag(parser, or_else=or_else)


def add_history_flag(parser: argparse.ArgumentParser) -> None:
    """Add `--history`."""
    about = f"history file (default {HISTORY_FILE} in the run folder)"
    parser.add_argument("--history", type=Path, metavar="FILE", help=about)


def judging_settings(args: argparse.Namespace, *, waivers: Path = WAIVERS) -> JudgingSettings:
    """The settings that the flags describe; `waivers` where the flags name no file."""
    return JudgingSettings(
        run_folder=args.run_folder,
        gates=gates_file(args.gates),
        baselines=args.baselines,
        waivers=args.waivers or waivers,
        history=args.history or args.run_folder / HISTORY_FILE,
        edition=edition_of(args),
    )


def edition_of(args: argparse.Namespace) -> str:
    """The edition that the flags name, or that to which the run in the run folder was held."""
    return args.edition or _usual_edition(args.run_folder)


def edition_flag(folder: Path, edition: str) -> str:
    """What a command about that run has to say for this edition; nothing where it takes it by itself.

    Nor for an address in which a secret may stand: what is printed goes into logs.
    """
    is_private = "://" in edition and ("@" in edition or "?" in edition)
    is_taken = edition == _usual_edition(folder)
    return "" if is_taken or is_private else f" --edition {shlex.quote(edition)}"


def _usual_edition(folder: Path) -> str:
    # One of ours alone: a folder comes from anywhere, and must not name a file of Python that is then run.
    held_to = _asked_for(folder).edition
    return held_to if held_to in EDITIONS else default_edition()


def known_waivers(path: Path, edition: str) -> tuple[Waiver, ...]:
    """The waivers in a file. Raises UsageError for one that the edition cannot have."""
    operations = (op.id for op in edition_named(edition).operations)
    return read_waivers(path, catalogue=findings_of(edition), operations=operations)


def judged(settings: JudgingSettings, gates: Sequence[Gate]) -> Judged:
    """Read the run folder once, and judge it.

    The waivers file counts as it stands now, whatever it was when the suites ran. Raises NoDataError where
    there is no such folder, and UsageError for a waivers file that is wrong.
    """
    folder = settings.run_folder
    if not folder.is_dir():
        what = "is no folder" if folder.exists() else "does not exist"
        raise NoDataError(f"{folder} {what}", hint="`flowgauge run` makes one; or name another")
    known = known_waivers(settings.waivers, settings.edition)
    evidence = read_evidence(
        folder,
        operations=operations_of(settings.edition),
        baselines=settings.baselines if asks_for_baseline(gates) else None,
    )
    if evidence.load is not None:
        found = waived(evidence.load.findings, of_load(known), today(), is_complete=False)
        evidence = replace(evidence, load=replace(evidence.load, findings=found))
    if evidence.contract is not None and settings.waivers.exists():
        report = evidence.contract
        found = waived(unwaived(report.findings), of_suites(known), today(), is_complete=report.complete)
        evidence = replace(evidence, contract=replace(report, findings=found))
    stages = _stages(folder)
    if stages is not None and "load" not in stages:
        # Nobody misses what nobody asked for.
        missing = tuple(note for note in evidence.missing if LOAD_FILE not in note)
        evidence = replace(evidence, missing=missing)
    judgeable = _judgeable(gates, evidence, stages)
    if not judgeable:
        raise NoDataError(f"no gate of {settings.gates} is about a stage that ran: {', '.join(stages or ())}")
    judgement = judge(judgeable, evidence)
    return Judged(replace(judgement, aside=tuple(_aside(gates, judgeable, evidence, stages))), evidence)


def _aside(
    gates: Sequence[Gate], judgeable: Sequence[Gate], evidence: Evidence, stages: Sequence[str] | None
) -> Iterator[str]:
    """What nobody asked for, and is not judged: each a sentence, for what is green says nothing of it."""
    if evidence.contract is not None and (left_out := evidence.contract.left_out):
        named = ", ".join(left_out)
        yield f"read-only: no request of the {len(left_out)} operations that write was sent ({named})"
    of_load = len([gate for gate in gates if gate not in judgeable and not _is_on_the_proof(gate)])
    if of_load and stages is not None:
        gates_are = "1 gate is" if of_load == 1 else f"{of_load} gates are"
        yield f"{gates_are} on a load, which was not asked for"


def _is_on_the_proof(gate: Gate) -> bool:
    return any(each.measure.name == FAULT_SCORE for each in comparisons(gate.expression))


def remember_stages(folder: Path, stages: Sequence[str], edition: str) -> None:
    """Keep in the run folder which stages were carried out together, and the edition they were held to."""
    # An address may hold a secret, and a path mean another file where the folder is judged again.
    kept = _AskedFor(list(stages), edition if edition in EDITIONS else None)
    write_text(folder / STAGES_FILE, msgspec.json.encode(kept).decode() + "\n")


def _stages(folder: Path) -> list[str] | None:
    """The stages that were carried out together; None where each was by itself."""
    return _asked_for(folder).stages


def _asked_for(folder: Path) -> _AskedFor:
    """What one run of several stages was asked for; nothing where each was by itself."""
    path = folder / STAGES_FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=_AskedFor)
    except (FileNotFoundError, NotADirectoryError):
        return _AskedFor()
    except OSError as error:
        raise NoDataError(f"{path} cannot be read: {error.strerror or error}") from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise NoDataError(f"{path} is damaged: {error}") from None


def _judgeable(gates: Sequence[Gate], evidence: Evidence, stages: Sequence[str] | None) -> list[Gate]:
    """The gates without those that only a stage could answer that nobody asked for.

    The proof of the suites has to be asked for; the load is left out only where a run of all stages says so.
    A stage that was asked for and left nothing is no data, as anything else that was not measured.
    """
    score = evidence.contract.fault_score if evidence.contract else None
    has_proof = "proof" in (stages or ()) or score is not None
    has_load = stages is None or "load" in stages or evidence.load is not None

    def is_asked_for(measure: Measure) -> bool:
        return has_proof if measure.name == FAULT_SCORE else has_load or measure.subject == "contract"

    return [gate for gate in gates if any(is_asked_for(c.measure) for c in comparisons(gate.expression))]
