"""pytest as its users start it, without the seconds that an interpreter takes to start.

A fork carries the imports along, and whatever it changes ends with it.
"""

import gc
import multiprocessing
import os
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from flowgauge.contract.session.forks import with_room
from flowgauge.contract.traffic.schemathesis_cases import contract_schema
from flowgauge.editions import contract_part

__all__ = ["Ended", "pytest_session"]

ROOT = Path(__file__).parents[2]
PATIENCE = 180.0
# What the fork brings along is loaded already; that matters to nobody's assertions.
_FLAGS = ["-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning"]


@dataclass(frozen=True)
class Ended:
    """What a session exited with, and all that it printed."""

    code: int | None
    output: str


def pytest_session(
    *words: str, environment: dict[str, str] | None = None, patience: float = PATIENCE
) -> Ended:
    """Run `pytest WORDS` at the project's root, for so many seconds at most.

    Settings of flowgauge's come from `environment` alone.
    """
    # Loads what every session would load for itself.
    contract_schema(contract_part())
    with TemporaryDirectory() as folder:
        log = Path(folder) / "output"
        process = multiprocessing.get_context("fork").Process(
            target=_child, args=([*_FLAGS, *words], log, environment or {})
        )
        with warnings.catch_warnings():
            # Newer Pythons warn of locks that other threads hold at the fork; those of the tests' own rest.
            warnings.simplefilter("ignore", DeprecationWarning)
            process.start()
        process.join(patience)
        process.kill()
        process.join()
        return Ended(process.exitcode, log.read_text(errors="replace"))


def _child(words: list[str], log: Path, environment: dict[str, str]) -> None:
    # What is here already is the parent's; to look through it for garbage would copy it.
    gc.freeze()
    with log.open("wb") as sink:
        os.dup2(sink.fileno(), 1)
        os.dup2(sink.fileno(), 2)
    sys.stdout, sys.stderr = (os.fdopen(number, "w", buffering=1, closefd=False) for number in (1, 2))
    # On a CI machine pytest prints each failure a second time, whole.
    for name in [name for name in os.environ if name.startswith("FLOWGAUGE_") or name == "CI"]:
        del os.environ[name]
    os.environ.update(environment)
    os.chdir(ROOT)
    code = int(with_room(lambda: pytest.main(words)))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
