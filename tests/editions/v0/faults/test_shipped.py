"""The server of February 2023, item by item and all at once.

A row: the fault, a question, the clean server's answer, and the faulty one's.
"""

from collections.abc import Callable
from typing import Any

import pytest
from asking import NO_ROWS, ROOT, Answer, Asking

from flowgauge.editions.v0.faults import FAULTS

GROUP = "as-shipped-2023"
NOOP: dict[str, Any] = {"noop": {}}
DELAY: dict[str, Any] = {"delay": {"duration": "1s"}}
PAYIN = {"source": "world", "destination": {"kind": "wallet", "wallet": "w1"}}
ODD_PAYIN = {"source": "world", "destination": {"kind": 1, "wallet": "w1"}}
UNKNOWN = "5b2ef2a0-6f06-4d0c-8d3b-1d1f5e0c9a01"
TEXT = "text/plain; charset=utf-8"
YAML = (("content-type", "text/vnd.yaml"),)
Row = tuple[str, Callable[[Asking], Any], Any, Any]


def plain(answer: Answer) -> tuple[int, str | None, str]:
    """Status, media type, and what an answer says, be it text or an Error."""
    text = answer.message if answer.media_type == "application/json" else answer.body.decode()
    return answer.status, answer.media_type, text


def error(answer: Answer) -> tuple[int, str, str]:
    return answer.status, answer.json["errorCode"], answer.message


def bare_run(s: Asking) -> tuple[str, str]:
    flow_id = s.created(NOOP)
    return flow_id, s.ran(flow_id)


def kept(stages: bytes) -> Callable[[Asking], bytes]:
    """How the text of some stages comes back when the workflow is read."""

    def ask(s: Asking) -> bytes:
        answer = s.flow(s.create(body=b'{"stages":' + stages + b"}").data["id"])
        return answer.body.partition(b'"stages":')[2].partition(b"},")[0]

    return ask


def sent_as(headers: tuple[tuple[str, str], ...], body: bytes) -> Callable[[Asking], int]:
    return lambda s: s.ask("POST", f"{ROOT}/flows", body, headers=headers).status


def message_of(text: str) -> Callable[[Asking], str]:
    """The error of a stage that fails with this message, run with a=1, b=2."""
    return lambda s: s.statuses({"fail": {"message": text}}, variables={"a": "1", "b": "2"})[0]["error"]


def chunked_run(s: Asking) -> str:
    flow_id = s.created({"fail": {"message": "${a}"}})
    answer = s.ask(
        "POST", f"{ROOT}/flows/{flow_id}/runs", {"a": "1"}, headers=[("transfer-encoding", "chunked")]
    )
    return str(answer.data["statuses"][0]["error"])


def runs_after_refused_start(s: Asking) -> int:
    flow_id = s.created()
    assert s.run(flow_id, {"a": 1}).status == 400
    return len(s.runs(flow_id).json["cursor"]["data"])


def first_page(s: Asking) -> tuple[int, int]:
    flow_id = s.created()
    for _ in range(20):
        s.run(flow_id)
    cursor = s.runs(flow_id, "pageSize=3").json["cursor"]
    return len(cursor["data"]), cursor["pageSize"]


def flow_by(spelling: Callable[[str], str]) -> Callable[[Asking], int]:
    return lambda s: s.flow(spelling(s.created())).status


def escaped_first(text: str) -> str:
    return f"%{ord(text[0]):02X}{text[1:]}"


def null_stages(s: Asking) -> list[Any]:
    answers = [s.create(body=body) for body in (b"{}", b"null", b'{"stages":null}')]
    return [answer.status if answer.status != 201 else answer.data["config"]["stages"] for answer in answers]


def precision(s: Asking) -> list[int]:
    flow_id = s.created()
    created, read = s.run(flow_id), s.runs(flow_id).json["cursor"]["data"][0]
    return [len(view[name]) for view in (created.data, read) for name in ("createdAt", "updatedAt")]


