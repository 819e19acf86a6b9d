"""What a load run is asked to do: one typed object, made from the options and passed down."""

from dataclasses import dataclass, field

from flowgauge.errors import ExpressionError, UsageError
from flowgauge.load.edition_part import LoadPart
from flowgauge.load.plans.plan import Plan
from flowgauge.load.plans.plan_text import parsed_plan
from flowgauge.load.runs.conditions import parsed_condition

__all__ = ["Assignment", "LoadSettings"]

DEFAULT_DURATION = 30.0


@dataclass(frozen=True, slots=True)
class LoadSettings:
    """Everything but the target. Times are seconds, ratios 0..1.

    `plan` is a line of text; without one, `rate` arrivals per second. `duration` cuts the plan; an
    open-ended plan without it lasts 30 s. Arrivals due before `warm_up` are made but not measured.
    `stages` is what the journeys make, in the edition's words. The run ends early when `autostop` holds.
    With `capacity`, the highest rate is searched for at which that holds, in steps of `capacity_step` from
    `rate` on.
    """

    plan: str = ""
    rate: float = 50.0
    duration: float | None = None
    warm_up: float = 0.0
    seed: int = 1
    stages: str = ""
    poll_interval: float = 0.025
    wait_ratio: float = 0.0
    reuse_flows: int = 0
    check_ratio: float = 0.05
    verify_runs: int = 2000
    max_in_flight: int = 5000
    connect_timeout: float = 5.0
    response_timeout: float = 10.0
    drain_timeout: float = 15.0
    max_schedule_lag: float = 0.025
    autostop: str = ""
    capacity: str = ""
    capacity_step: float = 10.0

    def __post_init__(self) -> None:
        for name in (
            "warm_up",
            "capacity_step",
            "connect_timeout",
            "response_timeout",
            "drain_timeout",
            "max_schedule_lag",
        ):
            if not 0 <= getattr(self, name) < float("inf"):
                raise UsageError(f"{_flag(name)} must be a duration of 0 s or more")
        for name in ("wait_ratio", "check_ratio"):
            if not 0 <= getattr(self, name) <= 1:
                raise UsageError(f"{_flag(name)} is a ratio: give it from 0 to 1")
        for name in ("reuse_flows", "verify_runs"):
            if getattr(self, name) < 0:
                raise UsageError(f"{_flag(name)} must be 0 or more")
        if self.max_in_flight < 1:
            raise UsageError("--max-in-flight must be 1 or more")
        if self.poll_interval < 0.001:
            raise UsageError(
                "--poll-interval must be 1 ms or more", hint="faster polling measures the poller"
            )
        if min(self.connect_timeout, self.response_timeout) <= 0:
            raise UsageError("timeouts must be above 0 s")
        self.arrival_plan()

    def arrival_plan(self) -> Plan:
        """The plan, cut to the duration; always finite. Raises UsageError for one that makes no sense."""
        plan = parsed_plan(self.plan or f"{self.rate:.12g}/s", seed=self.seed)
        if self.duration is not None:
            if self.duration <= 0:
                raise UsageError("the duration must be above 0 s")
            plan = plan.cut(self.duration)
        elif plan.duration == float("inf"):
            plan = plan.cut(DEFAULT_DURATION)
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
                raise ExpressionError(f"{_flag(name)}, {error.message}", hint=error.hint) from None


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


@dataclass(frozen=True, slots=True)
class Assignment:
    """One engine's part of a run: take every `of`-th arrival from `index` on.

    `scenarios` is User class name -> weight. The bearer token travels from master to workers, so that
    only the master needs credentials.
    """

    url: str
    bearer: str | None = field(repr=False)
    scenarios: dict[str, int]
    settings: LoadSettings
    index: int = 0
    of: int = 1
