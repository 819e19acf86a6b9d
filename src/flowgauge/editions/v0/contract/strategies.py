"""Hypothesis strategies for what this edition takes: workflows."""

from typing import Any

from hypothesis import strategies as st

from flowgauge.editions.json_strategies import json_values, texts, words

__all__ = ["configs", "runnable_configs"]


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
    objects = st.dictionaries(texts | words, json_values(), max_size=3)
    return st.lists(_runnable_stages() | objects, max_size=5).map(lambda stages: {"stages": stages})


def runnable_configs() -> st.SearchStrategy[dict[str, Any]]:
    """A legal workflow of which every stage can be foretold."""
    return st.lists(_runnable_stages(), min_size=1, max_size=6).map(lambda stages: {"stages": stages})
