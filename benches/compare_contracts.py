"""Faults caught by the stock Schemathesis command and by the suites, side by side in one run.

    tox -e compare-contracts                      every fault that HTTP can show
    tox -e compare-contracts -- --group seeded
    tox -e compare-contracts -- --group as-shipped-2023
    tox -e compare-contracts -- --fault create-200

Both get the same document, the same server with the same fault, the same seed. Of ours only a finding that
the fault names is a catch. What `st run` reports on the clean server is its noise and counts for no fault;
anything else that it reports does. Its seconds are those of its whole run, since it tells no earlier. The
last row is the release of 2023 with all of its faults at once.

The table had 98 faults until `foreign-occurrence-id` went: the document does not say that an occurrence's
id is the stage's own, and servers in the field give the run's. Such a server breaks no promise. Two have
come since.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from flowgauge.contract.session.proof import CLEAN, Answer, Question, prove
from flowgauge.editions import DEFAULT_EDITION, world_part
from flowgauge.editions.v0.edition import DOCUMENT_PATH
from flowgauge.reference.faults import FaultsTogether
from flowgauge.reference.server.embedded import embedded_server

FAULTS, TOGETHER = world_part().faults, world_part().together
SEED = 1
EXAMPLES = 50
LONGEST_RUN = 300


def stock_failures(*faults: str) -> tuple[set[tuple[str, str]], float]:
    """What `st run` reports on a server with these faults, as (code, operation), and its seconds."""
    with embedded_server(faults=faults) as server, tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [str(Path(sys.executable).with_name("st")), "run", str(DOCUMENT_PATH), "--url", server.url]
        command += ["-H", f"Authorization: Bearer {server.token}", "--seed", str(SEED), "-n", str(EXAMPLES)]
        command += ["--report-json-path", str(report), "--no-color"]
        began = time.monotonic()
        subprocess.run(command, cwd=folder, capture_output=True, timeout=LONGEST_RUN, check=False)  # noqa: S603
        seconds = time.monotonic() - began
        failures = json.loads(report.read_text())["failures"]
    return {(f["code"], operation) for f in failures for operation in f["operations"]}, seconds


def main() -> int:
    """Print the table; 1 where the suites miss a fault or raise a false alarm."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--group", choices=sorted({fault.group for fault in FAULTS.values()}))
    parser.add_argument("--fault", action="append", default=[], choices=FAULTS, metavar="NAME")
    args = parser.parse_args()
    groups = {args.group} if args.group else {fault.group for fault in FAULTS.values()}
    names = args.fault or [f.name for f in FAULTS.values() if f.group in groups and f.is_observable]
    contracts = Path(__file__).parents[1] / "contracts"
    noise, _ = stock_failures()
    print(f"st run on the clean server reports {len(noise)}: {sorted(noise)}")
    print(f"{'fault':<42}{'flowgauge':<34}{'s':>7}   {'st run':<24}{'s':>7}")
    questions = [Question(CLEAN), *(Question(name, {name: FAULTS[name].findings}) for name in names)]
    if not args.fault:
        questions += [_at_once(row) for row in TOGETHER if row.name in groups]
    ours: list[float] = []
    theirs: list[float] = []
    own_alarms = 0
    for answer in prove(questions, [SEED], contracts=contracts, workers=1, edition=DEFAULT_EDITION):
        if not answer.question.faults:
            own_alarms = len(answer.others)
            continue
        met, seconds = stock_failures(*answer.question.faults)
        new = sorted({code for code, _ in met - noise})
        print(f"{_own_columns(answer)}   {','.join(new)[:23] or 'missed':<24}{seconds:7.2f}", flush=True)
        if len(answer.question.faults) == 1:
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


def _at_once(row: FaultsTogether) -> Question:
    on = [fault for fault in FAULTS.named(row.names) if fault.is_observable]
    return Question(f"{row.name}, at once", {fault.name: fault.findings for fault in on}, row.hidden)


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
