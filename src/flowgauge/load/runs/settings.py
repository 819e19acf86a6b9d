"""What a load run is asked to do: one typed object, whose fields are the options, passed down as it is."""

import sys
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

from flowgauge.durations import parsed_duration
from flowgauge.errors import ExpressionError, UsageError
from flowgauge.load.edition_part import LoadPart
from flowgauge.load.engine.steps import LONGEST_PAUSE
from flowgauge.load.plans.plan import Plan
from flowgauge.load.plans.plan_text import HIGHEST_RATE, MOST_ARRIVALS, parsed_plan, rate_text
from flowgauge.load.runs.conditions import parsed_condition

__all__ = ["Assignment", "LoadSettings", "Option", "flag_of", "options"]

DEFAULT_DURATION = 30.0
_MAX = sys.float_info.max
# The least and the most that an option may be, and how to say so.
_ANY = (float("-inf"), float("inf"), "")
# Timers know no longer time, nor does anybody wait for it.
_YEAR = 365 * 86_400.0
_SECONDS = (0.0, _YEAR, "a duration of 0 s or more, and a year at the most")
_TIMEOUT = (sys.float_info.min, _YEAR, "a duration above 0 s, and a year at the most")
_POLLS = (0.001, LONGEST_PAUSE, "from 1 ms to a day: faster polling measures the poller")
_RATIO = (0.0, 1.0, "a ratio from 0 to 1")
_RATE = (sys.float_info.min, HIGHEST_RATE, f"more than 0 and at most {HIGHEST_RATE:.0f} journeys per second")
_COUNT, _SOME = (0, _MAX, "0 or more"), (1, _MAX, "1 or more")


class Option(NamedTuple):
    """What a field is as an option. `shown` is its default: of a time it is text, as people write it."""

    shown: str | float
    about: str
    bounds: tuple[float, float, str] = _ANY
    is_time: bool = False


def _time(shown: str, about: str, bounds: tuple[float, float, str] = _SECONDS) -> Any:
    default = parsed_duration(shown) if shown else None
    return field(default=default, metadata={"option": Option(shown, about, bounds, is_time=True)})


def _value(default: str | float, about: str, bounds: tuple[float, float, str] = _ANY) -> Any:
    return field(default=default, metadata={"option": Option(default, about, bounds)})


@dataclass(frozen=True, slots=True)
class LoadSettings:
    """Everything but the target. Times are seconds; a plan without an end of its own lasts 30."""

    plan: str = _value(
        "", 'When journeys begin, such as "ramp 0..200/s in 30s, hold 2m, spike 1000/s for 5s"'
    )
    stages: str = _value("", "What the journeys make, in the edition's words, or @FILE that has them")
    rate: float = _value(50.0, "Arrivals per second, where there is no --plan", _RATE)
    duration: float | None = _time(
        "", "How long arrivals last, such as 30s; without it -t, or the plan's own length"
    )
    warm_up: float = _time("0s", "Arrivals of the first so many seconds are made but not measured")
    poll_interval: float = _time("25ms", "Between two polls of one run", _POLLS)
    connect_timeout: float = _time("5s", "After so long a connection attempt has failed", _TIMEOUT)
    response_timeout: float = _time(
        "10s", "After so long without its whole answer a request has failed", _TIMEOUT
    )
    drain_timeout: float = _time("15s", "How long to wait, at the end, for journeys under way")
    # What the default gates allow; a machine of its own does with a tenth of it.
    max_schedule_lag: float = _time(
        "50ms", "The run is invalid if the p99 of the generator's own lateness exceeds this"
    )
    seed: int = _value(1, "Of everything that is drawn at random")
    wait_ratio: float = _value(
        0.0, "Ratio (0..1) of the runs that ask the server to wait for their end", _RATIO
    )
    reuse_flows: int = _value(
        0, "Make so many things beforehand and reuse those, instead of one for each journey", _COUNT
    )
    check_ratio: float = _value(
        0.05, "Ratio (0..1) of the answers that are validated against the document", _RATIO
    )
    verify_runs: int = _value(2000, "Read back at most so many acknowledged runs at the end", _COUNT)
    max_in_flight: int = _value(
        5000, "Journeys under way at a time; arrivals beyond are dropped, and counted", _SOME
    )
    autostop: str = _value(
        "",
        'End the run early when this holds, as "any(latency.p99 > 2s for 10s, run.p50 > 1s for 5s)"; an '
        "expression as in gates, where `latency` is that of all operations, and `for 10s` each of ten "
        "seconds in a row",
    )
    capacity: str = _value(
        "",
        'Search for the highest rate at which this holds, such as "all(run.p99 < 250ms, create.p99 < 1s)", '
        "from --rate on",
    )
    capacity_step: float = _time("10s", "How long each step of a --capacity search lasts", _TIMEOUT)

    def __post_init__(self) -> None:
        for name, option in options().items():
            least, most, must = option.bounds
            value = getattr(self, name)
            if must and value is not None and not least <= value <= most:
                raise UsageError(f"{flag_of(name)} must be {must}")
        self.arrival_plan()

    def arrival_plan(self) -> Plan:
        """The plan, cut to the duration; always finite. Raises UsageError for one that makes no sense."""
        plan = parsed_plan(self.plan or rate_text(self.rate), seed=self.seed)
        if self.duration is not None:
            if self.duration <= 0:
                raise UsageError("the duration must be above 0 s")
            plan = plan.cut(self.duration)
        elif plan.duration == float("inf"):
            plan = plan.cut(DEFAULT_DURATION)
        if plan.duration > _YEAR:
            raise UsageError(f"the plan {plan.text!r} lasts for more than a year")
        if sum(part.arrivals for part in plan.parts) > MOST_ARRIVALS:
            raise UsageError(
                f"the plan {plan.text!r} has more than {MOST_ARRIVALS:,.0f} arrivals in {plan.duration:g} s",
                hint="shorten --duration, or lower the rate",
            )
        if self.warm_up >= plan.duration:
            raise UsageError(
                f"the warm-up of {self.warm_up:g} s leaves nothing of a run of {plan.duration:g} s",
                hint="shorten --warm-up or lengthen the run",
            )
        return plan

    def check(self, part: LoadPart) -> None:
        """Raise UsageError for what the edition's names and things do not allow."""
        part.things.body(self.stages)
        for name, windows in (("autostop", True), ("capacity", False)):
            try:
                parsed_condition(getattr(self, name), part.operations, windows=windows)
            except ExpressionError as error:
                raise ExpressionError(f"{flag_of(name)}, {error.message}", hint=error.hint) from None


def options() -> dict[str, Option]:
    """The options by the names of their fields."""
    return {each.name: each.metadata["option"] for each in fields(LoadSettings)}


def flag_of(name: str) -> str:
    """How the command line writes an option."""
    return "--" + name.replace("_", "-")


@dataclass(frozen=True, slots=True)
class Assignment:
    """One engine's part of a run: take every `of`-th arrival from `index` on.

    `scenarios` is User class name -> weight. The bearer token, the `headers` of every request and the `proxy`
    travel from master to workers, so that only the master needs them.
    """

    url: str
    bearer: str | None = field(repr=False)
    scenarios: dict[str, float]
    settings: LoadSettings
    index: int = 0
    of: int = 1
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    proxy: str | None = field(default=None, repr=False)
