"""Servers that nobody here wrote, held to nothing but their own OpenAPI documents: `tox -e foreign`.

Each is installed from its public registry by the registry's own client, started on loopback, and asked by the
suites and by `st run`. What is printed is a table: things inferred, cases, findings, and how many of them
show again when they are sent once more; the findings themselves stand below FOLDER/NAME. Whether each is
true is for a reader to verify: `sh FOLDER/NAME/reports/out/findings/...`.

Usage: python foreign.py [--folder DIR] [--budget SECONDS] [NAME...]
"""

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
import venv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from flowgauge.editions import inference_of
from flowgauge.results import read_contract_report

UP_WITHIN = 120.0
WIREMOCK = "org.wiremock:wiremock-standalone:3.9.1"


@dataclass(frozen=True)
class Foreign:
    """A server: how it is installed and started in a folder, and where its document and its API are."""

    install: Callable[[Path], None]
    command: Callable[[Path], list[str]]
    document: str
    port: int
    base: str = ""

    @property
    def url(self) -> str:
        """The root of its API."""
        return f"http://127.0.0.1:{self.port}{self.base}"


def ran(*words: str | Path) -> None:
    """Carry out a command of a registry's client."""
    command = [str(word) for word in words]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command


def from_pypi(package: str) -> Callable[[Path], None]:
    """Into an environment of its own: its dependencies are none of ours."""

    def install(folder: Path) -> None:
        if not (folder / "venv").exists():
            venv.create(folder / "venv", with_pip=True)
            ran(folder / "venv/bin/pip", "install", "--quiet", package)

    return install


def from_maven(artifact: str) -> Callable[[Path], None]:
    """As a program in one file."""

    def install(folder: Path) -> None:
        if not list(folder.glob("*.jar")):
            ran("mvn", "-q", "dependency:copy", f"-Dartifact={artifact}", f"-DoutputDirectory={folder}")

    return install


def wiremock(folder: Path) -> list[str]:
    """How it is started, on an empty store; so are the others."""
    jar = next(folder.glob("*.jar"))
    if not (folder / "swagger").exists():
        # Its document, in several files, is part of the program.
        shutil.unpack_archive(jar, folder / "unpacked", "zip")
        shutil.move(folder / "unpacked/swagger", folder / "swagger")
        shutil.rmtree(folder / "unpacked")
    shutil.rmtree(folder / "data", ignore_errors=True)
    where = ["--bind-address", "127.0.0.1", "--port", "9101", "--root-dir", str(folder / "data")]
    return ["java", "-jar", str(jar), *where]


def chroma(folder: Path) -> list[str]:
    """How it is started."""
    shutil.rmtree(folder / "data", ignore_errors=True)
    where = ["--host", "127.0.0.1", "--port", "9103", "--path", str(folder / "data")]
    return [str(folder / "venv/bin/chroma"), "run", *where]


def prefect(folder: Path) -> list[str]:
    """How it is started."""
    shutil.rmtree(folder / "data", ignore_errors=True)
    home = [f"PREFECT_HOME={folder / 'data'}", "PREFECT_SERVER_ANALYTICS_ENABLED=false"]
    start = [str(folder / "venv/bin/prefect"), "server", "start", "--host", "127.0.0.1", "--port", "9102"]
    return ["env", *home, *start]


SERVERS = {
    "wiremock": Foreign(from_maven(WIREMOCK), wiremock, "swagger/wiremock-admin-api.yaml", 9101),
    "prefect": Foreign(from_pypi("prefect==3.9.1"), prefect, "/openapi.json", 9102, base="/api"),
    "chroma": Foreign(from_pypi("chromadb==1.5.9"), chroma, "/openapi.json", 9103),
}


@contextlib.contextmanager
def started(server: Foreign, folder: Path) -> Iterator[str]:
    """The server, up; yields where its document is."""
    command = server.command(folder)
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=folder)  # noqa: S603
    try:
        place = server.document
        if place.startswith("/"):
            place = f"http://127.0.0.1:{server.port}{place}"
        until = time.monotonic() + UP_WITHIN
        while not is_up(f"http://127.0.0.1:{server.port}/"):
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"{folder.name} does not start: see {folder / 'server.log'}")
            time.sleep(0.5)
        yield place if "://" in place else str(folder / place)
    finally:
        process.terminate()
        process.wait(30)


def is_up(url: str) -> bool:
    """Whether anything answers."""
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - on loopback
            return True
    except urllib.error.HTTPError as answer:
        answer.close()
        return True
    except OSError:
        return False


def flowgauge(*words: str, cwd: Path) -> int:
    """A command of ours, in a folder."""
    with (cwd / "flowgauge.log").open("ab") as log:
        command = [sys.executable, "-m", "flowgauge", *words]
        done = subprocess.run(command, cwd=cwd, stdout=log, stderr=subprocess.STDOUT, check=False)  # noqa: S603
    return done.returncode


def row(name: str, folder: Path, budget: float) -> str:
    """Suites and peer on one server: a line of the table."""
    server, folder = SERVERS[name], folder / name
    folder.mkdir(parents=True, exist_ok=True)
    server.install(folder)
    with started(server, folder) as document:
        for old in (folder / "flowgauge.toml", folder / "reports"):
            shutil.rmtree(old) if old.is_dir() else old.unlink(missing_ok=True)
        flowgauge("init", "--openapi", document, "--url", server.url, "--no-auth", cwd=folder)
        began = time.monotonic()
        flowgauge("contract", "--url", server.url, "--no-auth", "--budget", f"{budget:g}", cwd=folder)
        took = time.monotonic() - began
        # The document may be the server's own.
        resources = inference_of(str(folder / "flowgauge.toml")).edition.resources
    report = read_contract_report(folder / "reports/out")
    made = [resource.kind for resource in resources if resource.create]
    again = sum(1 for finding in report.findings if finding.reproduced)
    cases = sum(operation.cases for operation in report.operations)
    with started(server, folder) as document:
        peer = schemathesis(document, server.url, folder, budget)
    return (
        f"| {name} | {len(resources)} ({len(made)} can be made) | {cases} in {took:.0f} s | "
        f"{len(report.findings)} | {again} | {peer} |"
    )


def schemathesis(document: str, url: str, folder: Path, budget: float) -> str:
    """What `st run` counts on the same server in the same time; left alone is what we leave alone."""
    alone = inference_of(str(folder / "flowgauge.toml")).left_alone
    words = ["st", "run", document, "--url", url, "--seed", "1", f"--max-time={budget:g}"]
    words += [f"--exclude-operation-id={name}" for name in alone]
    environment = os.environ | {"NO_COLOR": "1"}
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=environment)  # noqa: S603
    (folder / "st.log").write_text(done.stdout + done.stderr, encoding="utf-8")
    told = [line.strip() for line in done.stdout.splitlines() if "unique failures" in line or "❌" in line]
    return "; ".join(told) or f"exit code {done.returncode}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", default=list(SERVERS), metavar="NAME")
    parser.add_argument("--folder", type=Path, default=Path("foreign"))
    parser.add_argument("--budget", type=float, default=300.0)
    args = parser.parse_args()
    print("| server | kinds of things | cases | findings | shown again | st run |\n|---|---|---|---|---|---|")
    for name in args.names:
        print(row(name, args.folder.resolve(), args.budget), flush=True)


if __name__ == "__main__":
    main()
