"""Hypothesis strategies of JSON values, and of a run's variables, for any edition."""

from typing import Any

from hypothesis import strategies as st

from flowgauge.contract.traffic.data.unusual import UNUSUAL_TEXTS

__all__ = ["json_values", "texts", "variables", "words"]

# Lone surrogates cannot be put into UTF-8; every other character can, NUL included.
texts = st.text(st.characters(codec="utf-8"), max_size=20)
words = st.sampled_from(["a", "name", "Ada", "x y", "}", *(text for text in UNUSUAL_TEXTS if len(text) < 30)])

_integers = st.integers() | st.sampled_from([0, -1, 2**31, 2**53 + 1, -(2**63), 2**64, 10**30])
_floats = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([1.0, -0.0, 0.1, 1e16, 1e-7])
_scalars = st.none() | st.booleans() | _integers | _floats | texts | words


def json_values(*, max_leaves: int = 8) -> st.SearchStrategy[Any]:
    """Any JSON value: big integers, whole floats, unicode and NUL included."""
    return st.recursive(
        _scalars,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts | words, inner, max_size=4),
        max_leaves=max_leaves,
    )


def variables() -> st.SearchStrategy[dict[str, str]]:
    """Legal variables of a run."""
    return st.fixed_dictionaries({}, optional={"a": words | texts, "name": texts}) | st.dictionaries(
        texts, texts, max_size=3
    )
