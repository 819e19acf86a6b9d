"""Coverage-guided fuzzing of the parsers, each in a process of its own, for a bounded time.

    python tests/fuzz/fuzz.py [--seconds 600] [--at-once 1] [PARSER ...]

It prints what each came to, and exits with 1 if one crashed, hung or did no work. The input that did it is
kept in the folder `--kept`, beside the corpus that the next run goes on with. Atheris is libFuzzer for
Python: it sees which edges of the bytecode an input takes, and keeps what takes new ones.
"""

import argparse
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
KEPT = Path(".fuzz")
# One input that takes so long hangs a user; memory is the process's, with all it has imported.
ONE_INPUT_SECONDS, MEMORY_MB = 120, 2048
_STATUS = re.compile(r"#(\d+)\s+\w+\s+cov: (\d+) ft: (\d+) corp: (\d+)/")
NAMES = (
    "answers-of-suites",
    "answers-of-load",
    "requests",
    "codings",
    "plan",
    "gates",
    "run-folder",
    "cursor",
    "redaction",
)


@dataclass(frozen=True)
class Figures:
    """What fuzzing one parser came to. `edges` are those of all code that was instrumented."""

    name: str
    executions: int
    edges_of_seeds: int
    edges: int
    corpus: int
    exit_code: int
    output: str


def fuzz_in_this_process(name: str, words: list[str]) -> None:
    """Fuzz until the end that libFuzzer's words set; never returns."""
    import atheris  # noqa: PLC0415 - only here is it needed

    sys.path[:0] = [str(HERE), str(HERE.parent / "builders")]
    with atheris.instrument_imports(include=["flowgauge", "h11", "uvicorn.protocols"]):
        from parsers import PARSERS  # noqa: PLC0415 - so that what it imports is instrumented

    parser = PARSERS[name]
    corpus = Path(words[-1])
    for number, seed in enumerate(parser.seeds):
        (corpus / f"seed-{number}").write_bytes(seed)
    atheris.Setup([sys.argv[0], f"-max_len={parser.longest}", *words], parser.read)
    atheris.Fuzz()


def fuzzed(name: str, seconds: int, kept: Path) -> Figures:
    """Fuzz one parser in a child process."""
    corpus = kept / name
    corpus.mkdir(parents=True, exist_ok=True)
    words = [
        f"-max_total_time={seconds}",
        f"-timeout={ONE_INPUT_SECONDS}",
        f"-rss_limit_mb={MEMORY_MB}",
        f"-artifact_prefix={kept}/{name}-",
        str(corpus),
    ]
    done = subprocess.run(
        [sys.executable, str(Path(__file__).resolve()), "--inside", name, *words],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=seconds + 300,
    )
    output = done.stdout + done.stderr
    (kept / f"{name}.log").write_text(output)
    stands = [tuple(map(int, match)) for match in _STATUS.findall(output)]
    first, last = (stands[0], stands[-1]) if stands else ((0,) * 4, (0,) * 4)
    return Figures(name, last[0], first[1], last[1], last[3], done.returncode, output)


def _last_words(output: str) -> str:
    """The error, and the input that made it; not the thousands of lines about progress."""
    lines = [line for line in output.splitlines() if not line.startswith(("#", "INFO"))]
    return "\n".join(lines[-40:])


def main() -> int:
    """Fuzz, and say what came of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parsers", nargs="*", metavar="PARSER", help=f"of {', '.join(NAMES)} (default: all)")
    parser.add_argument("--seconds", type=int, default=600, help="for each (default %(default)s)")
    parser.add_argument("--at-once", type=int, default=1, help="processes (default %(default)s)")
    parser.add_argument("--kept", type=Path, default=KEPT, help="folder of corpora (default %(default)s)")
    args = parser.parse_args()
    if unknown := set(args.parsers) - set(NAMES):
        parser.error(f"no such parser: {', '.join(sorted(unknown))}")
    with ThreadPoolExecutor(args.at_once) as pool:
        runs = [
            pool.submit(fuzzed, name, args.seconds, args.kept.resolve()) for name in args.parsers or NAMES
        ]
        print(f"{'parser':20}{'executions':>12}{'edges':>8}{'(seeds)':>9}{'corpus':>8}  outcome")
        is_sound = True
        for run in runs:
            got = run.result()
            is_well = got.exit_code == 0 and got.executions > len(NAMES) and got.edges > 0
            is_sound &= is_well
            outcome = "no crash" if is_well else f"FAILED, exit {got.exit_code}"
            edges = f"{got.edges:8,}{got.edges_of_seeds:9,}"
            print(f"{got.name:20}{got.executions:12,}{edges}{got.corpus:8,}  {outcome}")
            if not is_well:
                print(_last_words(got.output))
            sys.stdout.flush()
    return 0 if is_sound else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        fuzz_in_this_process(sys.argv[2], sys.argv[3:])
    sys.exit(main())
