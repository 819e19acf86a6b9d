"""Measure how many of the named faults the suites catch.

Each fault is switched on in the reference server, alone, and the suites search until they meet one of the
findings that the fault names; nothing else is a catch. The clean server goes through all suites and must
give no finding. With --together faults are on at once, those of the edition's table if none are named, and
each must still be caught, by a finding of its own, unless nothing is left to see of it beside the others, of
which the edition keeps a table. With --drawn N pairs and triples of faults, drawn by the first seed, are on
at once, N times. Exit code 1 where a fault is missed, or the clean server is blamed.

For example:
  flowgauge prove                                  every fault, seed 1
  flowgauge prove --seeds 1,2,3                    with three seeds
  flowgauge prove --fault create-200               one fault
  flowgauge prove --together                       what the table puts together
  flowgauge prove --group seeded --together        all of a group at once
  flowgauge prove --drawn 200 --group seeded       random pairs and triples
  flowgauge prove --document-alone                 what the document alone tells
"""

import argparse
import os
import random
import statistics
import sys
import textwrap
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flowgauge.cli.flags import add_edition_flag, add_fault_flag
from flowgauge.cli.project.shipped import contracts_folder
from flowgauge.editions import world_part
from flowgauge.errors import ExitCode, UsageError
from flowgauge.reference.faults import Fault, FaultTable, fault_names, masked
from flowgauge.results import read_contract_report, write_contract_report

if TYPE_CHECKING:
    from flowgauge.contract.session.proof import Answer, Question
    from flowgauge.reference.edition_part import WorldPart

__all__ = ["add_arguments", "run"]

PAUSE = 2.0
WIDTH = 80
"""Seconds between two words of how far the proof is."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the command."""
    which = parser.add_mutually_exclusive_group()
    add_fault_flag(which, "only these faults; repeatable")
    which.add_argument("--group", metavar="NAME", help="only the faults of this group")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--together", action="store_true", help="switch them on at once, not one by one")
    how.add_argument(
        "--drawn", type=int, metavar="N", help="switch them on in N random pairs and triples, not one by one"
    )
    parser.add_argument(
        "--seeds", default="1", metavar="N[,N]", help="seeds of the search (default %(default)s)"
    )
    about = "the suites know the document of the edition and nothing else of it"
    parser.add_argument("--document-alone", action="store_true", help=about)
    about = "suites (default: contracts/, or those that ship)"
    parser.add_argument("--contracts", type=Path, metavar="DIR", help=about)
    add_edition_flag(parser)
    parser.add_argument(
        "--run-folder", type=Path, help="put the score into the contract report of this folder"
    )


def run(args: argparse.Namespace) -> int:
    """Search for every fault, and print a table with the score."""
    # Late: pytest and Schemathesis, which no other command needs.
    from flowgauge.contract.session.proof import CLEAN, Question, prove  # noqa: PLC0415

    contracts = contracts_folder(args.contracts)
    seeds = _seeds(args.seeds)
    part = world_part(args.edition)
    questions = [Question(CLEAN)]
    questions += [_question(part, names) for names in _rows(part, args)]
    print(*_row("fault", "seed", "caught as", "target", "seconds"), sep="\n")
    score = _Score()
    more = ["--flowgauge-document-alone"] if args.document_alone else []
    workers, edition = os.cpu_count() or 1, args.edition
    answers = prove(questions, seeds, contracts=contracts, workers=workers, edition=edition, options=more)
    total, told = len(questions) * len(seeds), time.monotonic()
    for number, answer in enumerate(answers, start=1):
        score.add(answer)
        if time.monotonic() - told > PAUSE:
            # Whoever reads a log, and the bar of the main job, see how far it is.
            told = time.monotonic()
            print(f"{number} of {total} [{100 * number // total}%]", file=sys.stderr, flush=True)
        for line in _lines(answer):
            print(line, flush=True)
    for line in score.lines():
        print(line)
    if args.run_folder is not None:
        # A suite that blames the clean server proves nothing by what it catches.
        share = 0.0 if score.alarms else score.share
        write_contract_report(
            args.run_folder, replace(read_contract_report(args.run_folder), fault_score=share)
        )
    return ExitCode.PASSED if score.share == 1.0 and not score.alarms else ExitCode.FAILED


