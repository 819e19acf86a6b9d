"""Run by `tox -e wheel` outside of the source tree: the built wheel holds what it must, and works.

In empty folders, in the environment that the wheel was installed into: the main job on the embedded server
and at the URL of a served one; `flowgauge init`, and what it wrote, on a broken server too. In a new
environment with the wheel and none of its extras, every command says what it needs. Two folders at a time,
since much of this is waiting.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import distribution
from pathlib import Path
from urllib.parse import unquote, urlsplit

import flowgauge
from flowgauge.cli import COMMANDS
from flowgauge.editions.v0.edition import DOCUMENT_PATH, edition
from flowgauge.reference.server.embedded import embedded_server

assert "site-packages" in flowgauge.__file__, flowgauge.__file__
assert DOCUMENT_PATH.is_file()
assert Path(flowgauge.__file__).with_name("py.typed").is_file()
OPERATIONS = {operation.id for operation in edition().operations}
assert len(OPERATIONS) == 7
HINT = re.compile(r'needs .* not installed\n  hint: pip install "flowgauge\[[a-z,]+\]"$')
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("FLOWGAUGE_", "PYTHON"))}
# Enough to see that the stages work; how much they find is for other tests.
BRIEF = ("--examples", "1", "--duration", "3s")


def typed(at: Path, *words: str, code: int = 0, **environment: str) -> str:
    """What a command prints, typed in a folder, which must end in `code`."""
    done = subprocess.run(
        words, cwd=at, env=CLEAN | environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
    return done.stdout + done.stderr


def module(at: Path, name: str, *words: str, code: int = 0, **environment: str) -> str:
    """The same of a module of this environment."""
    return typed(at, sys.executable, "-m", name, *words, code=code, **environment)


def verdict(at: Path) -> tuple[str, int]:
    """The status of the last run, and how many operations its suites tried."""
    report = json.loads((at / "reports/out/contract.json").read_text())
    status = json.loads((at / "reports/out/verdicts.json").read_text())["status"]
    return status, len({row["operation"] for row in report["operations"] if row["cases"]} & OPERATIONS)


def embedded_run(at: Path) -> None:
    """The main job, on the server that the wheel brings along."""
    for words in (["--version"], ["faults"], ["gate", "--measures"], ["gate", "--check"]):
        module(at, "flowgauge", *words)
    assert list(at.iterdir()) == []
    module(at, "flowgauge", "run", *BRIEF)
    assert verdict(at) == ("passed", 7)
    assert {path.name for path in at.iterdir()} == {"reports"}, "a run leaves nothing but its reports"


def run_at_a_url(at: Path) -> None:
    """The main job on a server that is there already, and suites of a project's own."""
    # A project's own settings of pytest are for its own tests.
    settings = at / "pytest.ini"
    settings.write_text("[pytest]\naddopts = --no-such-option\n")
    with embedded_server() as server:
        words = ("run", "--url", server.url, "--budget", "6", *BRIEF)
        module(at, "flowgauge", *words, FLOWGAUGE_TOKEN=server.token)
        assert verdict(at) == ("passed", 7)
        assert server.url in (at / "reports/out/contract.json").read_text()
        settings.unlink()
        suites_of_its_own(at, server.url, server.token)


def suites_of_its_own(at: Path, url: str, token: str) -> None:
    """A second project needs no more than this for suites of its own."""
    suite = at / "suite"
    suite.mkdir()
    (suite / "conftest.py").write_text(
        "from pathlib import Path\n"
        "from flowgauge.contract.session.pytest_suite import ContractSuite\n"
        "from flowgauge.editions import contract_part, world_part\n"
        "def pytest_configure(config):\n"
        "    suite = ContractSuite(config, Path(__file__).parent, contract_part(), world_part())\n"
        "    config.pluginmanager.register(suite, 'flowgauge-contract')\n"
    )
    (suite / "test_it.py").write_text(
        "def test_it(pytestconfig):\n"
        "    probe = pytestconfig.pluginmanager.get_plugin('flowgauge-contract').session.probe\n"
        "    probe.call('listFlows')\n"
    )
    flags = [f"--flowgauge-url={url}", f"--flowgauge-token={token}", "--flowgauge-run-folder=out"]
    module(at, "pytest", "suite", "-q", *flags)
    report = json.loads((at / "out/contract.json").read_text())
    [listed] = [row for row in report["operations"] if row["cases"]]
    assert listed["operation"] == "listFlows"


def project(at: Path) -> None:
    """The stages one by one, then `flowgauge init`, what it wrote, and the main job on a broken server."""
    module(at, "flowgauge", "contract", "--examples", "1", "--", "-k", "test_reading", "-q")
    assert HINT.search(module(at, "flowgauge", "load", "--otel", code=2).strip())
    module(at, "flowgauge", "load", "--scenario", "Mixed", "--duration", "1s", "--warm-up", "500ms")
    module(at, "flowgauge", "init", "--ci", "github")
    module(at, "pytest", "contracts/", "tests/", "-q", "--flowgauge-examples=1", "--flowgauge-budget=8")
    module(at, "locust", "-f", "loadtests/", "--headless", "-t", "3s")
    module(at, "flowgauge", "gate")
    module(at, "flowgauge", "run", "--fault", "unknown-flow-500", *BRIEF, code=1)
    assert verdict(at) == ("failed", 7)


def bare_environment(at: Path) -> None:
    """Without extras every command that needs one says which, with `--help` and without."""
    origin = json.loads(distribution("flowgauge").read_text("direct_url.json") or "{}")
    wheel = unquote(urlsplit(origin["url"]).path)
    typed(at, sys.executable, "-m", "venv", "--without-pip", "bare")
    python, flowgauge_itself = str(at / "bare/bin/python"), str(at / "bare/bin/flowgauge")
    install = (*("pip", "--python", python, "--disable-pip-version-check"), "install", "-q")
    module(at, *install, wheel)
    for name, command in COMMANDS.items():
        for words in ([name], [name, "--help"]) if command.extras else ([name, "--help"],):
            said = typed(at, flowgauge_itself, *words, code=2 if command.extras else 0)
            assert not command.extras or HINT.search(said.strip()), said
    said = typed(at, flowgauge_itself, "doctor", code=2)
    assert 'pip install "flowgauge[load]"' in said, said
    assert "(needs pip" in typed(at, flowgauge_itself, "--help")
    module(at, *install, "pytest")
    (at / "test_bare.py").write_text("def test_it(flowgauge_fake):\n    pass\n")
    said = typed(at, python, "-m", "pytest", "test_bare.py", code=1)
    assert "UsageError: the fake needs respx" in said, said


def in_a_folder_of_its_own(part: Callable[[Path], None], above: Path) -> None:
    """Do one part of the check."""
    at = above / part.__name__
    at.mkdir()
    part(at)


with tempfile.TemporaryDirectory() as folder:
    # The longest first.
    parts = (project, embedded_run, run_at_a_url, bare_environment)
    with ThreadPoolExecutor(2) as pool:
        done = [pool.submit(in_a_folder_of_its_own, part, Path(folder)) for part in parts]
        for part in done:
            part.result()
print("the wheel works")
