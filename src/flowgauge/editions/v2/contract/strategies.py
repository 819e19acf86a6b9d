"""Hypothesis strategies for what this edition takes: workflows and triggers."""

from typing import Any

from hypothesis import strategies as st

from flowgauge.contract.requests import placeholder
from flowgauge.editions.json_strategies import json_values, texts, words

__all__ = ["configs", "runnable_configs", "triggers"]


def _runnable_stages(*, longest_ms: int = 50) -> st.SearchStrategy[dict[str, Any]]:
    """A stage that ends well or ill by itself, on the variables `a` and `name`."""
    durations = st.integers(1, longest_ms).map(lambda ms: f"{ms}ms")
    durations |= st.sampled_from(["0s", "${a}", "${missing}", "1ms${name}"])
    return st.one_of(
        st.just({"noop": {}}),
        durations.map(lambda text: {"delay": {"duration": text}}),
        st.just({"unknown": {}}),
        st.just({"noop": {}, "delay": {"duration": "1ms"}}),
        st.just({}),
    )


def _named(stages: st.SearchStrategy[list[dict[str, Any]]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"stages": stages}, optional={"name": texts | words})


def configs() -> st.SearchStrategy[dict[str, Any]]:
    """A legal workflow: stages that run, such as wait, and objects that are merely legal."""
    objects = st.dictionaries(texts | words, json_values(), max_size=3)
    waits = st.just({"wait_event": {"event": "flowgauge"}})
    return _named(st.lists(_runnable_stages() | waits | objects, max_size=5))


def runnable_configs() -> st.SearchStrategy[dict[str, Any]]:
    """A legal workflow of which every stage can be foretold."""
    return _named(st.lists(_runnable_stages(), min_size=1, max_size=6))


def triggers() -> st.SearchStrategy[dict[str, Any]]:
    """A legal trigger, of some workflow that is there; its event is published by nobody."""
    required = {"event": words | texts, "workflowID": st.just(placeholder("workflow"))}
    filters = st.sampled_from(["true", "false", 'event.kind == "invoice"', 'event.kind != "invoice"'])
    variables = st.dictionaries(words, st.sampled_from(["event.id", "event.kind"]), max_size=3)
    optional = {"name": words | texts, "version": texts, "filter": filters, "vars": variables}
    return st.fixed_dictionaries(required, optional=optional)
