"""The table of faults: what stands in it, how names are found, and that it leaves clean servers alone."""

import re
from typing import Any

import pytest
from asking import EXPIRED, ROOT, TOKEN, Asking, normalised
from odd import MALFORMED, ODD_IDS

from flowgauge.cli import main
from flowgauge.editions import edition_named
from flowgauge.editions.v0.faults import FAULTS
from flowgauge.editions.v0.world.inputs import FlowInputs
from flowgauge.editions.v0.world.views import Views
from flowgauge.editions.v0.world.world import FlowWorld
from flowgauge.errors import UsageError
from flowgauge.reference import World
from flowgauge.reference.world.inputs import MAX_BODY_BYTES, Inputs

UNKNOWN = "5b2ef2a0-6f06-4d0c-8d3b-1d1f5e0c9a01"
# Contract, section 3, in its order.
SEEDED_TEXT = """
info-500 info-empty create-200 unknown-flow-200-null unknown-flow-500 malformed-json-500 delete-200
405-without-allow success-text-plain error-html nan-in-json
info-no-version info-version-number created-at-not-rfc3339 no-updated-at page-size-0-when-empty
page-size-string stage-string no-cursor error-code-outside-enum statuses-null-when-empty
data-null-when-store-empty undeclared-field-leaks-secret
missing-stages-accepted non-object-stage-accepted non-string-variable-accepted wait-banana-accepted
empty-stages-refused absent-run-body-refused non-ascii-key-500 long-id-500 three-stages-one-empty-500
upgrade-drops-body
unknown-flow-200-fabricated create-not-persisted last-stage-dropped numbers-become-strings list-misses-newest
list-repeats-newest id-reused same-config-same-id run-readable-under-other-flow list-runs-mixes-flows
wrong-workflow-id run-of-unknown-flow-accepted wait-returns-early no-wait-blocks one-status-too-many
terminated-before-started timestamps-change-on-read updated-before-created finished-stage-unfinishes
has-more-without-next page-overfull next-loops
auth-ignored malformed-token-500 other-scheme-accepted
every-fifth-list-slow concurrent-create-lost hundred-and-first-create-500 every-fortieth-start-slow
"""
SEEDED = SEEDED_TEXT.split()


def bodies_of_creates() -> list[bytes]:
    return [
        b'{"stages":[{"noop":{}}]}',
        b'{"stages":[{"delay":{"duration":"1s"}},{"fail":{"message":"${a} and ${b}"}}]}',
        b'{"stages":[{"fail":{"message":"${c}"}}]}',
        b'{"stages":[{"noop":{}},{},{"noop":{}}]}',
        b'{"stages":[{"payin":{"source":"w","destination":{"kind":"wallet","wallet":"w1"}}}]}',
        '{"stages":[{"ключ":[1,1.0,12345678901234567890123,"\\u0000"]}]}'.encode(),
        b'{"stages":[{"noop":{}}]}',
        b"",
        b"null",
        b"{}",
        b'{"stages":null}',
        b'{"Stages":[]}',
        b'{"stages":[1]}',
        b'{"stages":[]} x',
        b"{",
        b'{"stages":[{"payin":{"source":"w","destination":{"kind":1,"wallet":"w1"}}}]}',
    ]


