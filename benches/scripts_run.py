"""Do the scripts of findings show them? Each is run on the faulty server and on a sound one.

    tox -e bench-scripts                              the release of 2023 with all its faults at once
    tox -e bench-scripts -- --edition v2 --fault as-shipped-2026
    tox -e bench-scripts -- --fault auth-ignored --fault name-lost

All suites run over HTTP on a server with the faults. Every script of a finding must then end with 1 there,
and with 0 on a sound server of the same edition. Findings that say themselves that they did not reproduce
are counted apart.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from flowgauge.reference.server.embedded import Embedded, embedded_server

ROOT = Path(__file__).parents[1]
LONGEST_SUITES, LONGEST_SCRIPT = 900, 120


def found(server: Embedded, edition: str, seed: int) -> list[dict[str, Any]]:
    """The findings of all suites."""
    environment = _environment(server)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pytest", str(ROOT / "contracts"), "-q", "-p", "no:cacheprovider"]
        command += [f"--flowgauge-edition={edition}", f"--flowgauge-url={server.url}"]
        command += [f"--flowgauge-run-folder={folder}", f"--flowgauge-seed={seed}"]
        subprocess.run(  # noqa: S603 - our own command
            command, cwd=folder, env=environment, capture_output=True, timeout=LONGEST_SUITES, check=False
        )
        findings: list[dict[str, Any]] = json.loads((Path(folder) / "contract.json").read_text())["findings"]
    return findings


def code(script: str, server: Embedded) -> int | str:
    """How a script ends on a server."""
    try:
        done = subprocess.run(  # noqa: S603 - the script is what is tried
            ["/bin/bash", "-c", script],
            env=_environment(server),
            capture_output=True,
            timeout=LONGEST_SCRIPT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "late"
    return done.returncode


def _environment(server: Embedded) -> dict[str, str]:
    bare = {name: value for name, value in os.environ.items() if not name.startswith("FLOWGAUGE_")}
    return bare | {"FLOWGAUGE_URL": server.url, "FLOWGAUGE_TOKEN": server.token}


def main() -> int:
    """Print a row for each finding; 1 where a script does not show its own, or blames the sound server."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--edition", default="v0")
    parser.add_argument("--fault", action="append", metavar="NAME")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    faults, edition = args.fault or ["as-shipped-2023"], args.edition
    verdicts: Counter[str] = Counter()
    with embedded_server(edition=edition, faults=faults) as broken, embedded_server(edition=edition) as sound:
        for finding in found(broken, edition, args.seed):
            script = finding["reproduction"] or ""
            codes = (code(script, broken), code(script, sound)) if script else (None, None)
            is_shown = codes == (1, 0)
            verdict = "shown" if is_shown else "says so" if finding["reproduced"] is not True else "WRONG"
            verdicts[verdict] += 1
            print(f"{verdict:<8}{codes!s:<10}{finding['id']:<8}{finding['operation']:<24}", end="")
            print(finding["detail"][:100], flush=True)
    print(", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items())))
    return 1 if verdicts["WRONG"] or not verdicts else 0


if __name__ == "__main__":
    sys.exit(main())
