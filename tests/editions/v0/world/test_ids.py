"""Any string is a legal id to ask for: never a server error, never another resource."""

from urllib.parse import quote

import pytest
from asking import ID, ROOT, Asking
from hypothesis import example, given, settings
from hypothesis import strategies as st
from odd import ODD_IDS

STEADY = settings(max_examples=150, deadline=None, derandomize=True, database=None)


def paths(flow_id: str, run_id: str) -> list[tuple[str, str]]:
    flow = f"{ROOT}/flows/{flow_id}"
    return [
        ("GET", flow),
        ("GET", f"{flow}/runs"),
        ("POST", f"{flow}/runs"),
        ("GET", f"{flow}/runs/{run_id}"),
    ]


@pytest.mark.parametrize("odd", ODD_IDS, ids=lambda odd: odd[:24])
def test_an_odd_id_is_an_unknown_id(odd: str) -> None:
    server = Asking()
    flow_id = server.created()
    run_id = server.ran(flow_id)
    asked = [*paths(odd, odd), *paths(odd, run_id), ("GET", f"{ROOT}/flows/{flow_id}/runs/{odd}")]
    for method, path in asked:
        answer = server.ask(method, path)
        assert (answer.status, answer.json["errorCode"]) == (404, "VALIDATION"), (method, path)


@STEADY
@given(text=st.text(max_size=60) | st.binary(max_size=60))
@example(text="/")
@example(text="a/runs")
@example(text="\ud800")
def test_any_string_escaped_is_an_unknown_id(text: str | bytes) -> None:
    server = Asking()
    flow_id = server.created()
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    for method, path in paths(quote(raw, safe=""), quote(raw, safe="")):
        assert server.ask(method, path).status == 404
    assert server.runs(flow_id).json["cursor"]["data"] == []


def test_every_escaped_spelling_of_an_id_is_that_id() -> None:
    server = Asking()
    flow_id = server.created()
    run_id = server.ran(flow_id)
    for spell in ("".join(f"%{ord(c):02X}" for c in flow_id), "".join(f"%{ord(c):02x}" for c in flow_id)):
        assert server.flow(spell).data["id"] == flow_id
        assert server.occurrence(spell, run_id).data["id"] == run_id


@pytest.mark.parametrize("spell", ["{}%00", "{}%20", "%20{}", "{}/", "{}%2F", "{}?"])
def test_nearly_an_id_is_another_id(spell: str) -> None:
    server = Asking()
    path, _, query = spell.format(server.created()).partition("?")
    expected = 200 if spell.endswith("?") else 404
    assert server.ask("GET", f"{ROOT}/flows/{path}", query=query).status == expected


def test_an_id_is_not_looked_up_in_another_case() -> None:
    server = Asking()
    ids = [server.created() for _ in range(8)]
    spelt_otherwise = [i for i in ids if i.upper() != i]
    assert spelt_otherwise
    assert {server.flow(i.upper()).status for i in spelt_otherwise} == {404}


def test_a_run_is_unknown_under_another_workflow() -> None:
    server = Asking()
    own, other = server.created(), server.created()
    run_id = server.ran(own)
    assert server.occurrence(own, run_id).status == 200
    assert server.occurrence(other, run_id).status == 404
    assert server.occurrence(own, own).status == 404
    assert server.flow(run_id).status == 404


def test_ids_are_random_uuids_and_never_repeat() -> None:
    server = Asking()
    flow_ids = [server.created({"noop": {}}) for _ in range(50)]
    run_ids = [server.ran(flow_ids[0]) for _ in range(50)]
    ids = [*flow_ids, *run_ids]
    assert all(ID.fullmatch(i) and i[14] == "4" for i in ids)
    assert len(set(ids)) == 100


def test_ids_follow_from_the_seed() -> None:
    assert Asking(seed=5).created() == Asking(seed=5).created() != Asking(seed=6).created()