def drive(server: Asking) -> list[str]:
    """One script for every server. Whatever comes back, it asks the same, with the ids that came."""
    server.flows()
    server.info()
    ids = [server.created(), *(_id(server, body) for body in bodies_of_creates())]
    for content_type, body in (("text/vnd.yaml", b"stages: []"), ("image/png", b'{"stages":[]}')):
        server.ask("POST", f"{ROOT}/flows", body, headers=[("content-type", content_type)])
    for flow_id in (*ids[:8], UNKNOWN, "", "x" * 300, f"{ids[0]}%00", f"%{ord(ids[0][0]):02X}{ids[0][1:]}"):
        server.flow(flow_id)
        server.runs(flow_id)
        runs = [server.ran(flow_id, {"a": "1", "b": "2"}, query=query) for query in ("", "wait=true")]
        server.later(10)
        for run_id in (*runs, *runs, UNKNOWN):
            server.occurrence(flow_id, run_id)
            server.occurrence(ids[0], run_id)
        server.runs(flow_id)
    odd: list[tuple[Any, str]] = [({"a": None}, ""), ({"a": 1}, ""), ({}, "wait=1"), (b"[", ""), ({}, "")]
    for body, query in odd:
        server.run(ids[0], body, query=query)
    server.run(ids[0])
    server.ask("POST", f"{ROOT}/flows/{ids[3]}/runs", {"c": "3"}, headers=[("transfer-encoding", "chunked")])
    server.ask("POST", f"{ROOT}/flows", {"stages": [{"noop": {}}]}, headers=[("upgrade", "h2c")])
    for _ in range(20):
        server.run(ids[0])
    for query in ("", "pageSize=3"):
        _walk(server, ids[0], query)
    for method in ("HEAD", "OPTIONS", "DELETE", "PUT"):
        server.ask(method, f"{ROOT}/flows/{ids[0]}")
    server.ask("GET", "/nowhere")
    for value in (None, "Bearer", f"Basic {TOKEN}", f"bearer {TOKEN}", f"Bearer {EXPIRED}"):
        headers = [("authorization", value)] if value else []
        server.ask("GET", f"{ROOT}/flows", token=None, headers=headers)
    for k in range(3):
        server.answer_at(server.now + k * 0.001, "POST", f"{ROOT}/flows", {"stages": []})
    server.later(5)
    for _ in range(100):
        server.create()
    for _ in range(5):
        server.flows()
    return normalised(server.seen)


def _id(server: Asking, body: bytes) -> str:
    try:
        return str(server.create(body=body).data["id"])
    except (ValueError, KeyError, TypeError):
        return "none"


def _walk(server: Asking, flow_id: str, query: str) -> None:
    for _ in range(12):
        try:
            query = f"cursor={server.runs(flow_id, query).json['cursor']['next']}"
        except (ValueError, KeyError, TypeError):
            return


def with_one_spelling_of_whole_numbers(lines: list[str]) -> list[str]:
    """The transcript as a reader of JSON has it: 1.0 and 1 are one number."""
    return [re.sub(r"(?<=[\[:,])(\d+)\.0(?=[,\]}])", r"\1", line) for line in lines]


CLEAN = drive(Asking())


@pytest.mark.parametrize("name", [name for name, known in FAULTS.items() if known.is_observable])
def test_one_script_tells_every_fault_from_the_clean_server(name: str) -> None:
    assert drive(Asking(name)) != CLEAN


@pytest.mark.parametrize("name", [name for name, known in FAULTS.items() if not known.is_observable])
def test_a_hidden_fault_is_hidden_and_says_why(name: str) -> None:
    seen = drive(Asking(name))
    assert with_one_spelling_of_whole_numbers(seen) == with_one_spelling_of_whole_numbers(CLEAN)
    assert FAULTS[name].hidden_because


def test_faults_leave_other_servers_alone() -> None:
    before = [dict(vars(owner)) for owner in (World, FlowWorld, Inputs, FlowInputs, Views)]
    for name in FAULTS:
        Asking(name)
    assert [dict(vars(owner)) for owner in (World, FlowWorld, Inputs, FlowInputs, Views)] == before
    assert drive(Asking()) == CLEAN


@pytest.mark.parametrize("seed", [1, 2])
def test_the_transcript_does_not_hang_on_the_seed(seed: int) -> None:
    # Cursors hold ids, and the lists that a fault puts in the order of their ids are not asked for here.
    def without_cursors(lines: list[str]) -> list[str]:
        return [line for line in lines if "cursor" not in line]

    assert without_cursors(drive(Asking(seed=seed))) == without_cursors(CLEAN)


def test_the_table_holds_the_names_of_the_contract() -> None:
    assert [
        fault.name for fault in FAULTS.values() if fault.group == "seeded" and fault.name not in SEEDED
    ] == []
    assert [name for name in SEEDED if name not in FAULTS] == []
    assert len(SEEDED) == len(set(SEEDED)) == 62


