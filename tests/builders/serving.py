"""`flowgauge serve` as a process of its own, for tests."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

PATIENCE = 20.0
SERVE = [sys.executable, "-m", "flowgauge", "serve", "--port", "0"]


@contextmanager
def serving(*flags: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], Any]]:
    """A server process and its readiness line; it is gone at the end whatever happens."""
    process = subprocess.Popen(
        [*SERVE, *flags],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=bare_environment() | environment,
    )
    assert process.stdout
    with process:
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def bare_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("FLOWGAUGE_")}
