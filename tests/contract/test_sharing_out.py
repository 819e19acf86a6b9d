"""How long tests are cut up, which goes first, and how many workers a target gets."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from broken_target import V0

from flowgauge.client.connection import Connection
from flowgauge.contract.session.crew import crew_of, in_order, left_in_round
from flowgauge.contract.settings import Settings
from flowgauge.contract.shares import SHARES, share_of
from flowgauge.contract.targets.world import WorldTarget
from flowgauge.editions import world_part
from flowgauge.results import Exchange, Request


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 163, 667])
def test_the_shares_are_the_whole(count: int) -> None:
    shares = [share_of(share, range(count)) for share in SHARES]
    assert sorted(n for share in shares for n in share) == list(range(count))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("first", [8, 20, 80])
def test_whatever_comes_first_of_a_share_is_from_everywhere(share: int, first: int) -> None:
    of_each_quarter = [0, 0, 0, 0]
    for n in share_of(share, range(400))[:first]:
        of_each_quarter[n // 100] += 1
    assert min(of_each_quarter) >= first // 4 - 2


def item(file: str, share: int | None = None, *marks: str) -> Any:
    own = {} if share is None else {"callspec": SimpleNamespace(params={"share": share})}
    return SimpleNamespace(
        path=Path(file),
        nodeid=f"{file}[{share}]",
        get_closest_marker=lambda name: name if name in marks else None,
        **own,
    )


def test_a_share_of_every_family_comes_before_the_second_of_any_and_what_looks_back_last() -> None:
    items = [
        item("test_time.py", None, "alone"),
        item("test_volume.py", 1),
        item("test_input.py", 1),
        item("test_edition.py"),
        item("test_input.py", 0),
    ]
    ordered = in_order(items)
    assert [i.nodeid for i in ordered] == [
        "test_input.py[0]",
        "test_edition.py[None]",
        "test_input.py[1]",
        "test_volume.py[1]",
        "test_time.py[None]",
    ]


def test_what_is_left_of_a_round_shares_what_is_left_of_time() -> None:
    ordered = [item("test_input.py", 0), item("test_edition.py"), item("test_input.py", 1)]
    left = left_in_round(ordered)
    assert [left[i.nodeid] for i in ordered] == [2, 1, 1]


class Far(WorldTarget):
    """A world whose answers take so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(world_part())
        self._seconds = seconds

    def send(self, request: Request) -> Exchange:
        exchange = super().send(request)
        return Exchange(None, request, exchange.response, 0.0, self._seconds)


ELSEWHERE = Connection("http://elsewhere", "t")


@pytest.mark.parametrize(
    ("settings", "seconds", "workers"),
    [
        (Settings(), 0.1, 1),
        (Settings(connection=ELSEWHERE), 0.0008, 1),
        (Settings(connection=ELSEWHERE), 0.02, 8),
        (Settings(connection=ELSEWHERE), 0.1, 16),
        (Settings(connection=ELSEWHERE, workers=3), 0.1, 3),
        (Settings(workers=2), 0.0, 2),
    ],
)
def test_a_far_target_gets_workers(settings: Settings, seconds: float, workers: int) -> None:
    assert crew_of(settings, Far(seconds), V0) == workers
