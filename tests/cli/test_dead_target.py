"""A target that dies in the middle of the main job."""

from pathlib import Path

import pytest

from flowgauge.cli import main

SUITES = """
import pytest

def test_something(): pass

def test_the_server_is_given_up():
    # As the suites end where the server is gone.
    pytest.exit("it is gone", returncode=4)
"""


def test_a_target_that_dies_early_ends_the_run_at_once(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    suites, folder = tmp_path / "suites", tmp_path / "out"
    suites.mkdir()
    (suites / "test_dying.py").write_text(SUITES)
    assert main(["run", "--contracts", str(suites), "--prove", "--run-folder", str(folder)]) == 4
    said = capfd.readouterr()
    assert "the embedded server stopped answering: the contract stage broke off" in said.err
    assert f"hint: what was measured until then is in {folder}" in said.err
    assert "broke off (exit code 4)" in said.out
    assert "it is gone" in (folder / "contract.log").read_text()
    assert not (folder / "proof.log").exists()
    assert not (folder / "load.log").exists()
