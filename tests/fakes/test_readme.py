"""The downstream test of the README passes; `readme_check.py` runs it from the wheel, too."""

import subprocess
import sys
from pathlib import Path

import pytest

CHECK = Path(__file__).with_name("readme_check.py")
README = Path(__file__).parents[2] / "README.md"


def checked(readme: Path) -> int:
    return subprocess.run([sys.executable, CHECK, readme], capture_output=True, check=False).returncode


def test_the_downstream_test_passes() -> None:
    assert checked(README) == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [("== 503", "== 200"), ("import httpx\n", "import httpx\n" + "\n" * 9)],
    ids=["false", "long"],
)
def test_a_downstream_test_that_is_false_or_long_is_found_out(tmp_path: Path, old: str, new: str) -> None:
    text = README.read_text()
    assert old in text
    (tmp_path / "README.md").write_text(text.replace(old, new))
    assert checked(tmp_path / "README.md") == 1
