"""What one engine has to say at its end, beside its intervals."""

from dataclasses import dataclass, field

from flowgauge.results import Exchange, Finding

__all__ = ["EngineReport"]


@dataclass(frozen=True, slots=True)
class EngineReport:
    """One engine's end.

    `planned` arrivals were due (after the warm-up) in the `elapsed` seconds of the plan that were carried
    out; `interrupted` if that is not all of it. `cpu_ratio` is processor time over time, `saturated_ratio`
    the ratio of seconds in which it was above 0.95; `clock_step` by how many seconds the wall clock left the
    monotonic one; `memory_bytes` what the process took at most. `checks` counts what was looked at: answers
    `validated`, things `acknowledged`, `identified` (compared with all others) and `verified` (read back).
    """

    planned: int = 0
    elapsed: float = 0.0
    interrupted: bool = False
    cpu_ratio: float = 0.0
    saturated_ratio: float = 0.0
    clock_step: float = 0.0
    memory_bytes: int = 0
    checks: dict[str, int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    examples: tuple[tuple[str, Exchange], ...] = ()
