"""Run by `tox -e wheel` outside of the source tree: the built wheel holds what it must, and works.

In an empty folder, in the environment that the wheel was installed into: the main job on the embedded server
and at the URL of a served one, then `flowgauge init` and what it wrote. Last, in a new environment with the
wheel and none of its extras, every command says what it needs.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
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


def typed(*words: str, code: int = 0, **environment: str) -> str:
    """What a command prints, which must end in `code`."""
    done = subprocess.run(
        words, env=CLEAN | environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
    return done.stdout + done.stderr


def module(name: str, *words: str, code: int = 0, **environment: str) -> str:
    """The same of a module of this environment."""
    return typed(sys.executable, "-m", name, *words, code=code, **environment)


def verdict() -> tuple[str, int]:
    """The status of the last run, and how many operations its suites tried."""
    report = json.loads(Path("reports/out/contract.json").read_text())
    status = json.loads(Path("reports/out/verdicts.json").read_text())["status"]
    return status, len({row["operation"] for row in report["operations"] if row["cases"]} & OPERATIONS)


def suites_of_its_own(url: str, token: str) -> None:
    """A second project needs no more than this for suites of its own."""
    suite = Path("suite")
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
    module("pytest", "suite", "-q", *flags)
    report = json.loads(Path("out/contract.json").read_text())
    [listed] = [row for row in report["operations"] if row["cases"]]
    assert listed["operation"] == "listFlows"


def bare_environment() -> None:
    """Without extras every command that needs one says which, with `--help` and without."""
    origin = json.loads(distribution("flowgauge").read_text("direct_url.json") or "{}")
    wheel = unquote(urlsplit(origin["url"]).path)
    typed(sys.executable, "-m", "venv", "--without-pip", "bare")
    install = (*("pip", "--python", "bare/bin/python", "--disable-pip-version-check"), "install", "-q")
    module(*install, wheel)
    for name, command in COMMANDS.items():
        for words in ([name], [name, "--help"]) if command.extras else ([name, "--help"],):
            said = typed("bare/bin/flowgauge", *words, code=2 if command.extras else 0)
            assert not command.extras or HINT.search(said.strip()), said
    said = typed("bare/bin/flowgauge", "doctor", code=2)
    assert 'pip install "flowgauge[load]"' in said, said
    assert "(needs pip" in typed("bare/bin/flowgauge", "--help")
    module(*install, "pytest")
    Path("test_bare.py").write_text("def test_it(flowgauge_fake):\n    pass\n")
    said = typed("bare/bin/python", "-m", "pytest", "test_bare.py", code=1)
    assert "UsageError: the fake needs respx" in said, said


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    for words in (["--version"], ["faults"], ["gate", "--measures"], ["gate", "--check"]):
        module("flowgauge", *words)
    assert list(Path().iterdir()) == []
    module("flowgauge", "run", *BRIEF)
    assert verdict() == ("passed", 7)
    assert {path.name for path in Path().iterdir()} == {"reports"}, "a run leaves nothing but its reports"
    with embedded_server() as server:
        # A project's own settings of pytest are for its own tests.
        Path("pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
        words = ("run", "--url", server.url, "--budget", "6", *BRIEF)
        module("flowgauge", *words, FLOWGAUGE_TOKEN=server.token)
        assert verdict() == ("passed", 7)
        assert server.url in Path("reports/out/contract.json").read_text()
        Path("pytest.ini").unlink()
        suites_of_its_own(server.url, server.token)
    module("flowgauge", "contract", "--examples", "1", "--", "-k", "test_reading", "-q")
    assert HINT.search(module("flowgauge", "load", "--otel", code=2).strip())
    module("flowgauge", "load", "--scenario", "Mixed", "--duration", "1s", "--warm-up", "500ms")
    module("flowgauge", "init", "--ci", "github")
    module("pytest", "contracts/", "tests/", "-q", "--flowgauge-examples=1", "--flowgauge-budget=8")
    module("locust", "-f", "loadtests/", "--headless", "-t", "3s")
    module("flowgauge", "gate")
    module("flowgauge", "run", "--fault", "unknown-flow-500", *BRIEF, code=1)
    assert verdict() == ("failed", 7)
    bare_environment()
print("the wheel works")
