"""From a document to a green gate, as docs/how-to/from-a-document.md has its reader go."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from flowgauge.errors import ExitCode
from flowgauge.results import read_contract_report, read_load_run

from .cups import DOCUMENT, serving

PAGE = Path(__file__).parents[3] / "docs/how-to/from-a-document.md"
# Whole commands in processes of their own: coverage is lost with them.
pytestmark = pytest.mark.long


def typed(url: str) -> list[list[str]]:
    """The commands of the page, for a server without tokens, with few examples and no limit of time."""
    block = re.compile(r"```sh\n(.*?)```", re.DOTALL)
    lines = [line for each in block.findall(PAGE.read_text("utf-8")) for line in each.splitlines()]
    words = [shlex.split(line.replace("https://host", url)) for line in lines if line.startswith("flowgauge")]
    for each in words:
        if "--budget" in each:
            place = each.index("--budget")
            each[place:] = ["--examples", "2", "--duration", "2s", "--rate", "2"]
    return [[*each[1:], "--no-auth"] for each in words]


def ended(words: list[str], folder: Path) -> tuple[int, str]:
    """The exit code of a command, and what it said."""
    command = [sys.executable, "-m", "flowgauge", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "openapi.yaml").write_text(json.dumps(DOCUMENT), encoding="utf-8")
    return tmp_path


def found_in(folder: Path) -> list[str]:
    return [f"{each.id} {each.operation}" for each in read_contract_report(folder / "reports/out").findings]


def test_the_page_leads_to_a_green_gate(folder: Path) -> None:
    with serving() as server:
        commands = typed(f"http://127.0.0.1:{server.server_port}")
        assert [words[0] for words in commands] == ["init", "things", "run"]
        told = [ended(words, folder) for words in commands]
        assert server.spoilt == []
    assert found_in(folder) == []
    # On a busy machine the load may be unfit to be judged: that says nothing of the server.
    assert [code for code, _ in told[:2]] == [0, 0], told
    assert told[-1][0] in {ExitCode.PASSED, ExitCode.INVALID}, told[-1][1]
    assert "✓ passed    contract: no finding" in told[-1][1]
    assert "left alone: POST /shutdown (shutDown)" in told[0][1]
    assert "all of it fits" in told[1][1]
    load = read_load_run(folder / "reports/out")
    assert load.counters["things.made"] > 0
    assert {f"cup_{role}.latency" for role in ("create", "read", "list", "delete")} <= set(load.histograms)


def test_a_server_that_forgets_to_delete_is_caught(folder: Path) -> None:
    with serving(forgets_to_delete=True) as server:
        url = f"http://127.0.0.1:{server.server_port}"
        words = ["contract", "--edition", "openapi.yaml", "--url", url, "--no-auth"]
        code, told = ended([*words, "--", "-k", "test_deletes"], folder)
    assert (code, {each.partition(" ")[0] for each in found_in(folder)}) == (1, {"FG-212"}), told
