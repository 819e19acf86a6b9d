"""Which answers are drawn for the sample that is validated."""

import random
from collections.abc import Iterator

__all__ = ["sample_gaps"]


def sample_gaps(ratio: float) -> Iterator[int]:
    """How many answers on the next one of the sample is, drawn anew each time; always -1 without a sample."""
    rng = random.Random(1)
    while True:
        yield max(1, round(rng.expovariate(ratio))) if ratio else -1
