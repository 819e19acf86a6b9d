"""Which revision of the code is being measured: what the CI says, else what git says."""

import os
import subprocess

__all__ = ["revision"]

VARIABLES = ("FLOWGAUGE_REVISION", "GITHUB_SHA", "CI_COMMIT_SHA")


def revision() -> str:
    """A commit id, or "" where neither the environment nor git knows one."""
    for name in VARIABLES:
        if value := os.environ.get(name):
            return value
    command = ["git", "rev-parse", "HEAD"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""