ROWS: list[Row] = [
    ("shipped-01-info-not-routed", lambda s: s.info().media_type, "application/json", TEXT),
    ("shipped-02-list-runs-without-cursor", lambda s: list(s.runs(s.created()).json), ["cursor"], ["data"]),
    (
        "shipped-03-listed-runs-without-statuses",
        lambda s: "statuses" in s.runs(bare_run(s)[0]).json["cursor"]["data"][0],
        True,
        False,
    ),
    (
        "shipped-03-started-run-without-statuses",
        lambda s: "statuses" in s.run(s.created(NOOP)).data,
        True,
        False,
    ),
    (
        "shipped-03-statuses-named-status",
        lambda s: [n for n in s.occurrence(*bare_run(s)).data if n.startswith("status")],
        ["statuses"],
        ["status"],
    ),
    ("shipped-04-null-stages-accepted", null_stages, [400] * 3, [None] * 3),
    (
        "shipped-05-internal-error-code",
        lambda s: error(s.occurrence(s.created(), UNKNOWN)),
        (404, "VALIDATION", "no such run of this workflow"),
        (500, "INTERNAL_ERROR", NO_ROWS),
    ),
    (
        "shipped-06-unknown-route-text",
        lambda s: plain(s.ask("GET", "/nowhere")),
        (404, "application/json", "no such route"),
        (404, TEXT, "404 page not found\n"),
    ),
    (
        "shipped-06-405-empty",
        lambda s: ((a := s.ask("PUT", f"{ROOT}/flows")).status, a.header("allow"), a.body != b""),
        (405, "GET, HEAD, OPTIONS, POST", True),
        (405, None, False),
    ),
    (
        "shipped-06-no-head-no-options",
        lambda s: [((a := s.ask(m, f"{ROOT}/flows")).status, a.header("allow")) for m in ("HEAD", "OPTIONS")],
        [(200, None), (204, "GET, HEAD, OPTIONS, POST")],
        [(405, "GET, POST"), (405, "GET, POST")],
    ),
    (
        "shipped-06-panic-is-empty-500",
        lambda s: ((a := s.create({"payin": ODD_PAYIN})).status, a.body != b""),
        (201, True),
        (500, False),
    ),
    (
        "shipped-07-unknown-id-500",
        lambda s: [
            error(s.flow(UNKNOWN))[::2],
            s.run(UNKNOWN).status,
            s.occurrence(s.created(), UNKNOWN).status,
        ],
        [(404, "no such workflow"), 404, 404],
        [(500, NO_ROWS), 500, 500],
    ),
    ("shipped-08-runs-of-unknown-flow-200", lambda s: s.runs(UNKNOWN).status, 404, 200),
    (
        "shipped-09-config-mistake-500",
        lambda s: [s.create(body=b).status for b in (b"{}", b'{"stages":[1]}', b"{", b'{"stages":[]}')],
        [400, 400, 400, 201],
        [500, 500, 400, 201],
    ),
    (
        "shipped-10-legal-stage-refused",
        lambda s: [s.create(stage).status for stage in (NOOP, {}, {"x": {}}, NOOP | DELAY, {"noop": 1})],
        [201] * 5,
        [201, 400, 400, 400, 400],
    ),
    (
        "shipped-11-wait-takes-anything",
        lambda s: [
            ((a := s.run(s.created(DELAY), query=f"wait={w}")).status, round(a.waited))
            for w in ("1", "TRUE", "banana", "true")
        ],
        [(400, 0)] * 3 + [(201, 1)],
        [(201, 1), (201, 1), (201, 0), (201, 1)],
    ),
    (
        "shipped-12-wait-does-not-wait",
        lambda s: [round(s.run(s.created(DELAY), query=f"wait={w}").waited) for w in ("true", "false")],
        [1, 0],
        [0, 0],
    ),
    ("shipped-13-statuses-invisible", lambda s: len(s.statuses(NOOP, NOOP)), 2, 0),
    ("shipped-14-null-variable-empty", lambda s: s.run(s.created(), {"a": None}).status, 400, 201),
    (
        "shipped-15-any-type-is-json",
        sent_as((("content-type", "image/png"),), b'{"stages":[]}'),
        415,
        201,
    ),
    ("shipped-15-yaml-accepted", sent_as(YAML, b"stages:\n- noop: {}\n"), 415, 201),
    ("shipped-15-trailing-garbage-accepted", sent_as((), b' {"stages":[]} xyz'), 400, 201),
    ("shipped-15-names-in-any-case", sent_as((), b'{"Stages":[{"noop":{}}]}'), 400, 201),
    ("shipped-16-201-in-other-precision", precision, [27, 27, 27, 27], [35, 35, 27, 27]),
    (
        "shipped-17-big-integers-inexact",
        kept(b'[{"a":9007199254740993,"b":[12345678901234567890123]}]'),
        b'[{"a":9007199254740993,"b":[12345678901234567890123]}]',
        b'[{"a":9007199254740992,"b":[1.2345678901234568e22]}]',
    ),
    (
        "shipped-17-whole-doubles-become-integers",
        kept(b'[{"a":1.0,"b":[1.5,2]}]'),
        b'[{"a":1.0,"b":[1.5,2]}]',
        b'[{"a":1,"b":[1.5,2]}]',
    ),
    (
        "shipped-17-nul-mangled",
        kept(rb'[{"a\u0000":"b\u0000c"}]'),
        rb'[{"a\u0000":"b\u0000c"}]',
        rb'[{"a\\u0000":"b\\u0000c"}]',
    ),
    ("shipped-18-two-variables-empty", message_of("x ${a} and ${b} y"), "x 1 and 2 y", "x  y"),
    ("shipped-18-unknown-variable-empty", message_of("x ${c} y"), "unknown variable 'c'", "x  y"),
    ("shipped-19-chunked-run-body-ignored", chunked_run, "1", "unknown variable 'a'"),
    ("shipped-20-failed-start-leaves-run", runs_after_refused_start, 0, 1),
    ("shipped-21-lists-unbounded", first_page, (3, 3), (20, 15)),
    (
        "shipped-22-payin-needs-capital",
        lambda s: [s.statuses({kind: PAYIN})[0].get("error") for kind in ("payin", "Payin")],
        [None, "unknown stage kind 'Payin'"],
        ["unknown stage kind 'payin'", None],
    ),
    ("shipped-23-odd-escapes-not-decoded", flow_by(escaped_first), 200, 404),
    ("shipped-23-trailing-nul-ignored", flow_by("{}%00".format), 404, 200),
    (
        "shipped-23-empty-id-handled",
        lambda s: [s.flow("").status, s.runs("").status, s.occurrence(s.created(), "").status],
        [404, 404, 404],
        [500, 200, 500],
    ),
    (
        "shipped-24-401-text",
        lambda s: ((a := s.ask("GET", f"{ROOT}/flows", token="x")).media_type, a.header("www-authenticate")),
        ("application/json", "Bearer"),
        (TEXT, None),
    ),
]
HIDDEN = {"shipped-17-whole-doubles-become-integers"}


