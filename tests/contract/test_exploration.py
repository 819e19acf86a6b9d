"""What is generated follows from the seed alone, not from CI nor from loaded modules; and it ends."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from broken_target import BrokenTarget, probe_of

from flowgauge.contract.asking import OutOfTime
from flowgauge.contract.probe import Probe
from flowgauge.contract.traffic.exploration import exploring, run_machine
from flowgauge.contract.traffic.journeys import journeys_of
from flowgauge.contract.traffic.schemathesis_cases import walk_links
from flowgauge.results import Request, Response

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


def _journeys(probe: Probe) -> None:
    run_machine(journeys_of(probe), examples=300, steps=20, seed="1")


def _links(probe: Probe) -> None:
    walk_links(probe, exploring(300, steps=8))


@pytest.mark.parametrize("search", [_journeys, _links])
def test_a_search_ends_with_its_time(search: Callable[[Probe], None]) -> None:
    def run_out(_: Request, response: Response) -> Response:
        if probe.sent == 60:
            probe.deadline = 0.0
        return response

    probe = probe_of(BrokenTarget(run_out))
    with pytest.raises(OutOfTime):
        search(probe)
    # The rest of the journey that was under way, and the one that was not begun.
    assert 1 <= probe.held_back <= 100
