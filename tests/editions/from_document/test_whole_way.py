"""From a document to a green gate, as docs/how-to/from-a-document.md has its reader go."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from flowgauge.results import read_contract_report, read_load_run

from .cups import DOCUMENT, serving

PAGE = Path(__file__).parents[3] / "docs/how-to/from-a-document.md"
# Whole commands in processes of their own: coverage is lost with them.
pytestmark = [pytest.mark.no_cover, pytest.mark.long]


def typed(url: str) -> list[list[str]]:
    """The commands of the page, for a server without tokens, and as short as can be."""
    block = re.compile(r"```sh\n(.*?)```", re.DOTALL)
    lines = [line for each in block.findall(PAGE.read_text("utf-8")) for line in each.splitlines()]
    words = [shlex.split(line.replace("https://host", url)) for line in lines if line.startswith("flowgauge")]
    short = ["--duration", "2s", "--examples", "2", "--budget", "40"]
    return [[*each[1:], "--no-auth", *(short if each[1] == "run" else [])] for each in words]


@pytest.mark.parametrize("forgets_to_delete", [False, True])
def test_the_page_leads_to_a_green_gate_and_to_a_red_one(tmp_path: Path, forgets_to_delete: bool) -> None:
    (tmp_path / "openapi.yaml").write_text(json.dumps(DOCUMENT), encoding="utf-8")
    with serving(forgets_to_delete=forgets_to_delete) as server:
        commands = typed(f"http://127.0.0.1:{server.server_port}")
        assert [words[0] for words in commands] == ["init", "things", "run"]
        told = []
        for words in commands:
            command = [sys.executable, "-m", "flowgauge", *words]
            done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
            told.append((done.returncode, done.stdout + done.stderr))
        assert server.spoilt == []
    assert [code for code, _ in told] == [0, 0, int(forgets_to_delete)], told[-1][1]
    assert "left alone: POST /shutdown (shutDown)" in told[0][1]
    assert "all of it fits" in told[1][1]
    found = {finding.id for finding in read_contract_report(tmp_path / "reports/out").findings}
    assert found == ({"FG-212"} if forgets_to_delete else set())
    load = read_load_run(tmp_path / "reports/out")
    assert {f"cup_{role}" for role in ("create", "read", "list", "delete")} <= set(load.operations)
