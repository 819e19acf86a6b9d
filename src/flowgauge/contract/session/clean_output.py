"""What pytest prints and writes in a session of the suites: no secret, and nothing beside the run folder."""

from collections.abc import Iterator
from typing import Any

import pytest

from flowgauge.redaction import guard_logs, without_known_secrets

__all__ = ["CleanOutput"]

# Nothing need be written beside the run folder, also where a project takes warnings for errors.
_UNWRITABLE = (
    ":pytest.PytestCacheWarning",
    "The database setting is not configured:hypothesis.errors.HypothesisWarning",
)


class CleanOutput:
    """A plugin."""

    def __init__(self, config: pytest.Config) -> None:
        guard_logs()
        for warning in _UNWRITABLE:
            config.addinivalue_line("filterwarnings", f"ignore:{warning}")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Iterator[None]:
        """A traceback shows what functions were called with, secrets too."""
        report: Any = yield
        shown = str(report.longrepr or "")
        cleared = without_known_secrets(shown)
        if cleared != shown:
            report.longrepr = cleared
        report.sections = without_known_secrets(report.sections)
        return report  # type: ignore[no-any-return]
