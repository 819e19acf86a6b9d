"""Seeding, inspecting, snapshots, the clock: a fake is repeatable and under control."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowgauge.errors import UsageError
from flowgauge.fake import Fake

STAGES = [{"delay": {"duration": "10s"}}, {"noop": {}}]


def filled(seed: int = 0) -> tuple[Fake, dict[str, Any], dict[str, Any]]:
    fake = Fake(seed=seed)
    flow = fake.create_flow(STAGES)
    return fake, flow, fake.create_run(flow["id"], {"a": "b"})


def test_ids_and_times_follow_from_the_seed() -> None:
    assert filled(1)[1:] == filled(1)[1:]
    assert filled(1)[1]["id"] != filled(2)[1]["id"]
    assert Fake(start=0.0).create_flow()["createdAt"] == "1970-01-01T00:00:00.000100Z"


def test_what_was_seeded_is_what_the_client_sees(typed: Any) -> None:
    fake, flow, run = filled()
    client = typed(fake)
    assert client.call("get_flow", flow["id"]).id == flow["id"]
    assert [r.id for r in client.call("list_runs", flow["id"]).data] == [run["id"]]


def test_what_the_client_did_can_be_inspected(typed: Any) -> None:
    fake = Fake()
    client = typed(fake)
    flow = client.call("create_workflow", {"stages": STAGES})
    run = client.call("run_workflow", flow.id, {"who": "me"})
    assert [f["config"]["stages"] for f in fake.flows()] == [STAGES]
    assert [r["id"] for r in fake.runs(flow.id)] == [run.id]


def test_a_run_moves_along_as_time_passes() -> None:
    fake, flow, run = filled()
    assert [s.get("terminatedAt") for s in run["statuses"]] == [None]
    fake.advance(10.1)
    statuses = fake.run(flow["id"], run["id"])["statuses"]
    assert len([s["terminatedAt"] for s in statuses]) == 2


def test_looking_does_not_move_the_clock() -> None:
    fake, flow, run = filled()
    before = fake.now
    for look in (fake.flows, lambda: fake.runs(flow["id"]), lambda: fake.run(flow["id"], run["id"])):
        look()
    assert fake.now == before


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), 1e12, 1e300, "1", None, True])
def test_a_step_that_no_clock_can_take_is_refused_and_moves_nothing(seconds: Any) -> None:
    fake = Fake()
    before = fake.now
    with pytest.raises(UsageError):
        fake.advance(seconds)
    assert fake.now == before


def test_time_does_not_run_backwards() -> None:
    with pytest.raises(UsageError, match="backwards"):
        Fake().advance(-1)


@given(st.lists(st.sampled_from(["flow", "run", "advance"]), max_size=6))
def test_after_a_restore_everything_happens_again(steps: list[str]) -> None:
    fake, flow, _ = filled()
    snapshot = fake.snapshot()

    def played() -> Any:
        for step in steps:
            if step == "flow":
                fake.create_flow()
            elif step == "run":
                fake.create_run(flow["id"])
            else:
                fake.advance(3.5)
        return fake.flows(), fake.runs(flow["id"]), fake.now

    first = played()
    fake.restore(snapshot)
    assert played() == first


def test_a_reset_fake_is_a_new_one(typed: Any) -> None:
    fake, flow, _ = filled()
    fake.fail_next(status=500)
    fake.reset()
    assert (fake.flows(), len(fake.journal)) == ([], 0)
    assert fake.create_flow(STAGES) == flow
    # Nothing is planned any more.
    assert typed(fake).call("list_flows")


def test_a_cleared_fake_goes_on_with_its_clock_and_its_ids() -> None:
    fake, flow, _ = filled()
    now = fake.now
    fake.clear()
    assert fake.flows() == []
    assert fake.now == now
    assert fake.create_flow(STAGES)["id"] != flow["id"]


def test_seeds_are_copies() -> None:
    stages: list[dict[str, Any]] = [{"noop": {}}]
    fake = Fake()
    flow = fake.create_flow(stages)
    stages[0]["noop"] = "changed"
    assert fake.flows()[0]["config"] == flow["config"] == {"stages": [{"noop": {}}]}


@pytest.mark.parametrize("stages", [["noop"], [None], [{"a": {1, 2}.union}]])
def test_seeds_that_the_api_would_refuse_are_refused(stages: Any) -> None:
    with pytest.raises(UsageError, match="no stages"):
        Fake().create_flow(stages)


def test_unknown_ids_are_told() -> None:
    fake, flow, _ = filled()
    for ask in (lambda: fake.runs("x"), lambda: fake.create_run("x"), lambda: fake.run(flow["id"], "x")):
        with pytest.raises(UsageError, match="'x'"):
            ask()
    with pytest.raises(UsageError, match="string"):
        fake.create_run(flow["id"], {"a": 1})  # type: ignore[dict-item]


def test_requests_of_one_instant_are_waited_for_together(typed: Any) -> None:
    fake, flow, _ = filled()
    client = typed(fake, timeout=60.0)
    before = fake.now
    with fake.one_instant():
        for _ in range(3):
            client.call("run_workflow", flow["id"], wait=True)
    assert fake.now - before == pytest.approx(10, abs=0.1)
    assert len({call.at for call in fake.journal}) == 1
