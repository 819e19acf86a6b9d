"""Faults caught by the stock Schemathesis command and by the suites, side by side in one run.

    tox -e compare-contracts                      every fault that HTTP can show
    tox -e compare-contracts -- --group seeded
    tox -e compare-contracts -- --group as-shipped-2023
    tox -e compare-contracts -- --fault create-200
    tox -e compare-contracts -- --edition v2 --sample 12
    tox -e compare-contracts -- --edition tests/toy/edition.py --document-alone

Both get the same document, the same server with the same fault, the same seed; with --document-alone ours
knows no more than that, as `st run` does. Of ours only a finding that
the fault names is a catch. What `st run` reports on the clean server is its noise and counts for no fault;
anything else that it reports does. Its seconds are those of its whole run, since it tells no earlier. The
last row is a release as it was shipped, with all of its faults at once; there the failures of `st run` are
counted, each code at each operation, and how many causes the suites tell.

The table of v0 had 98 faults until `foreign-occurrence-id` went: the document does not say that an
occurrence's id is the stage's own, and servers in the field give the run's. Such a server breaks no promise.
Two have come since.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flowgauge.contract.session.proof import CLEAN, Answer, Question, prove
from flowgauge.editions import DEFAULT_EDITION, EDITIONS, world_part
from flowgauge.errors import UsageError
from flowgauge.reference import WorldPart
from flowgauge.reference.faults import FaultTable, masked
from flowgauge.reference.server.embedded import embedded_server

SEED = 1
EXAMPLES = 50
LONGEST_RUN = 900


def stock_failures(edition: str, examples: int, *faults: str) -> tuple[set[tuple[str, str]], float]:
    """What `st run` reports on a server with these faults, as (code, operation), and its seconds."""
    with embedded_server(edition=edition, faults=faults) as server, tempfile.TemporaryDirectory() as folder:
        report, document = Path(folder) / "report.json", Path(folder) / "openapi.json"
        document.write_text(json.dumps(world_part(edition).edition.document.root))
        command = [
            str(Path(sys.executable).with_name("st")),
            "run",
            str(document),
            "--url",
            server.url,
        ]
        command += ["-H", f"Authorization: Bearer {server.token}", "--seed", str(SEED), "-n", str(examples)]
        command += ["--report-json-path", str(report), "--no-color"]
        began = time.monotonic()
        subprocess.run(command, cwd=folder, capture_output=True, timeout=LONGEST_RUN, check=False)  # noqa: S603
        seconds = time.monotonic() - began
        failures = json.loads(report.read_text())["failures"]
    return {(f["code"], operation) for f in failures for operation in f["operations"]}, seconds


def chosen(faults: FaultTable[Any], args: argparse.Namespace) -> list[str]:
    """The names of the faults that are asked for, evenly taken where it is a sample."""
    if args.fault:
        return [fault.name for fault in faults.named(args.fault)]
    named = [f.name for f in faults.values() if args.group in {None, f.group} and f.is_observable]
    if not named:
        raise UsageError(f"the edition {args.edition} has no faults of the group {args.group!r}")
    count = min(args.sample or len(named), len(named))
    return [named[place * len(named) // count] for place in range(count)]


def main() -> int:
    """Print the table; 1 where the suites miss a fault or raise a false alarm."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    about = f"{', '.join(EDITIONS)} or a Python file (default %(default)s)"
    parser.add_argument("--edition", default=DEFAULT_EDITION, help=about)
    about = "ours knows the document of the edition and nothing else of it"
    parser.add_argument("--document-alone", action="store_true", help=about)
    parser.add_argument("--group")
    parser.add_argument("--fault", action="append", default=[], metavar="NAME")
    parser.add_argument("--sample", type=int, metavar="N", help="so many of the faults, evenly taken")
    about = "examples of `st run` for each operation (default %(default)s)"
    parser.add_argument("--examples", type=int, default=EXAMPLES, metavar="N", help=about)
    args = parser.parse_args()
    part = world_part(args.edition)
    faults = part.faults
    names = chosen(faults, args)
    groups = {args.group} if args.group else {fault.group for fault in faults.values()}
    contracts = Path(__file__).parents[1] / "contracts"
    noise, _ = stock_failures(args.edition, args.examples)
    print(f"st run on the clean server reports {len(noise)}: {sorted(noise)}")
    print(f"{'fault':<42}{'flowgauge':<34}{'s':>7}   {'st run':<24}{'s':>7}", flush=True)
    questions = [Question(CLEAN), *(_question(part, [name], name) for name in names)]
    if not args.fault:
        # Releases as they were shipped: groups of their own.
        rows = [row[0] for row in part.together if len(row) == 1 and row[0] in groups]
        questions += [_question(part, [group], f"{group}, at once") for group in rows]
    ours: list[float] = []
    theirs: list[float] = []
    own_alarms = 0
    more = ["--flowgauge-document-alone"] if args.document_alone else []
    for answer in prove(
        questions, [SEED], contracts=contracts, workers=1, edition=args.edition, options=more
    ):
        if not answer.question.faults:
            own_alarms = len(answer.others)
            continue
        met, seconds = stock_failures(args.edition, args.examples, *answer.question.faults)
        new = met - noise
        is_one = len(answer.question.faults) == 1
        told = ",".join(sorted({code for code, _ in new}))[:23] if is_one else f"{len(new)} failures"
        print(f"{_own_columns(answer)}   {told if new else 'missed':<24}{seconds:7.2f}", flush=True)
        if is_one:
            ours += [catch.seconds or 0.0 for catch in answer.caught.values()]
            theirs += [seconds] if new else []
    own_median = statistics.median(ours) if ours else 0.0
    their_median = statistics.median(theirs) if theirs else 0.0
    print(f"flowgauge: {len(ours)} of {len(names)}, median {own_median:.2f} s to the finding")
    print(f"flowgauge: {own_alarms} false alarms on the clean server")
    print(f"st run:    {len(theirs)} of {len(names)}, median {their_median:.2f} s a run")
    if theirs and own_median:
        times = len(ours) / len(theirs)
        print(f"ratio:     {times:.2f} times the faults, {their_median / own_median:.1f} times as fast")
    return 0 if len(ours) == len(names) and not own_alarms else 1


def _question(part: WorldPart[Any], names: Sequence[str], title: str) -> Question:
    on = [fault for fault in part.faults.named(names) if fault.is_observable]
    hidden = masked(part.masks, [fault.name for fault in on])
    wanted = {fault.name: () if fault.name in hidden else fault.findings for fault in on}
    return Question(title, wanted, hidden, frozenset(fault.name for fault in on if fault.over_http))


def _own_columns(answer: Answer) -> str:
    """What ours says: the finding and when it was met; of several faults, how many were told apart."""
    name, faults = answer.question.name, answer.question.faults
    if len(faults) > 1:
        return f"{name:<42}{f'{len(answer.caught)} of {len(faults)} faults':<34}{'':>7}"
    catch = answer.caught.get(name)
    finding, seconds = (catch.finding, catch.seconds) if catch else ("MISSED", None)
    return f"{name:<42}{finding:<34}{'' if seconds is None else f'{seconds:.2f}':>7}"


if __name__ == "__main__":
    sys.exit(main())
