"""How a list is counted: what its parameters say is tried on three things, and believed if it fits."""

from collections.abc import Callable
from dataclasses import replace

from flowgauge.edition import Steps

__all__ = ["THINGS", "fitting_steps"]

THINGS = 3
Listed = Callable[[str], list[str] | None]


def fitting_steps(steps: Steps, listed: Listed) -> Steps | None:
    """The steps as the server counts them, or None; `listed` asks for a list, and gives the ids on it.

    There are THINGS on the list. Some count pages from 0 and some from 1, and few say so.
    """
    firsts = (steps.first, 1 - steps.first) if steps.counts_pages else (steps.first,)
    return next((tried for first in firsts if _fits(tried := replace(steps, first=first), listed)), None)


def _fits(steps: Steps, listed: Listed) -> bool:
    """Whether the first things stand where the steps say, one by one and in twos."""

    def part(start: int, size: int) -> list[str]:
        return listed(f"{steps.size}={size}&{steps.start}={steps.first + start}") or []

    singles = [part(start, 1) for start in range(THINGS)]
    if any(len(single) != 1 for single in singles):
        return False
    first, second, third = (single[0] for single in singles)
    behind = part(1, 2)
    is_next = behind[:1] == [third] if steps.counts_pages else behind == [second, third]
    return is_next and part(0, 2) == [first, second] and len({first, second, third}) == THINGS