def test_each_fault_names_an_operation_and_says_a_sentence() -> None:
    known = {op.id for op in edition_named().operations} | {"any"}
    for entry in FAULTS.values():
        assert entry.operation in known, entry.name
        assert entry.sentence.endswith("."), entry.name
        assert len(entry.sentence) < 100, entry.name


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("info-50", "did you mean info-500?"),
        ("as-shipped", "did you mean as-shipped-2023?"),
        ("zzzzzzzz", "`flowgauge faults` lists them all"),
        ("", "`flowgauge faults` lists them all"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(name: str, hint: str) -> None:
    with pytest.raises(UsageError) as refused:
        Asking("create-200", name)
    assert refused.value.hint == hint
    assert repr(name) in refused.value.message


def test_a_group_stands_for_its_faults_in_order() -> None:
    names = [entry.name for entry in FAULTS.named(["create-200", "as-shipped-2023"])]
    assert names[0] == "create-200"
    assert names[1:] == sorted(name for name, known in FAULTS.items() if known.group == "as-shipped-2023")


def test_a_fault_that_is_named_twice_is_switched_on_once() -> None:
    # Twice, every second look would find the run as it is.
    name = "finished-stage-unfinishes"
    assert drive(Asking(name, "seeded", name)) == drive(Asking("seeded"))
    assert drive(Asking(name, name)) == drive(Asking(name))
    twice = [known.name for known in FAULTS.named([name, "create-200", name])]
    assert twice == [name, "create-200"]


def test_faults_meet() -> None:
    both = Asking("create-200", "list-repeats-newest")
    assert both.create().status == 200
    assert len(both.flows().data) == 2


@pytest.mark.parametrize("name", FAULTS)
def test_no_fault_breaks_beside_others(name: str) -> None:
    assert drive(Asking(name, "as-shipped-2023"))
    assert drive(Asking("create-200", "next-loops", "no-cursor", "nan-in-json", name))


@pytest.mark.parametrize("name", [*FAULTS, "as-shipped-2023"])
def test_a_faulty_server_answers_odd_requests_too(name: str) -> None:
    server = Asking(name)
    flow_id = server.created()
    bodies = [*MALFORMED, b"null", b"[]", b"{}", b'{"stages":[1]}', b'{"a":1}', b"x" * (MAX_BODY_BYTES + 1)]
    for body in bodies:
        server.create(body=body)
        server.run(flow_id, body)
    for odd in ODD_IDS:
        server.flow(odd)
        server.runs(odd, f"cursor={odd}")
        server.runs(flow_id, f"pageSize={odd}&cursor=")
        server.run(odd, query=f"wait={odd}")
        server.occurrence(odd, odd)
        server.occurrence(flow_id, odd)
        for method in ("GET", "HEAD", "PUT"):
            server.ask(method, f"/{odd}", token=None, headers=[("authorization", odd)])
    assert {status for _, _, _, status, *_ in server.seen} <= {200, 201, 400, 401, 404, 405, 413, 415, 500}


def test_the_command_lists_every_fault(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["faults"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(FAULTS)
    for line, known in zip(lines, sorted(FAULTS.values(), key=lambda f: (f.group, f.name)), strict=True):
        assert line.split()[:3] == [known.name, known.operation, known.kind]
        assert known.sentence in line
        assert (known.hidden_because or "") in line


def test_the_command_lists_one_group(capsys: pytest.CaptureFixture[str]) -> None:
    main(["faults", "--group", "as-shipped-2023"])
    assert all(line.startswith("shipped-") for line in capsys.readouterr().out.splitlines())


def test_a_group_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["faults", "--group", "sedeed"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == (
        "flowgauge: no fault is in group 'sedeed'\n  hint: the groups are as-shipped-2023 and seeded\n"
    )


def test_the_list_fits_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert main(["faults"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) < 80
    assert [line.split()[0] for line in lines if not line.startswith(" ")] == [
        known.name for known in sorted(FAULTS.values(), key=lambda f: (f.group, f.name))
    ]
    assert "    A create answers 200 where the contract says 201." in lines
