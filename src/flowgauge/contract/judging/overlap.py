"""What is sure about calls that may have overlapped: one reasoning for lists, pages, order and concurrency.

Each call takes effect at one instant between being sent and being answered. So of two calls one is surely
before the other only if it was answered before the other was sent, and answers are wrong only if no order
that keeps this explains them. The search follows the definition of linearizability.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from flowgauge.contract.judging.knowledge import Record
from flowgauge.results import Exchange

__all__ = [
    "Step",
    "first_misplaced",
    "has_legal_order",
    "is_pushed_off",
    "is_surely_before",
    "is_surely_gone",
    "is_surely_there",
]


class _Call(Protocol):
    @property
    def sent_at(self) -> float: ...
    @property
    def received_at(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Step:
    """What one call did (`writes` an id) and what it saw (`reads`: the ids on its list), if anything."""

    sent_at: float
    received_at: float
    writes: str | None = None
    reads: frozenset[str] | None = None


def is_surely_before(one: _Call, other: _Call) -> bool:
    """Whether no order of the two puts the other first."""
    return one.received_at <= other.sent_at


def is_surely_there(record: Record, look: Exchange) -> bool:
    """Whether a thing was there all the while that it was looked for: nothing may have deleted it, ever."""
    return record.is_there and is_surely_before(record.created, look)


def is_surely_gone(record: Record, look: Exchange) -> bool:
    """Whether its deletion was acknowledged before it was looked for."""
    return record.deleted is not None and is_surely_before(record.deleted, look)


def first_misplaced(newest_first: Sequence[_Call]) -> int | None:
    """The place of the first call that is surely newer than one before it.

    If there is none, some order of the calls is the one in which they stand.
    """
    oldest_end = float("inf")
    for place, call in enumerate(newest_first):
        if oldest_end <= call.sent_at:
            return place
        oldest_end = min(oldest_end, call.received_at)
    return None


def is_pushed_off(record: Record, shown: Iterable[Record]) -> bool:
    """Whether a full page of the newest may do without a thing: all that it shows may be newer."""
    return not any(is_surely_before(other.created, record.created) for other in shown)


def has_legal_order(steps: Sequence[Step], present: frozenset[str]) -> bool:
    """Whether some order of the steps explains all reads, beginning with what was `present`.

    What is there does not depend on the order in which it was written, so the search goes over sets of steps,
    and has an end for a dozen of them.
    """
    everything = frozenset(range(len(steps)))

    @cache
    def leads_on(done: frozenset[int]) -> bool:
        written = {step.writes for step in (steps[k] for k in done) if step.writes is not None}
        left = everything - done
        return not left or any(
            steps[k].reads in {None, present | written}
            and not any(is_surely_before(steps[other], steps[k]) for other in left - {k})
            and leads_on(done | {k})
            for k in left
        )

    return leads_on(frozenset())
