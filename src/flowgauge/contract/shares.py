"""Shares of long tests: each is a fair sample of the whole, and so is whatever of it time allows."""

from collections.abc import Sequence
from typing import TypeVar

__all__ = ["SHARES", "share_of"]

SHARES = range(4)
# What follows each other in one is spread evenly over the whole (the golden ratio's low discrepancy).
_STEP = 0.6180339887498949

T = TypeVar("T")


def share_of(share: int, whole: Sequence[T]) -> list[T]:
    """One of the shares of `whole`; the shares together are the whole."""
    spread = sorted(range(len(whole)), key=lambda place: place * _STEP % 1)
    begin, end = (len(whole) * n // len(SHARES) for n in (share, share + 1))
    return [whole[place] for place in spread[begin:end]]
