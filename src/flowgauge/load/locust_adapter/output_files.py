"""The files of a run under Locust: tried before the first request, and whole at the end."""

import argparse
import logging
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import gevent

from flowgauge.errors import UsageError
from flowgauge.results import LOAD_FILE, STAGES_FILE, remove
from flowgauge.results.run_folder import write_text

__all__ = ["OutputFiles", "check_output", "forget_earlier_run", "try_while_parsing"]

LOG = logging.getLogger(__name__)
# What Locust opens before it tells us of anything, and what it appends to the option's value.
_OPENED_AT_ONCE = {"--csv": "_stats.csv", "--logfile": ""}
_JSON = ".json"


def check_output(flag: str, path: Path) -> None:
    """See that the file can be written, beside its place or in it. Raises UsageError that names `flag`."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        if path.exists():
            path.open("ab").close()
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.touch()
        beside.unlink()
    except OSError as error:
        raise UsageError(
            f"{flag}: {path} cannot be written: {error.strerror or error}",
            hint="name a file in a folder that you may write to",
        ) from None


def forget_earlier_run(folder: Path) -> None:
    """What an earlier run measured must not be taken for what this one measures, should it break off."""
    for name in (LOAD_FILE, STAGES_FILE):
        remove(folder / name)


def try_while_parsing(parser: argparse.ArgumentParser) -> None:
    """Have the parser refuse the values of options whose files Locust opens at once."""
    for flag, ending in _OPENED_AT_ONCE.items():
        # Locust has added them already, and argparse knows no other way to an option that is there.
        parser._option_string_actions[flag].type = partial(_writable, flag, ending)  # noqa: SLF001


def _writable(flag: str, ending: str, value: str) -> str:
    path = Path(value + ending)
    # A terminal or a pipe is no file that could be replaced.
    if path.exists() and not path.is_file() and not path.is_dir():
        return value
    try:
        check_output(flag, path)
    except UsageError as error:
        raise argparse.ArgumentTypeError(str(error).removeprefix(f"{flag}: ")) from None
    return value


class OutputFiles:
    """The page, the JSON and the CSV of one process's Locust; `page` gives the first one's text.

    Making it raises UsageError where one of them cannot be written.
    """

    def __init__(self, options: argparse.Namespace, page: Callable[[], str], *, csv_interval: float) -> None:
        self._page = page
        self._page_path: Path | None = None
        self._last_csv = csv_interval + 0.2 if options.csv_prefix else 0.0
        if options.html_file:
            self._page_path = Path(options.html_file)
            check_output("--html", self._page_path)
            # Locust would write it before the last figures are in, and when it is terminated not at all.
            options.html_file = None
        if options.json_file:
            check_output("--json-file", Path(options.json_file + _JSON))

    def await_csv(self) -> None:
        """Locust writes its CSV files once a second and not at the end: let it write the last figures."""
        if self._last_csv:
            gevent.sleep(self._last_csv)

    def write_page(self) -> int:
        """Write the page with all figures; the exit code where it cannot be written after all, else 0."""
        if self._page_path is None:
            return 0
        try:
            write_text(self._page_path, self._page())
        except UsageError as error:
            LOG.error("%s", error)  # noqa: TRY400 - a sentence for people, not a traceback
            return int(error.exit_code)
        return 0
