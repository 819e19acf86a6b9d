"""The commands of the documentation, typed as they are printed: `tox -e snippets`.

Each page has a folder of its own, in which its commands follow each other as a reader would type them. What
a page calls `https://host` is a reference server with a token; what goes on for ever is ended when it has
gone on for a while. Usage: python snippets.py [PAGE...]
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from flowgauge.errors import ExitCode
from flowgauge.reference.server.embedded import embedded_server

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
FENCED = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
# Installation is tried by the environment `wheel`, the example with pets by tests with a server of its own.
PETS = ("flowgauge contract --edition pets.py", "flowgauge explain FG-490 --edition pets.py")
ELSEWHERE = ("pip install", "python3 -m venv", *PETS)
FOR_EVER = ("flowgauge load --web",)
RED = {"--fault unknown-flow-500": 1, "sh reports/out/findings/": 1, "prove ": 0}
"""What ends with another code than 0, and with which; the last that fits counts."""
LONGEST, A_WHILE = 900, 8
Started = list["subprocess.Popen[str]"]


def pages(named: Sequence[str]) -> list[Path]:
    """Those named, or all that people write."""
    everything = [*sorted(DOCS.glob("*.md")), *sorted((DOCS / "how-to").glob("*.md"))]
    return [page for page in everything if not named or page.stem in named]


def blocks(page: Path, wanted: str) -> list[str]:
    """The fenced blocks of that language."""
    return [block for kind, block in FENCED.findall(page.read_text(encoding="utf-8")) if kind == wanted]


def commands(page: Path) -> Iterator[str]:
    """Each line of its shell blocks, without its comment."""
    for block in blocks(page, "sh"):
        for line in block.splitlines():
            command = re.sub(r"\s+#.*$", "", line).strip()
            if command and not command.startswith(ELSEWHERE):
                yield command


def set_up(page: Path, folder: Path) -> None:
    """What the reader of a page has by then: a project's folders, a document, the page's Python as files."""
    for name in ("contracts", "loadtests"):
        if any(f" {name}/" in command for command in commands(page)):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "src/flowgauge/editions/v0/openapi.yaml", folder / "openapi.yaml")
    for block in blocks(page, "python"):
        if "LoadScenario" in block:
            (folder / "loadtests" / "own.py").write_text(block)
        elif "probe" in block:
            (folder / "contracts" / "test_own.py").write_text(block)


def outcome(command: str, folder: Path, environment: dict[str, str], started: Started) -> str:
    """Type it; what went wrong, or nothing."""
    goes_on = command.endswith("&") or command.startswith(FOR_EVER)
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            ["bash", "-c", f"exec {command.rstrip('& ')}" if goes_on else command],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        if goes_on:
            time.sleep(A_WHILE)
            return "" if process.poll() is None else f"it ended with {process.returncode}"
        try:
            code = process.wait(LONGEST)
        except subprocess.TimeoutExpired:
            return f"it went on for more than {LONGEST} s"
        output.seek(0)
        [*_, wanted] = 0, *(code for part, code in RED.items() if part in command)
        if code == ExitCode.INVALID:
            print("the next one was invalid: this machine was too busy to measure")
        return "" if code in {wanted, ExitCode.INVALID} else f"{code}, not {wanted}\n{output.read()[-2000:]}"


def try_page(page: Path) -> Iterator[str]:
    """Type everything on it; the commands that did not end as they should."""
    started: Started = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        host, other = (stack.enter_context(embedded_server()) for _ in range(2))
        set_up(page, folder)
        programs = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        tokens = {"FLOWGAUGE_TOKEN": host.token, "FLOWGAUGE_TOKEN_B": other.token}
        addresses = {"https://host": host.url}
        if page.stem == "two-commits":
            addresses |= {"http://127.0.0.1:8080": host.url, "http://127.0.0.1:8081": other.url}
        try:
            for command in commands(page):
                typed = command
                for printed, address in addresses.items():
                    typed = typed.replace(printed, address)
                if not typed.startswith("export "):
                    begun = time.monotonic()
                    wrong = outcome(typed, folder, os.environ | tokens | {"PATH": programs}, started)
                    print(f"{page.stem}: {command}: {time.monotonic() - begun:.0f} s", flush=True)
                    if wrong:
                        yield f"{page.stem}: {command}: {wrong}"
        finally:
            for process in started:
                process.terminate()
                process.wait(30)


if __name__ == "__main__":
    failed = [line for page in pages(sys.argv[1:]) if [*commands(page)] for line in try_page(page)]
    print("\n".join(failed) or "every command ended as it should")
    sys.exit(bool(failed))
