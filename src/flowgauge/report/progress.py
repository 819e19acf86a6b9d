"""What a person sees while a stage runs: one calm line that moves, or plain lines where nothing can move."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from flowgauge.inert import inert

__all__ = ["Tick", "ratio_in_log", "stage_view"]

Tick = Callable[[float | None, str], None]
"""Say how far a stage is: a ratio 0..1 or None where that is not known, and a few words."""

PAUSE = 15.0
"""Seconds between two lines where nothing can move."""
PERCENTAGE = re.compile(r"\[\s*(\d{1,3})%\]")


def ratio_in_log(text: str) -> float | None:
    """How far a test runner says that it is, by the last `[ 45%]` of its output; None before the first."""
    found = PERCENTAGE.findall(text)
    return min(1.0, int(found[-1]) / 100) if found else None


def _told_now_and_then(title: str, stream: TextIO, clock: Callable[[], float]) -> Tick:
    began = told = clock()

    def tick(ratio: float | None, _words: str) -> None:
        nonlocal told
        now = clock()
        if now - told >= PAUSE:
            told = now
            # A load that is over waits for its last answers, and reads back.
            share = "" if ratio is None else f", {ratio:.0%}" if ratio < 1 else ", ending"
            print(f"  {title:<9} {now - began:5.0f} s   going on{share}", file=stream, flush=True)

    return tick


@contextmanager
def stage_view(title: str, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> Iterator[Tick]:
    """Show that a stage runs, for as long as the block does.

    On a terminal a spinner, a bar where it is known how far the stage is, and the time; it leaves nothing
    behind. Elsewhere a line at the start, and one now and then, so that a log says what takes so long.
    """
    console = Console(file=stream, highlight=False)
    if not console.is_terminal or console.is_dumb_terminal:
        print(f"  {title:<9} started", file=stream, flush=True)
        yield _told_now_and_then(title, stream, clock)
        return
    columns = (
        TextColumn(" "),
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        TimeElapsedColumn(),
        TextColumn("{task.fields[words]}", style="dim"),
    )
    with Progress(*columns, console=console, transient=True, refresh_per_second=8) as progress:
        task = progress.add_task(f"{title:<9}", total=None, words="")

        def tick(ratio: float | None, words: str) -> None:
            # As a Text, so that brackets in the words are not taken for markup.
            shown = Text(inert(words, keep="")[:60]).markup
            if ratio is None:
                progress.update(task, words=shown)
            else:
                progress.update(task, total=1.0, completed=min(1.0, ratio), words=shown)

        yield tick
