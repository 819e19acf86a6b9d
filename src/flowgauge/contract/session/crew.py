"""How the tests of the suites are shared out: over processes, over time, and which goes first."""

import math
from collections.abc import Iterable

import pytest

from flowgauge.contract.requests import built
from flowgauge.contract.settings import Settings
from flowgauge.contract.target import Target
from flowgauge.edition import Edition

__all__ = ["crew_of", "in_order", "in_order_of_search", "is_alone", "left_in_round"]

# By what they find for their time: of 98 faults the first shares of the first family alone caught 68. Files
# that are not named come first.
ORDER = (
    "test_input",
    "test_security",
    "test_edition",
    "test_volume",
    "test_concurrency",
    "test_deletes",
    "test_journeys",
    "test_operations",
    "test_time",
)
_LONGEST = {"test_volume": 1, "test_operations": 2}
_PLACES = {name: number for number, name in enumerate(ORDER)}
# A target whose answers take so many seconds is far; there is one more worker for each so many on top.
_FAR, _A_WORKER = 0.005, 0.0025
_MOST = 16
_GREETINGS = 3


def crew_of(settings: Settings, target: Target, edition: Edition) -> int:
    """How many processes share the tests: so many as were asked for, else more the farther the target is.

    What waits for answers waits for several at once; one that is near, or ours alone, needs no more than one.
    """
    if settings.workers is not None:
        return settings.workers
    if settings.connection is None or edition.greeting is None:
        return 1
    greetings = [target.send(built(edition, edition.greeting)) for _ in range(_GREETINGS)]
    took = min(greeting.elapsed for greeting in greetings)
    return 1 if took < _FAR else min(_MOST, math.ceil(took / _A_WORKER))


def in_order(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """What is cheap and sharp goes first, and a share of each long test before the next share of any.

    What must be alone looks back on all others, and is last.
    """
    return sorted(items, key=lambda item: (is_alone(item), _round(item), _PLACES.get(item.path.stem, -1)))


def in_order_of_search(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """For one process that stops at a catch: what takes long for what it finds waits for the rest.

    Workers begin it early, since it is what they would wait for at the end.
    """
    return sorted(items, key=lambda item: (is_alone(item), _LONGEST.get(item.path.stem, 0)))


def is_alone(item: pytest.Item) -> bool:
    """Whether a test runs when nothing else does."""
    return item.get_closest_marker("alone") is not None


def left_in_round(items: Iterable[pytest.Item]) -> dict[str, int]:
    """For each test how many are left in its round, itself included: they share what there is of time."""
    left: dict[int, int] = {}
    found = {}
    for item in reversed(list(items)):
        left[_round(item)] = found[item.nodeid] = left.get(_round(item), 0) + 1
    return found


def _round(item: pytest.Item) -> int:
    share = getattr(getattr(item, "callspec", None), "params", {}).get("share", 0)
    return share if isinstance(share, int) else 0
