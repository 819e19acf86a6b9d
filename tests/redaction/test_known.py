"""What a process has learned to be secret stands in nothing that it logs, complains about, or writes last."""

import io
import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest

from flowgauge.redaction import guard_logs, keep_secret, without_known_secrets

TOKEN = "MARK-kn0wn/9f8e7d6c5b"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    keep_secret(TOKEN, "$TOKEN")
    make, level = logging.getLogRecordFactory(), logging.getLogger("httpx").level
    guard_logs()
    guard_logs()
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logging.Formatter("%(message)s"))
    logging.getLogger("flowgauge.test").addHandler(handler)
    yield written
    logging.getLogger("flowgauge.test").removeHandler(handler)
    logging.setLogRecordFactory(make)
    logging.getLogger("httpx").setLevel(level)


def test_no_record_holds_one_nor_does_its_traceback(log: io.StringIO) -> None:
    logger = logging.getLogger("flowgauge.test")
    logger.warning("sent %s\x1b[2J", TOKEN.replace("/", "\\/"))
    try:
        int(f"not {TOKEN}")
    except ValueError:
        logger.exception("it failed")
    assert "9f8e7d6c5b" not in log.getvalue()
    assert log.getvalue().startswith("sent $TOKEN␛[2J\n")
    assert "not $TOKEN" in log.getvalue()


def test_data_made_of_anything_is_cleared() -> None:
    keep_secret(TOKEN, "$TOKEN")
    assert without_known_secrets({"a": [TOKEN, (1, TOKEN.encode())]}) == {"a": ["$TOKEN", (1, b"$TOKEN")]}


def test_a_defect_of_the_command_line_shows_no_secret() -> None:
    code = (
        "import sys; import flowgauge.cli as cli; from flowgauge.client.connection import connection_from\n"
        "def broken(_):\n"
        f"    connection_from({{}}, url='http://h', token={TOKEN!r})\n"
        f"    raise RuntimeError({TOKEN!r} + chr(27))\n"
        "import argparse; sys.exit(cli._answered(argparse.Namespace(func=broken)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 70
    assert "RuntimeError: $FLOWGAUGE_TOKEN␛" in done.stderr
    assert "\x1b" not in done.stderr
