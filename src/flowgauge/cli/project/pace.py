"""How fast a server is, and the rate and the thresholds that suit one of that pace.

A few users walk the run path in a closed loop for a few seconds: it never asks for more than the server
gives, so it harms none. The rate that is proposed is half of what they came to, and the thresholds leave room
above what was measured: a gate is to catch a change, not the noise of a machine. A server that runs its
workflows through an engine gets a slow plan and wide gates, and a fast one what ships.
"""

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from flowgauge.cli.flags import environment_for
from flowgauge.cli.project.shipped import GATES, LOADTESTS, loadtests_folder
from flowgauge.cli.stages.load import Load
from flowgauge.cli.stages.stage import Stage, carry_out
from flowgauge.client.connection import Connection
from flowgauge.durations import duration_text
from flowgauge.errors import NoDataError
from flowgauge.gates import Evidence, gate_measures
from flowgauge.results import LoadRun, read_load_run

__all__ = ["Pace", "measured_pace"]

USERS, SECONDS = 4, 4.0
FEWEST = 3
"""Of fewer runs nothing is proposed."""
FASTEST = 50.0
"""The rate that the scenarios have by themselves; none above it is proposed."""
_SHARE = 0.5
# Room above what was measured, and the thresholds that ship: none is proposed below them.
_ROOM = 4.0
_SHIPPED: Mapping[str, float] = {
    "run.latency.p99": 0.25,
    "create.latency.p99": 0.25,
    "run_to_terminal.p95": 1.2,
}
_SCENARIO = "    is_default = True\n"


@dataclass(frozen=True, slots=True)
class Pace:
    """What they saw: runs that ended in a second, and the seconds of each measure that gates ask for."""

    url: str
    runs: float
    seconds: Mapping[str, float]

    @property
    def is_fast(self) -> bool:
        """Whether what ships suits the server: there is room enough below its thresholds."""
        return all(value * _ROOM <= _SHIPPED[name] for name, value in self.seconds.items())

    @property
    def rate(self) -> float:
        """Journeys begun in a second that the server carries with ease."""
        return _plain(min(FASTEST, self.runs * _SHARE))

    def threshold(self, measure: str) -> float:
        """Below which the measure should stay, in seconds."""
        return max(_SHIPPED[measure], _plain(self.seconds[measure] * _ROOM))

    def told(self) -> str:
        """The figures as a sentence."""
        seen = ", ".join(f"{name} {duration_text(value)}" for name, value in self.seconds.items())
        return f"{USERS} users came to {self.runs:.2g} runs/s ({seen})"

    def written(self, path: Path, text: str) -> str:
        """The text of a file that `init` writes, with what is proposed in it; any other file as it is."""
        if self.is_fast:
            return text
        about = f"Proposed by `flowgauge init` for {self.url}:"
        if path == GATES:
            for measure in _SHIPPED:
                limit = duration_text(self.threshold(measure)).replace(" ", "")
                told = f"# {about} it took {duration_text(self.seconds[measure])}.\n"
                line = re.compile(rf'^expect = "{re.escape(measure)} < [^"]*"$', re.MULTILINE)
                text = line.sub(f'{told}expect = "{measure} < {limit}"', text)
        elif path == LOADTESTS / "run_path.py":
            told = f"    # {about}\n    # {self.told()}.\n"
            text = text.replace(_SCENARIO, f'{_SCENARIO}{told}    defaults = {{"rate": {self.rate:g}}}\n')
        return text


def measured_pace(
    connection: Connection, edition: str, headers: Sequence[str], *, seconds: float = SECONDS
) -> Pace | None:
    """Let the users walk the run path for so long; None where too few of their runs came to an end."""
    plan = {"plan": f"closed {USERS} for {seconds:g}s", "warm_up": "0s"}
    load = Load(loadtests_folder(None), plan, ("RunPath",), (), seconds, edition)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stage = Stage("pace", load.command(folder), folder / "load.log", seconds)
        carry_out(stage, environment_for(connection, headers))
        try:
            run = read_load_run(folder)
        except NoDataError:
            return None
    return _pace_of(run, connection.url, seconds)


def _pace_of(run: LoadRun, url: str, seconds: float) -> Pace | None:
    evidence, known = Evidence(None, run, ()), gate_measures()
    found = {
        name: measure.read(evidence).value
        for name in (*_SHIPPED, "runs.ended")
        if (measure := known.find(name)) is not None
    }
    ended = found.pop("runs.ended", None)
    times = {name: value for name, value in found.items() if value is not None}
    if ended is None or ended < FEWEST or times.keys() != _SHIPPED.keys():
        return None
    return Pace(url, ended / seconds, times)


def _plain(value: float) -> float:
    """Two digits, as somebody would write it."""
    return float(f"{value:.2g}")
