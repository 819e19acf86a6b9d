"""What a type checker says of programs that use the client and the seed's names, well and badly."""

import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest
from mypy import api

import Formance
from flowgauge import client
from Formance import models
from Formance.apis.tags import orchestration_api

HERE = Path(__file__).parent
MARK = re.compile(r"  # (\w+): ([a-z-]+(?:, [a-z-]+)*)$")
FOUND = re.compile(r"(\w+)\.py:(\d+): error: .*\[([a-z-]+)\]$")
PUBLIC = {
    *client.__all__,
    *Formance.__all__,
    *orchestration_api.__all__,
    *models.__all__,
    "ApiResponse",
    "ApiResponseWithoutDeserialization",
    "Unset",
    "unset",
}


@pytest.mark.long
def test_the_project_itself_is_typed():
    # As `tox -e types` does, beside the tests that need the other processor.
    root = HERE.parents[1]
    done = subprocess.run(
        [sys.executable, "-m", "mypy"], cwd=root, capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def found():
    """The kinds of errors by program and line."""
    flags = ["--strict", "--config-file=", "--no-error-summary", "--no-pretty", "--show-error-codes"]
    where = [
        f"--python-executable={sys.executable}",
        f"--cache-dir={HERE.parents[1] / '.mypy_cache' / 'programs'}",
    ]
    out, err, _ = api.run([*flags, *where, str(HERE / "accepts.py"), str(HERE / "rejects.py")])
    assert not err
    kinds = defaultdict(set)
    for line in out.splitlines():
        if ": note: " in line:
            continue
        match = FOUND.search(line)
        assert match, line
        kinds[match[1], int(match[2])].add(match[3])
    return kinds


def marks():
    lines = (HERE / "rejects.py").read_text("utf-8").splitlines()
    found = ((number, MARK.search(line)) for number, line in enumerate(lines, 1))
    return [(number, match[1], match[2]) for number, match in found if match]


def test_a_program_that_uses_every_name_well_is_accepted(found):
    assert {line: kinds for line, kinds in found.items() if line[0] == "accepts"} == {}


@pytest.mark.parametrize(("line", "name", "codes"), marks())
def test_a_misuse_is_rejected(found, line, name, codes):
    assert found.get(("rejects", line)) == set(codes.split(", "))


def test_nothing_is_rejected_that_is_no_misuse(found):
    marked = {("rejects", line) for line, _, _ in marks()}
    assert {line for line in found if line[0] == "rejects"} <= marked


def test_every_public_name_is_used_and_misused():
    text = (HERE / "accepts.py").read_text("utf-8")
    assert {name for name in PUBLIC if not re.search(rf"\b{name}\b", text)} == set()
    assert PUBLIC - {name for _, name, _ in marks()} == set()
