"""Faults caught by the stock Schemathesis command and by the suites, side by side in one run.

    tox -e compare-contracts                      every fault that HTTP can show
    tox -e compare-contracts -- --group seeded
    tox -e compare-contracts -- --group as-shipped-2023
    tox -e compare-contracts -- --fault create-200

Both get the same document, the same server with the same fault, the same seed. What `st run` reports on the
clean server is its noise, and counts for no fault. Its seconds are those of its whole run, since it tells no
earlier.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from flowgauge.contract.session.proof import CLEAN, Catch, prove
from flowgauge.openapi.v0_shim import DOCUMENT_PATH
from flowgauge.reference.faults import FAULTS
from flowgauge.reference.server.embedded import embedded_server

SEED = 1
EXAMPLES = 50
LONGEST_RUN = 300


def stock_failures(fault: str) -> tuple[set[tuple[str, str]], float]:
    """What `st run` reports on a server with this fault, as (code, operation), and its seconds."""
    faults = [] if fault == CLEAN else [fault]
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
    noise, _ = stock_failures(CLEAN)
    print(f"st run on the clean server reports {len(noise)}: {sorted(noise)}")
    print(f"{'fault':<42}{'flowgauge':<12}{'s':>7}   {'st run':<24}{'s':>7}")
    ours: list[Catch] = []
    theirs: list[float] = []
    own_alarms = 0
    for catch in prove([CLEAN, *names], [SEED], contracts=contracts, workers=1):
        if catch.fault == CLEAN:
            own_alarms = int(catch.finding is not None)
            continue
        met, seconds = stock_failures(catch.fault)
        new = sorted({code for code, _ in met - noise})
        ours += [catch] if catch.is_right else []
        theirs += [seconds] if new else []
        took = f"{catch.seconds or 0:7.2f}"
        own = f"{catch.finding or 'MISSED':<12}{took}"
        print(f"{catch.fault:<42}{own}   {','.join(new)[:23] or 'missed':<24}{seconds:7.2f}", flush=True)
    own_median = statistics.median(c.seconds or 0 for c in ours) if ours else 0.0
    their_median = statistics.median(theirs) if theirs else 0.0
    print(f"flowgauge: {len(ours)} of {len(names)}, median {own_median:.2f} s to the first finding")
    print(f"flowgauge: {own_alarms} false alarms on the clean server")
    print(f"st run:    {len(theirs)} of {len(names)}, median {their_median:.2f} s a run")
    if theirs and own_median:
        times = len(ours) / len(theirs)
        print(f"ratio:     {times:.2f} times the faults, {their_median / own_median:.1f} times as fast")
    return 0 if len(ours) == len(names) and not own_alarms else 1


if __name__ == "__main__":
    sys.exit(main())
