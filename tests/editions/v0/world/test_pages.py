"""Pages of runs: each walk meets everything that was there when it began, once."""

import base64

import pytest
from asking import Asking
from hypothesis import given, settings
from hypothesis import strategies as st

STEADY = settings(max_examples=80, deadline=None, derandomize=True, database=None)


def filled(count: int) -> tuple[Asking, str, list[str]]:
    """A server, a workflow, and the ids of its runs, newest first."""
    server = Asking()
    flow_id = server.created()
    return server, flow_id, [server.ran(flow_id) for _ in range(count)][::-1]


def ids(cursor: dict[str, list[dict[str, str]]]) -> list[str]:
    return [run["id"] for run in cursor["data"]]


@STEADY
@given(
    count=st.integers(0, 40),
    size=st.none() | st.integers(1, 20),
    added=st.lists(st.integers(0, 5), max_size=8),
)
def test_a_walk_meets_what_was_there_at_its_start_exactly_once(
    count: int, size: int | None, added: list[int]
) -> None:
    server, flow_id, there = filled(count)
    met: list[str] = []
    for number, cursor in enumerate(server.walk(flow_id, f"pageSize={size}" if size else "")):
        assert cursor["pageSize"] == (size or 15)
        assert cursor["hasMore"] == ("next" in cursor)
        assert len(cursor["data"]) == cursor["pageSize"] or not cursor["hasMore"]
        # Runs were added only after the first page, so that page alone has nothing before it.
        assert ("previous" in cursor) == (number > 0)
        met += ids(cursor)
        for _ in range(added[number] if number < len(added) else 0):
            server.run(flow_id)
    assert met == there


@STEADY
@given(size=st.integers(1, 8), more=st.integers(1, 20), added=st.integers(0, 10))
def test_a_walk_by_previous_goes_back_and_on_to_what_is_new(size: int, more: int, added: int) -> None:
    server, flow_id, there = filled(size + more)
    forward = list(server.walk(flow_id, f"pageSize={size}"))
    new = [server.ran(flow_id) for _ in range(added)][::-1]
    back = [forward[-1]]
    while "previous" in back[-1]:
        back.append(server.runs(flow_id, f"cursor={back[-1]['previous']}").json["cursor"])
    assert [i for cursor in reversed(back) for i in ids(cursor)] == new + there
    # What was whole pages forward is the same pages back.
    assert [ids(c) for c in back[: len(forward) - 1]] == [ids(c) for c in forward[:0:-1]]


def test_a_size_beside_a_cursor_wins() -> None:
    server, flow_id, there = filled(10)
    cursor = server.runs(flow_id, "pageSize=2").json["cursor"]["next"]
    page = server.runs(flow_id, f"cursor={cursor}&pageSize=5").json["cursor"]
    assert (page["pageSize"], ids(page)) == (5, there[2:7])


def test_the_same_cursor_gives_the_same_page() -> None:
    server, flow_id, there = filled(5)
    cursor = server.runs(flow_id, "pageSize=2").json["cursor"]["next"]
    for _ in range(3):
        server.run(flow_id)
        assert ids(server.runs(flow_id, f"cursor={cursor}").json["cursor"]) == there[2:4]


@pytest.mark.parametrize(("size", "found"), [(1, 1), (15, 15), (999, 20), (1000, 20)])
def test_sizes_from_1_to_1000_are_legal(size: int, found: int) -> None:
    server, flow_id, _ = filled(20)
    cursor = server.runs(flow_id, f"pageSize={size}").json["cursor"]
    assert (cursor["pageSize"], len(cursor["data"])) == (size, found)


@pytest.mark.parametrize(
    "query",
    [
        "pageSize=0",
        "pageSize=-1",
        "pageSize=1001",
        "pageSize=10000",
        "pageSize=",
        "pageSize=ten",
        "pageSize=1.0",
        "pageSize=1e2",
        "pageSize=%2B1",
        "pageSize=01",
        "pageSize=%D9%A3",
        "pageSize=5%0A",
        "pageSize=5&pageSize=5",
        "cursor=",
        "cursor=x",
        "cursor=%FF",
        "cursor=!!!!",
        "cursor=a&cursor=a",
    ],
)
def test_another_size_or_cursor_is_a_400(query: str) -> None:
    server, flow_id, _ = filled(1)
    answer = server.runs(flow_id, query)
    assert (answer.status, answer.json["errorCode"]) == (400, "VALIDATION")


def test_a_cursor_is_of_one_workflow() -> None:
    server, flow_id, _ = filled(3)
    cursor = server.runs(flow_id, "pageSize=1").json["cursor"]["next"]
    assert server.runs(server.created(), f"cursor={cursor}").status == 400
    for damaged in (cursor[:-2], cursor + "=", cursor + "A", cursor[:9] + "%0A" + cursor[9:], cursor.upper()):
        assert server.runs(flow_id, f"cursor={damaged}").status == 400


@pytest.mark.parametrize(
    "place",
    [
        '["{}","older",5,0]',
        '["{}","older",5,-3]',
        '["{}","older",5,1001]',
        '["{}","older",-1,3]',
        '["{}","older",1.5,3]',
        '["{}","older","1",3]',
        '["{}","older",5]',
        '["{}","sideways",5,3]',
        '["x","older",5,3]',
        '["{}","older",9,3]',
        '["{}","newer",9,3]',
        '["{}","older",5,3,1]',
        '["{}", "older",5,3]',
        '["{}","older",5,3]' + " ",
        '["{}","older",5,3,' + "[" * 5000 + "]" * 5001,
        "[" * 5000,
        "[]",
        "{{}}",
        "",
    ],
)
def test_a_cursor_that_the_server_never_gave_out_is_a_400(place: str) -> None:
    server, flow_id, _ = filled(8)
    cursor = base64.urlsafe_b64encode(place.format(flow_id).encode()).decode().rstrip("=")
    assert server.runs(flow_id, f"cursor={cursor}").status == 400


def test_a_cursor_of_before_a_reset_is_harmless() -> None:
    server, flow_id, _ = filled(3)
    cursor = server.runs(flow_id, "pageSize=1").json["cursor"]["next"]
    server.world.reset()
    assert server.runs(flow_id, f"cursor={cursor}").status == 404