@pytest.mark.parametrize(("name", "ask", "clean", "faulty"), ROWS, ids=[row[0] for row in ROWS])
def test_the_fault_does_what_the_item_says(
    name: str, ask: Callable[[Asking], Any], clean: Any, faulty: Any
) -> None:
    assert ask(Asking()) == clean
    assert ask(Asking(name)) == faulty
    assert clean != faulty


def test_all_twenty_four_items_are_there_and_each_has_a_row() -> None:
    names = {fault.name for fault in FAULTS.named([GROUP])}
    assert {name[:10] for name in names} == {f"shipped-{item:02}" for item in range(1, 25)}
    assert names == {row[0] for row in ROWS}
    assert {name for name in names if not FAULTS[name].is_observable} == HIDDEN


def test_a_panic_shows_beside_a_fault_that_brings_it_about() -> None:
    assert Asking("info-500").info().body != b""
    answer = Asking("info-500", "shipped-06-panic-is-empty-500").info()
    assert (answer.status, answer.reply.headers, answer.body) == (500, (), b"")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"stages: [{noop: {}}]", 201),
        (b"stages: [{1: 2020-01-01}]", 201),
        (b"stages: [", 400),
        (b"a: &a [1]\nstages: *a", 400),
        (b'stages: ["\\ud800"]', 400),
        (b"\xff", 400),
        (b"stages: [{? [a] : b}]", 400),
        (b"[" * 600, 400),
        (b'{"stages": []}', 201),
    ],
)
def test_yaml_that_json_cannot_carry_is_refused(body: bytes, status: int) -> None:
    assert sent_as(YAML, body)(Asking("shipped-15-yaml-accepted")) == status


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 5000, b'{"stages":[NaN]}x', b"1" * 5000 + b"x", b""])
def test_trailing_garbage_does_not_make_nonsense_legal(body: bytes) -> None:
    clean = sent_as((), body)(Asking())
    assert sent_as((), body)(Asking("shipped-15-trailing-garbage-accepted")) == clean
