"""Hypothesis strategies for what this edition takes: workflows and variables."""

from typing import Any

from hypothesis import strategies as st

from flowgauge.contract.traffic.unusual import UNUSUAL_TEXTS

__all__ = ["configs", "runnable_configs", "variables"]

# Lone surrogates cannot be put into UTF-8; every other character can, NUL included.
_texts = st.text(st.characters(codec="utf-8"), max_size=20)
_words = st.sampled_from(
    ["a", "name", "Ada", "x y", "}", *(text for text in UNUSUAL_TEXTS if len(text) < 30)]
)

_integers = st.integers() | st.sampled_from([0, -1, 2**31, 2**53 + 1, -(2**63), 2**64, 10**30])
_floats = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([1.0, -0.0, 0.1, 1e16, 1e-7])
_scalars = st.none() | st.booleans() | _integers | _floats | _texts | _words


def _json_values(*, max_leaves: int = 8) -> st.SearchStrategy[Any]:
    """Any JSON value: big integers, whole floats, unicode and NUL included."""
    return st.recursive(
        _scalars,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_texts | _words, inner, max_size=4),
        max_leaves=max_leaves,
    )


def _runnable_stages(*, longest_ms: int = 50) -> st.SearchStrategy[dict[str, Any]]:
    """A stage that the reference kinds can run, well or ill, on the variables `a` and `name`."""
    messages = st.sampled_from(["hello", "${a}", "${name} and ${a}", "é${a}", "", "${missing}"])
    return st.one_of(
        st.just({"noop": {}}),
        messages.map(lambda text: {"echo": {"message": text}}),
        st.integers(1, longest_ms).map(lambda ms: {"delay": {"duration": f"{ms}ms"}}),
        messages.map(lambda text: {"fail": {"message": text}}),
        st.just({"unknown": {}}),
        st.just({"noop": {}, "echo": {"message": "two"}}),
        st.just({}),
    )


def configs() -> st.SearchStrategy[dict[str, Any]]:
    """A legal workflow: stages that run, and objects that are merely legal."""
    objects = st.dictionaries(_texts | _words, _json_values(), max_size=3)
    return st.lists(_runnable_stages() | objects, max_size=5).map(lambda stages: {"stages": stages})


def runnable_configs() -> st.SearchStrategy[dict[str, Any]]:
    """A legal workflow of which every stage can be foretold."""
    return st.lists(_runnable_stages(), min_size=1, max_size=6).map(lambda stages: {"stages": stages})


def variables() -> st.SearchStrategy[dict[str, str]]:
    """Legal variables of a run."""
    return st.fixed_dictionaries({}, optional={"a": _words | _texts, "name": _texts}) | st.dictionaries(
        _texts, _texts, max_size=3
    )
