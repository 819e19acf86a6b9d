"""What a test sees that meets a mistake of its own: its line, and what is wrong, and none of our source."""

import re
import subprocess
import sys

import pytest

HEAD = """
import httpx

PATH = "/api/orchestration/flows"
"""
TEST = """
def test_{}(flowgauge_unpatched):
    fake = flowgauge_unpatched
    {}
"""
MISTAKES = {
    "foreign": 'with fake: httpx.get("http://elsewhere.test/x")',
    "body": 'with fake: httpx.post(fake.url + PATH, json={"stages": 1}, headers=fake.headers)',
    "unmade": 'fake.journal.assert_called("listFlows")',
    "twice": "fake.__enter__(); fake.__enter__()",
}


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What pytest shows of each test, in one session of all."""
    folder = tmp_path_factory.mktemp("mistakes")
    tests = [TEST.format(name, mistake) for name, mistake in MISTAKES.items()]
    (folder / "test_it.py").write_text(HEAD + "".join(tests))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder / "test_it.py")]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    # A headline, its name and what follows, one after another.
    parts = re.split(r"^_+ test_(\w+) _+$", done.stdout.split("short test summary")[0], flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("name", MISTAKES)
def test_none_of_our_source_is_shown(name: str, shown: dict[str, str]) -> None:
    assert MISTAKES[name].rpartition(": ")[2][:30] in shown[name]
    assert re.search(r"^E +\S*(Mismatch|ForeignRequest|UsageError): ", shown[name], re.MULTILINE), shown[name]
    assert "flowgauge/reference/fake" not in shown[name], shown[name]
