"""The view of a running stage, on a terminal and off it."""

import io
import itertools

import pytest

from flowgauge.report.progress import ratio_in_log, stage_view


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    for name in ("NO_COLOR", "CI", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    return Terminal()


def test_off_a_terminal_there_is_a_plain_line_now_and_then():
    stream, now = io.StringIO(), itertools.count(0.0, 0.5)
    with stage_view("contract", stream, lambda: next(now)) as tick:
        tick(None, "")
        for step in range(70):
            tick(step / 50, "")
    assert stream.getvalue().splitlines() == [
        "  contract  started",
        "  contract     15 s   going on, 56%",
        "  contract     30 s   going on, ending",
    ]


def test_on_a_terminal_a_bar_moves_and_leaves_nothing_behind(terminal):
    with stage_view("contract", terminal) as tick:
        tick(None, "")
        tick(0.5, "half")
    shown = terminal.getvalue()
    assert "contract" in shown
    assert "half" in shown
    assert shown.rstrip().endswith("\x1b[2K")


def test_what_a_log_says_cannot_steer_the_terminal(terminal):
    with stage_view("load", terminal) as tick:
        tick(None, "[red]not markup[/red] \x1b]0;title\x07")
    assert "\x1b]0;" not in terminal.getvalue()
    assert "[red]not markup" in terminal.getvalue()


@pytest.mark.parametrize(
    ("text", "ratio"),
    [
        ("", None),
        ("....", None),
        ("..... [ 10%]\n..... [ 45%]\n..", 0.45),
        ("[100%]", 1.0),
        ("[999%]", 1.0),
        ("\x00[ 5%]", 0.05),
    ],
)
def test_the_last_percentage_of_a_log_counts(text, ratio):
    assert ratio_in_log(text) == ratio
