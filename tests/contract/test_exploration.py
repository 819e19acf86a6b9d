"""What is generated follows from the seed alone: not from CI, nor from whose modules are loaded."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

# Hypothesis takes no literals of more than 20 characters.
NEEDLES = [f"needle {number}" for number in range(40)]
SEARCH = """
import hashlib, sys
from hypothesis import given, strategies as st
import needle
from flowgauge.contract.traffic.exploration import exploring, fix_generation

if len(sys.argv) > 1:
    fix_generation(int(sys.argv[1]))
seen = []

@exploring(300)
@given(st.text(max_size=60))
def search(text):
    seen.append(text)

# About every second search without a seed meets a literal.
for _ in range(1 if len(sys.argv) > 1 else 25):
    search()
    if any(text in needle.NEEDLES for text in seen):
        break
print(any(text in needle.NEEDLES for text in seen), hashlib.sha256(repr(seen).encode()).hexdigest())
"""


def searched(folder: Path, *arguments: str, **environment: str) -> tuple[bool, str]:
    """Whether a literal of a module beside the script was generated, and a digest of all that was."""
    (folder / "needle.py").write_text(f"NEEDLES = {NEEDLES!r}\n")
    (folder / "search.py").write_text(SEARCH)
    env = {k: v for k, v in os.environ.items() if k != "CI"} | environment
    command = [sys.executable, "search.py", *arguments]
    done = subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, timeout=60, check=True
    )
    found, digest = done.stdout.split()
    return found == "True", digest


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> str:
    found, digest = searched(tmp_path_factory.mktemp("usual"), "1")
    assert not found
    return digest


@pytest.mark.parametrize(
    "environment", [{"CI": "true", "GITHUB_ACTIONS": "true"}, {"PYTHONHASHSEED": "7"}], ids=str
)
def test_the_same_seed_gives_the_same_data_anywhere(
    environment: dict[str, str], usual: str, tmp_path: Path
) -> None:
    assert searched(tmp_path, "1", **environment) == (False, usual)


def test_the_second_time_gives_what_the_first_time_gave(usual: str, tmp_path: Path) -> None:
    # Hypothesis leaves a folder of its own behind, and reads it the next time.
    assert searched(tmp_path, "1") == searched(tmp_path, "1") == (False, usual)
    assert (tmp_path / ".hypothesis").exists()


def test_another_seed_gives_other_data_in_ci_too(usual: str, tmp_path: Path) -> None:
    assert searched(tmp_path, "2", CI="true")[1] != usual


def test_without_it_the_literals_of_loaded_modules_are_generated(tmp_path: Path) -> None:
    # Where this fails, Hypothesis has changed its ways: look at `fix_generation` again.
    assert searched(tmp_path)[0]
