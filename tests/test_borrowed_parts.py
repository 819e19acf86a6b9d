"""Parts of other libraries that nobody promises: the versions they were tried on, and that they are there."""

import subprocess
import sys
import tomllib
from collections.abc import Callable
from importlib.metadata import version
from inspect import signature
from pathlib import Path

import pytest
from packaging.requirements import Requirement

PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def hypothesis_seed_and_constants() -> bool:
    import hypothesis.core  # noqa: PLC0415 - one library for each row
    from hypothesis.internal.conjecture import providers  # noqa: PLC0415
    from hypothesis.internal.constants_ast import Constants  # noqa: PLC0415

    names = hasattr(hypothesis.core, "global_force_seed") and hasattr(providers, "_get_local_constants")
    return names and hasattr(providers.CONSTANTS_CACHE, "cache") and callable(Constants)


def uvicorn_protocol() -> bool:
    from uvicorn.protocols.http.h11_impl import H11Protocol  # noqa: PLC0415

    return list(signature(H11Protocol.send_400_response).parameters) == ["self", "msg"]


def locust_entries() -> bool:
    # In a process of its own: Locust patches the sockets of whoever imports it.
    program = (
        "from locust.stats import RequestStats, StatsEntry; stats = RequestStats();"
        "assert callable(StatsEntry.extend); stats.entries, stats.total, stats.errors"
    )
    return subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def hdrhistogram_counts() -> bool:
    from hdrh.histogram import HdrHistogram  # noqa: PLC0415

    histogram = HdrHistogram(1, 60_000_000, 3)
    return all(hasattr(histogram, name) for name in ("counts", "counts_len", "encoder", "_counts_index_for"))


@pytest.mark.parametrize(
    ("library", "tried_on", "is_there"),
    [
        ("hypothesis", "6.170.15", hypothesis_seed_and_constants),
        ("uvicorn", "0.54.0", uvicorn_protocol),
        ("locust", "2.47.0", locust_entries),
        ("hdrhistogram", "0.10.8", hdrhistogram_counts),
    ],
)
def test_a_part_that_is_nobodys_promise_has_an_upper_bound_and_is_there(
    library: str, tried_on: str, is_there: Callable[[], bool]
) -> None:
    texts = [text for group in PROJECT["optional-dependencies"].values() for text in group]
    bounds = [needed.specifier for needed in map(Requirement, texts) if needed.name == library]
    assert bounds
    for bound in bounds:
        assert any(each.operator in {"<", "<="} for each in bound), f"{library} has no upper bound"
        assert bound.contains(tried_on)
        assert bound.contains(version(library))
    assert is_there()
