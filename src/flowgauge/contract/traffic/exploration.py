"""Running Hypothesis as an explorer: it generates, the probe writes down, nothing is raised.

A finding does not end the search, so one fault does not hide the next; and nothing has to be shrunk, since
the recorder keeps the shortest evidence of all that was met.
"""

import hypothesis
import hypothesis.core
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

__all__ = ["exploring", "fix_generation", "run_machine"]

PROFILE = "flowgauge"


def fix_generation(seed: int) -> None:
    """Make what Hypothesis generates in this process depend on `seed` and on nothing else.

    By itself it depends on more: in CI it loads a profile of its own that ignores every seed; it mixes in
    the literals of whatever modules happen to be loaded from outside site-packages, so that a wheel and a
    checkout differ, and a fault of the reference is found by its own literals; and it replays old failures.
    """
    hypothesis.settings.register_profile(
        PROFILE, hypothesis.settings.get_profile("default"), derandomize=False, database=None, deadline=None
    )
    hypothesis.settings.load_profile(PROFILE)
    # There is no public way to set the seed for all of a session's tests but the flag of its pytest plugin,
    # and none at all to leave the literals out.
    setattr(hypothesis.core, "global_force_seed", seed)  # noqa: B010 - its type is None alone
    setattr(providers, "_get_local_constants", Constants)  # noqa: B010 - private
    providers.CONSTANTS_CACHE.cache.clear()


def exploring(examples: int, *, steps: int = 50) -> hypothesis.settings:
    """Settings for a search without deadline, database or shrinking."""
    return hypothesis.settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        derandomize=False,
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )


def run_machine(machine: type[RuleBasedStateMachine], *, examples: int, steps: int, seed: str) -> None:
    """Take `examples` walks of up to `steps` steps through a machine; other seeds take others."""
    hypothesis.seed(seed)(machine)
    run_state_machine_as_test(machine, settings=exploring(examples, steps=steps))
