"""The named situations of `fixtures/` as the typed client meets them, and the golden payloads."""

import ast
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from flowgauge import __version__
from flowgauge.client import Client, NotFound, Polling, Retry, RunUnfinished, ServerError
from flowgauge.editions import edition_named
from flowgauge.fake import Fake

DOCUMENT = edition_named().document
GOLDEN = Path(__file__).parents[4] / "fixtures" / "golden"
STAGES = 3


def test_an_empty_store(situations: Any, typed: Any) -> None:
    client = typed(situations.empty_store().fake)
    assert client.call("list_flows") == ()
    with pytest.raises(NotFound):
        client.call("get_flow", "any")


def test_a_run_in_progress(situations: Any, typed: Any) -> None:
    it = situations.run_in_progress()
    client = typed(it.fake)
    run = client.call("get_workflow_occurrence", it.flow_id, it.run_id)
    assert [status.is_terminated for status in run.statuses] == [True, False]
    assert not run.is_terminal(STAGES)
    it.fake.advance(5.1)
    assert client.call("get_workflow_occurrence", it.flow_id, it.run_id).is_terminal(STAGES)


def test_polling_ends_on_the_fakes_clock(situations: Any, typed: Any) -> None:
    it = situations.run_in_progress()
    client = typed(it.fake)
    with pytest.raises(RunUnfinished):
        client.call("run_and_wait", it.flow_id, {"name": "Ada"}, polling=Polling(limit=9))
    run = client.call("run_and_wait", it.flow_id, {"name": "Ada"}, polling=Polling(limit=11))
    assert len(run.statuses) == STAGES


def test_a_failed_run(situations: Any, typed: Any) -> None:
    it = situations.failed_run()
    run = typed(it.fake).call("get_workflow_occurrence", it.flow_id, it.run_id)
    assert run.is_terminal(STAGES)
    assert [status.error for status in run.statuses] == [None, "insufficient funds"]


def test_many_pages(situations: Any, typed: Any) -> None:
    it = situations.many_pages()
    runs = typed(it.fake).call("iter_runs", it.flow_id)
    assert [run.id for run in runs] == [run["id"] for run in it.fake.runs(it.flow_id)]
    it.fake.assert_called("listRuns", times=situations.PAGES)


def test_a_server_in_trouble(situations: Any, typed: Any) -> None:
    def answers(retry: Retry | None) -> list[bool]:
        client, came = typed(situations.server_in_trouble().fake, retry=retry), []
        for _ in range(60):
            try:
                client.call("list_flows")
                came.append(True)
            except ServerError:
                came.append(False)
        return came

    alone = answers(None)
    assert 5 <= alone.count(False) <= 35
    assert answers(None) == alone
    assert answers(Retry(attempts=12)).count(False) == 0


def test_every_situation_is_met_by_a_test_of_the_client(situations: Any) -> None:
    met = {
        node.attr
        for test in ast.parse(Path(__file__).read_text("utf-8")).body
        if isinstance(test, ast.FunctionDef) and "typed" in {a.arg for a in test.args.args}
        for node in ast.walk(test)
        if isinstance(node, ast.Attribute)
    }
    assert set(situations.SITUATIONS) <= met


def test_each_situation_is_fresh(situations: Any) -> None:
    for make in situations.SITUATIONS.values():
        first, second = make(), make()
        assert first.fake is not second.fake
        assert first.fake.flows() == second.fake.flows()


@pytest.mark.parametrize("operation_id", [op.id for op in DOCUMENT.operations])
def test_a_golden_payload_keeps_the_document(operation_id: str) -> None:
    golden = json.loads((GOLDEN / f"{operation_id}.json").read_text())
    row = DOCUMENT.operation(operation_id)
    assert golden["response"]["status"] == row.success
    assert (
        DOCUMENT.response_violations(operation_id, row.success, golden["response"]["body"], closed=True) == ()
    )
    body = golden["request"]["body"]
    assert (body is None) == (row.request_schema is None)
    if body is not None:
        assert DOCUMENT.request_violations(operation_id, body) == ()


def test_no_golden_payload_is_left_over() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == {op.id for op in DOCUMENT.operations}


def test_the_fake_still_answers_with_the_golden_payloads() -> None:
    fake = Fake(seed=7)
    goldens = [json.loads(path.read_text()) for path in GOLDEN.glob("*.json")]
    with httpx.Client(transport=fake.transport(), base_url=fake.url, headers=fake.headers) as client:
        for golden in sorted(goldens, key=lambda golden: golden["order"]):
            sent = golden["request"]
            fake.advance(golden["after"])
            answer = client.request(sent["method"], sent["target"], json=sent["body"])
            expected = golden["response"]["body"]
            if "version" in expected:
                expected["version"] = __version__
            assert (answer.status_code, answer.json()) == (golden["response"]["status"], expected)


READS = {
    "orchestrationgetServerInfo": ("get_server_info", ()),
    "listFlows": ("list_flows", ()),
    "createWorkflow": ("create_workflow", ({"stages": []},)),
    "getFlow": ("get_flow", ("a",)),
    "listRuns": ("list_runs", ("a",)),
    "runWorkflow": ("run_workflow", ("a",)),
    "getWorkflowOccurrence": ("get_workflow_occurrence", ("a", "b")),
}


@pytest.mark.parametrize("operation_id", READS)
def test_the_typed_client_reads_every_golden_payload(operation_id: str) -> None:
    golden = json.loads((GOLDEN / f"{operation_id}.json").read_text())["response"]
    transport = httpx.MockTransport(lambda _: httpx.Response(golden["status"], json=golden["body"]))
    name, arguments = READS[operation_id]
    with Client("http://server.test", transport=transport) as client:
        assert getattr(client, name)(*arguments)
