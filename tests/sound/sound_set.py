"""The sound set: the reference in every legal dress, alone and combined, against the suites.

`python tests/sound/sound_set.py [--seeds 1,2,3]` prints a table. It exits with 1 if anything was found, or
if a broken cousin was not.
"""

import argparse
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_
from pathlib import Path

from dressed import BROKEN, SOUND
from loopback import loopback_server
from serving import serving
from sessions import pytest_session
from wires import WIRES, Wire, proxied

from flowgauge.results import read_contract_report

__all__ = ["BROKEN_DRESSES", "COMBINED", "QUICK", "Dress", "findings"]

ROOT = Path(__file__).parents[2]
DRESSED = Path(__file__).with_name("dressed.py")
UNKNOWN = "additions-are-unknown"
# What only a server of its own can have: in-process there is one clock.
SERVED = {UNKNOWN, "clock-is-slow", "clock-is-fast"}
# Seconds: all suites on a server that is 100 ms away take minutes.
PATIENCE = 1800.0


@dataclass(frozen=True)
class Dress:
    """What the server looks like: dresses of its world, of its wire (none: in-process), and which suites."""

    world: tuple[str, ...] = ()
    wire: tuple[str, ...] = ()
    suites: tuple[str, ...] = ("",)

    def __str__(self) -> str:
        return " + ".join((*self.world, *self.wire)) or "plain"


QUICK = (
    Dress(
        (
            "ids-count",
            "occurrence-ids-are-the-run's",
            "times-have-nanoseconds",
            "updated-never-moves",
            "lists-have-no-order",
            "other-words",
            "head-is-crowded",
        )
    ),
    Dress(("ids-are-ulids", "times-have-an-offset", "runs-begin-late", "error-is-empty-on-success")),
    Dress(
        ("head-is-crowded",),
        ("gzip", "interim", "chunks", "odd heads", "silent ends"),
        ("test_security.py", "test_deletes.py"),
    ),
    Dress((UNKNOWN, "ids-count"), ("20 ms", "deflate"), ("test_concurrency.py",)),
)
COMBINED = (
    *QUICK,
    Dress(("ids-are-short", "times-are-in-small-letters", "runs-begin-late")),
    Dress(("ids-have-prefixes", "times-have-milliseconds", "error-is-empty-on-success")),
    Dress((), ("gzip", "interim", "chunks", "small packets", "odd heads", "silent ends")),
    Dress(("ids-count", "times-have-nanoseconds", UNKNOWN), ("deflate", "HTTP/1.0", "odd heads", "interim")),
    Dress(("head-is-crowded", "other-words"), ("20 ms", "two codings", "chunks")),
    Dress(("ids-are-ulids", "lists-have-no-order", "runs-begin-late"), ("100 ms", "gzip")),
)
# Each with the class in which it must be found.
BROKEN_DRESSES = tuple(
    (Dress((fault.name,), ("plain",) if "additions" in fault.name else ()), fault.findings[0].split()[0])
    for fault in BROKEN.faults
)


def all_dresses() -> Iterator[Dress]:
    """Each alone, then those that belong together."""
    for fault in SOUND.faults:
        yield Dress((fault.name,), ("plain",) if fault.name in SERVED else ())
    yield from (Dress((), (name,)) for name in WIRES)
    yield from COMBINED


def findings(dress: Dress, *, seed: int = 1, examples: int = 3) -> tuple[str, ...]:
    """What the suites find, as `id operation: detail`. Raises RuntimeError where they break."""
    flags = [f"--flowgauge-seed={seed}", f"--flowgauge-examples={examples}"]
    flags.append(f"--flowgauge-edition={DRESSED}")
    faults = [f"--fault={name}" for name in dress.world]
    if not dress.wire:
        return _found(
            dress, "--flowgauge-target=in-process", *flags, *(f"--flowgauge-{f[2:]}" for f in faults)
        )
    wire = reduce(or_, (WIRES[name] for name in dress.wire), Wire())
    with serving("--edition", str(DRESSED), *faults) as (process, ready):
        # A pipe that nobody reads would stop a server that has much to say.
        threading.Thread(target=process.stderr.read, daemon=True).start()
        port = int(ready["url"].rpartition(":")[2])
        with loopback_server(proxied(port, wire, seed)) as url:
            return _found(dress, f"--flowgauge-url={url}", *flags, FLOWGAUGE_TOKEN=ready["token"])


def _found(dress: Dress, *flags: str, **environment: str) -> tuple[str, ...]:
    with tempfile.TemporaryDirectory() as folder:
        words = ["-q", f"--rootdir={ROOT}", *(str(ROOT / "contracts" / name) for name in dress.suites)]
        words.append(f"--flowgauge-run-folder={folder}")
        done = pytest_session(*words, *flags, environment=environment, patience=PATIENCE)
        if done.code not in {0, 1}:
            raise RuntimeError(done.output[-3000:])
        report = read_contract_report(Path(folder))
        return tuple(f"{each.id} {each.operation}: {each.detail}" for each in report.findings)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--only", default="", help="a part of a dress' name")
    args = parser.parse_args()
    is_right = True
    for dress in all_dresses():
        for seed in map(int, args.seeds.split(",")) if args.only in str(dress) else ():
            found = findings(dress, seed=seed, examples=30)
            is_right &= not found
            print(f"{len(found):3}  seed {seed}  {dress}", *found, sep="\n       ", flush=True)
    for dress, wanted in BROKEN_DRESSES if not args.only else ():
        is_caught = any(each.startswith(wanted) for each in findings(dress))
        is_right &= is_caught
        print(f"{'caught' if is_caught else 'MISSED'}  {wanted}  {dress}", flush=True)
    return 0 if is_right else 1


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    sys.exit(main())
