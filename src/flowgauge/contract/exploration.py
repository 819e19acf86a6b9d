"""Running Hypothesis as an explorer: it generates, the probe writes down, nothing is raised.

A finding does not end the search, so one fault does not hide the next; and nothing has to be shrunk, since
the recorder keeps the shortest evidence of all that was met.
"""

import hypothesis
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

__all__ = ["exploring", "run_machine"]


def exploring(examples: int, *, steps: int = 50) -> hypothesis.settings:
    """Settings for a search without deadline, database or shrinking."""
    return hypothesis.settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )


def run_machine(machine: type[RuleBasedStateMachine], *, examples: int, steps: int) -> None:
    """Take `examples` walks of up to `steps` steps through a machine."""
    run_state_machine_as_test(machine, settings=exploring(examples, steps=steps))
