"""The gates file: what it may hold, and that every fault is named before anything runs."""

import re
from pathlib import Path

import pytest

from flowgauge.errors import ExpressionError, UsageError
from flowgauge.gates import comparisons, gate_measures, parse, parse_gates, read_gates

REPOSITORY = Path(__file__).parents[2]


def test_a_gate_takes_its_name_from_its_expression_unless_it_has_one():
    first, second = parse_gates(
        """
        [[gate]]
        expect = "run.p99 < 250ms"
        reason = "why"
        [[gate]]
        name = "few errors"
        expect = "errors < 0.1%"
        severity = "warn"
        """
    )
    assert (first.name, first.severity, first.reason) == ("run.latency.p99 < 250ms", "fail", "why")
    assert (second.name, second.severity, second.source) == ("few errors", "warn", "errors < 0.1%")


def test_a_blank_name_is_none_and_a_byte_order_mark_no_fault(tmp_path):
    path = tmp_path / "gates.toml"
    path.write_bytes(b"\xef\xbb\xbf[[gate]]\nname = '  '\nexpect = 'errors == 0'\n")
    assert [gate.name for gate in read_gates(path)] == ["errors.ratio == 0"]


def test_a_file_may_name_the_operations_of_another_scenario():
    [gate] = parse_gates(
        """
        [measures]
        operations = ["checkout"]
        durations = ["cart_to_paid"]
        [[gate]]
        expect = "all(checkout.p99 < 1s, cart_to_paid.p95 < 3s)"
        """
    )
    assert gate.name == "all(checkout.latency.p99 < 1s, cart_to_paid.p95 < 3s)"


FAULTY = [
    ("", "holds no gate"),
    ("gate = 3", "not a list of tables"),
    ("gate = [3]", "not a list of tables"),
    ("[gate]\nexpect = 'errors == 0'", "not a list of tables"),
    ("[[gates]]\nexpect = 'errors == 0'", "did you mean 'gate'"),
    ("[[gate]]\nexpct = 'errors == 0'", "did you mean 'expect'"),
    ("[[gate]]\nreason = 'none'", "expects nothing"),
    ("[[gate]]\nexpect = '  '", "expects nothing"),
    ("[[gate]]\nexpect = 3", "`expect` is not a text"),
    ("[[gate]]\nexpect = 'errors == 0'\nseverity = 'Fail'", "neither fail nor warn"),
    ("[[gate]]\nexpect = 'errors == 0'\n[[gate]]\nexpect = 'errors.ratio == 0'", "two gates are called"),
    ("[measures]\noperations = 'run'\n[[gate]]\nexpect = 'errors == 0'", "not a list of names"),
    ("[measures]\noperation = ['run']\n[[gate]]\nexpect = 'errors == 0'", "did you mean 'operations'"),
    ("measures = 1\n[[gate]]\nexpect = 'errors == 0'", "not a table"),
    ("[measures]\noperations = ['errors']\n[[gate]]\nexpect = 'errors == 0'", "cannot name an operation"),
    ("[measures]\noperations = ['a.b']\n[[gate]]\nexpect = 'errors == 0'", "cannot name an operation"),
    ("[[gate]\nexpect", "is not TOML"),
    ("[[gate]]\nexpect = 'errors == 0'\nexpect = 'errors != 0'", "is not TOML"),
    ("a = " + "[" * 10_000, "is not TOML"),
]


@pytest.mark.parametrize(("text", "message"), FAULTY)
def test_a_faulty_file_is_refused_with_what_is_wrong(text, message):
    with pytest.raises(UsageError) as caught:
        parse_gates(text, origin="some.toml")
    assert message in str(caught.value)
    assert "some.toml" in str(caught.value) or "cannot name" in message


def test_every_faulty_expression_is_named_at_once():
    with pytest.raises(ExpressionError) as caught:
        parse_gates(
            "[[gate]]\nexpect = 'run.p9x < 1s'\n"
            "[[gate]]\nexpect = 'errors < 1'\n"
            "[[gate]]\nexpect = 'errors == 0'"
        )
    text = str(caught.value)
    assert "gate 1, column 1" in text
    assert "gate 2, column 10" in text
    assert "gate 3" not in text


def test_a_file_that_is_not_there_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="does not exist"):
        read_gates(tmp_path / "none.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="cannot be read"):
        read_gates(tmp_path / "binary.toml")


def test_the_repositorys_own_gates_parse_and_say_why():
    gates = read_gates(REPOSITORY / "reports" / "gates.toml")
    assert all(gate.reason for gate in gates)
    subjects = {c.measure.subject for gate in gates for c in comparisons(gate.expression)}
    assert subjects == {"contract", "server", "generator", "truth"}


def test_the_expressions_of_the_page_parse():
    text = (REPOSITORY / "docs" / "gates.md").read_text(encoding="utf-8")
    table = text.split("| expression | says |")[1].split("\n\n")[0]
    cells = [row.split("|")[1] for row in table.splitlines()[2:] if row.startswith("|")]
    sources = [source for cell in cells for source in re.findall(r"`([^`]*[<>=][^`]*)`", cell)]
    assert len(sources) >= 9
    for source in sources:
        parse(source, gate_measures())
