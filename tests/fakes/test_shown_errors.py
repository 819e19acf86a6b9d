"""What a test sees that meets a mistake of its own: its line, and what is wrong, and none of our source."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

TEST = """
import httpx
from flowgauge.fake import Fake

PATH = "/api/orchestration/flows"

def test_it(flowgauge_unpatched):
    fake = flowgauge_unpatched
    {}
"""
MISTAKES = {
    "foreign": 'with fake: httpx.get("http://elsewhere.test/x")',
    "body": 'with fake: httpx.post(fake.url + PATH, json={"stages": 1}, headers=fake.headers)',
    "unmade": 'fake.journal.assert_called("listFlows")',
    "twice": "fake.__enter__(); fake.__enter__()",
}


@pytest.mark.parametrize("name", MISTAKES)
def test_none_of_our_source_is_shown(name: str, tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(TEST.format(MISTAKES[name]))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path / "test_it.py")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert MISTAKES[name].rpartition(": ")[2][:30] in done.stdout
    assert re.search(r"^E +\S*(Mismatch|ForeignRequest|UsageError): ", done.stdout, re.MULTILINE), done.stdout
    assert "flowgauge/reference/fake" not in done.stdout.split("short test summary")[0], done.stdout