def _seeds(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise UsageError(f"--seeds {text} is not a list of integers", hint="for example 1,2,3") from None


def _wanted(table: FaultTable[Any], args: argparse.Namespace) -> list[Fault[Any]]:
    """The faults that were asked for; those that can be seen over HTTP, where none was named."""
    if args.fault:
        named = table.named(fault_names(args.fault))
        for fault in named:
            if fault.hidden_because:
                raise UsageError(f"{fault.name} cannot be caught by itself: {fault.hidden_because}")
        return named
    return [fault for fault in table.of_group(args.group) if fault.is_observable]


def _rows(part: "WorldPart[Any]", args: argparse.Namespace) -> list[tuple[str, ...]]:
    """What is on in each question: one fault, or several with --together and --drawn."""
    if args.together and not args.fault:
        rows = [names for names in part.together if args.group is None or names == (args.group,)]
        if rows or args.group is None:
            return rows
    names = tuple(fault.name for fault in _wanted(part.faults, args))
    if args.drawn is not None:
        if args.drawn < 1 or len(names) < 3:
            raise UsageError("--drawn needs a number from 1 on, and at least three faults to draw from")
        chance = random.Random(_seeds(args.seeds)[0])
        return [tuple(chance.sample(names, chance.choice((2, 3)))) for _ in range(args.drawn)]
    return [names] if args.together else [(name,) for name in names]


def _question(part: "WorldPart[Any]", names: Sequence[str]) -> "Question":
    """The question of a row. Raises UsageError where nothing could catch one of its faults."""
    from flowgauge.contract.session.proof import Question  # noqa: PLC0415 - as in `run`

    on = [fault for fault in part.faults.named(names) if fault.is_observable]
    for fault in on:
        if not fault.findings:
            raise UsageError(
                f"{fault.name} names no finding, so nothing is a catch of it",
                hint='say in its declaration which findings show it, for example "FG-101"',
            )
    over_http = frozenset(fault.name for fault in on if fault.over_http)
    hidden = masked(part.masks, [fault.name for fault in on])
    # What is hidden is on, but nobody waits for it.
    wanted = {fault.name: () if fault.name in hidden else fault.findings for fault in on}
    return Question(" + ".join(names), wanted, hidden, over_http)


class _Score:
    """What the answers add up to. A fault that was on in several questions counts in each."""

    def __init__(self) -> None:
        self.caught = self.wanted = self.hidden = self.alarms = 0
        self._seconds: list[float] = []

    def add(self, answer: "Answer") -> None:
        faults, hidden = answer.question.faults, answer.question.hidden
        if not faults:
            self.alarms += len(answer.others)
            return
        due = [name for name in faults if name not in hidden]
        met = [answer.caught[name] for name in due if name in answer.caught]
        self.wanted += len(due)
        self.caught += len(met)
        self.hidden += sum(1 for name in hidden if name not in answer.caught)
        self._seconds += [catch.seconds for catch in met if catch.seconds is not None]

    @property
    def share(self) -> float:
        """The share (0..1) of the faults that had to be caught; 0 where there was none."""
        return self.caught / self.wanted if self.wanted else 0.0

    def lines(self) -> Iterator[str]:
        median = f", median {statistics.median(self._seconds):.2f} s" if self._seconds else ""
        yield f"caught {self.caught} of {self.wanted} ({self.share:.1%}){median}"
        if self.hidden:
            yield f"hidden by others: {self.hidden}"
        yield f"false alarms on the clean server: {self.alarms}"


def _lines(answer: "Answer") -> Iterator[str]:
    """A line for each fault of the question; of the clean server, one for each finding."""
    question = answer.question
    if len(question.faults) > 1:
        yield f"{question.name}, {len(question.faults)} at once:"
    indent = "  " if len(question.faults) > 1 else ""
    for name in question.faults:
        shown, catch = indent + name, answer.caught.get(name)
        if catch is not None:
            seconds = "" if catch.seconds is None else f"{catch.seconds:.2f}"
            yield from _row(shown, answer.seed, catch.finding, catch.target, seconds)
        elif name in question.hidden:
            yield from _row(shown, answer.seed, f"hidden: {question.hidden[name]}")
        else:
            yield from _row(shown, answer.seed, "MISSED", answer.target)
    if not question.faults:
        for finding in answer.others or ("none",):
            yield from _row(question.name, answer.seed, finding, answer.target)


def _row(name: str, seed: object, finding: str, target: str = "", seconds: str = "") -> Iterator[str]:
    """A row of 80 columns, or two where its words are long."""
    head, tail = f"{name:<30}{seed:>5}", f"{target:<10}{seconds:>8}"
    line = f"{head}  {finding:<22}  {tail}".rstrip()
    if len(line) < WIDTH:
        yield line
        return
    yield head.rstrip()
    if tail.strip():
        yield f"  {finding:<57} {tail}".rstrip()
    else:
        yield from textwrap.wrap(finding, WIDTH - 1, initial_indent="  ", subsequent_indent="  ")
