"""Which journey is next, where several share the arrivals by their weights."""

from collections.abc import Iterator, Mapping
from itertools import repeat

__all__ = ["in_turn"]


def in_turn(weights: Mapping[str, float]) -> Iterator[str]:
    """Names without end, each as often as its weight says; those of a rare one are spread out evenly.

    The smooth weighted round-robin of nginx. Weights are numbers above 0.

    >>> from itertools import islice
    >>> "".join(islice(in_turn({"a": 2.5, "b": 1, "c": 0.5}), 8))
    'abaacaba'
    """
    if len(weights) == 1:
        yield from repeat(*weights)
    total, behind = sum(weights.values()), dict.fromkeys(weights, 0.0)
    while True:
        for name, weight in weights.items():
            behind[name] += weight
        chosen = max(behind, key=behind.__getitem__)
        behind[chosen] -= total
        yield chosen
