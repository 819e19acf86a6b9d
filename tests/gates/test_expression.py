"""The grammar, as a table: what parses, to what, and how each slip is answered."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowgauge.errors import ExitCode, ExpressionError
from flowgauge.gates import Combination, Comparison, comparisons, gate_measures, parse

CATALOGUE = gate_measures()

LEGAL = [
    # source, canonical form, threshold in the measure's own unit
    ("run.latency.p99 < 250ms", "run.latency.p99 < 250ms", 0.25),
    ("run_to_terminal.p95 < 1.2s", "run_to_terminal.p95 < 1.2s", 1.2),
    ("errors.ratio < 0.1%", "errors.ratio < 0.1%", 0.001),
    ("arrivals.delivered >= 99%", "arrivals.delivered >= 99%", 0.99),
    ("schedule_lag.p99 < 5ms", "schedule_lag.p99 < 5ms", 0.005),
    ("contract.findings == 0", "contract.findings == 0", 0.0),
    ("contract.fault_score == 100%", "contract.fault_score == 100%", 1.0),
    ("run.p99 < 250ms", "run.latency.p99 < 250ms", 0.25),
    ("errors < 0.1%", "errors.ratio < 0.1%", 0.001),
    ("run.errors < 0.1%", "run.errors.ratio < 0.1%", 0.001),
    ("create.service.p99.9<=800us", "create.service.p99.9 <= 800us", 0.0008),
    ("create.service.p50 <= 800 µs", "create.service.p50 <= 800us", 0.0008),
    ("create.service.p50 <= 800μs", "create.service.p50 <= 800us", 0.0008),  # the Greek letter
    ("  run.max\t<  2s ", "run.latency.max < 2s", 2.0),
    ("run.mean > 0", "run.latency.mean > 0", 0.0),
    ("requests.rate >= 100/s", "requests.rate >= 100/s", 100.0),
    ("contract.cases != 0", "contract.cases != 0", 0.0),
    ("run.p99 < 250ms for 10s", "run.latency.p99 < 250ms for 10s", 0.25),
    ("run.p99 < 250ms for 2m", "run.latency.p99 < 250ms for 120s", 0.25),
]


@pytest.mark.parametrize(("source", "canonical", "threshold"), LEGAL)
def test_a_comparison_is_read_in_the_unit_of_its_measure(source, canonical, threshold):
    parsed = parse(source, CATALOGUE)
    assert isinstance(parsed, Comparison)
    assert (str(parsed), parsed.threshold) == (canonical, threshold)


@pytest.mark.parametrize("source", [source for source, _, _ in LEGAL])
def test_the_canonical_form_means_the_same(source):
    parsed = parse(source, CATALOGUE)
    again = parse(str(parsed), CATALOGUE)
    assert (again.threshold, again.window, str(again)) == (parsed.threshold, parsed.window, str(parsed))


def test_gates_combine_and_nest():
    parsed = parse("any(errors == 0, all(run.p50 < 1ms, contract.findings == 0))", CATALOGUE)
    assert isinstance(parsed, Combination)
    assert (parsed.kind, len(parsed.parts)) == ("any", 2)
    assert [c.measure.name for c in comparisons(parsed)] == [
        "errors.ratio",
        "run.latency.p50",
        "contract.findings",
    ]


ILLEGAL = [
    # source, column, part of the message, part of the hint
    ("", 1, "the gate ends", "run.latency.p99 < 250ms"),
    ("   ", 1, "the gate ends", "run.latency.p99 < 250ms"),
    ("run.latncy.p99 < 250ms", 1, "no measure 'run.latncy.p99'", "run.latency.p99"),
    ("run.latency < 250ms", 1, "no measure 'run.latency'", "run.latency.p50"),
    ("run.p101 < 1s", 1, "no measure", "run.p"),
    ("run.p0 < 1s", 1, "no measure", "run.p"),
    ("RUN.P99 < 1s", 1, "no measure", ""),
    ("run.p99", 8, "an operator after 'run.p99'", "<="),
    ("run.p99 = 3ms", 9, "'='", "write =="),
    ("run.p99 => 3ms", 9, "'=>'", "write >="),
    ("run.p99 ≤ 3ms", 9, "operator", "write <="),
    ("run.p99 < ", 10, "the gate ends where a number should", "250ms"),
    ("run.p99 < -5ms", 11, "a number", "negative"),
    ("run.p99 < .5s", 11, "a number", "250ms"),
    ("run.p99 < nan", 11, "'nan'", "250ms"),
    ("run.p99 < inf", 11, "'inf'", "250ms"),
    ("run.p99 < 1e3ms", 12, "no unit 'e3ms'", "250ms"),
    ("run.p99 < 250", 11, "without its unit", "250ms"),
    ("errors < 1", 10, "without its unit", "0.1%"),
    ("errors < 5ms", 10, "does not count in 'ms'", "0.1%"),
    ("run.p99 < 5%", 11, "does not count in '%'", "250ms"),
    ("contract.findings == 0%", 22, "does not count in '%'", "plain number"),
    ("run.p99 < 250msec", 14, "no unit 'msec'", "250ms"),
    ("run.p99 < 250ms run.p50 < 1ms", 17, "follows a complete gate", "all("),
    ("run.p99 < 250ms && errors == 0", 17, "follows a complete gate", "all("),
    ("errors < 1% for 10s", 13, "one value for the whole run", "run.latency.p99"),
    ("run.p99 < 1s for", 17, "the length of a window", "for 10s"),
    ("run.p99 < 1s for 10", 20, "the unit of the window", "for 10s"),
    ("run.p99 < 1s for 10ms", 20, "the unit of the window", "for 10s"),
    ("run.p99 < 1s for 0s", 18, "whole seconds", "for 10s"),
    ("run.p99 < 1s for 1.5s", 18, "whole seconds", "for 10s"),
    ("run.p99 < 1s for 2000m", 18, "whole seconds", "for 10s"),
    ("both(errors == 0, run.p99 < 1s)", 1, "'both' combines nothing", "all("),
    ("all()", 5, "a measure", "run.latency.p99"),
    ("all(errors == 0", 16, "',' or ')'", "all(..., ...)"),
    ("all(errors == 0,)", 17, "a measure", "run.latency.p99"),
    ("errors == 0)", 12, "follows a complete gate", ""),
    ("errors < 200%", 10, "holds whatever is measured", ""),
    ("errors <= 100%", 11, "holds whatever is measured", ""),
    ("contract.findings >= 0", 22, "holds whatever is measured", ""),
    ("errors > 100%", 10, "cannot hold", ""),
    ("errors == 101%", 11, "cannot hold", ""),
    ("contract.findings < 0", 21, "cannot hold", ""),
    ("run.p99 < 0", 11, "cannot hold", ""),
    ("run.p99 < 3700s", 11, "holds whatever is measured", ""),  # histograms end at an hour
    ("contract.findings != 0.5", 22, "holds whatever is measured", ""),
    ("contract.findings == 0.5", 22, "cannot hold", ""),
    ("any(errors < 1%, errors >= 1%)", 1, "holds whatever is measured", ""),
    ("all(run.p50 < 1s, all(errors < 1%, errors > 2%))", 19, "cannot hold", ""),
    ("run.p99 < \N{ARABIC-INDIC DIGIT TWO}ms", 11, "a number", "250ms"),
    ("run.p99 < " + "9" * 60 + "s", 11, "beyond all measure", "250ms"),
    ("\x1b[31m < 1s", 1, "where a measure should", ""),
    ("run.p99 \x00 1s", 9, "operator", ""),
    ("run\n.p99 < 1s", 1, "no measure 'run'", "run.requests"),
]


@pytest.mark.parametrize(("source", "column", "message", "hint"), ILLEGAL)
def test_a_slip_is_answered_with_its_column_and_what_is_allowed(source, column, message, hint):
    with pytest.raises(ExpressionError) as caught:
        parse(source, CATALOGUE)
    assert f"column {column}: " in caught.value.message
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")
    assert caught.value.exit_code is ExitCode.USAGE


@pytest.mark.parametrize(
    "source",
    [
        "any(errors < 1%, run.p99 >= 1s)",
        "any(errors < 1%, errors > 2%)",
        "any(run.p99 < 1s, run.p99 > 1s for 5s)",
        "any(all(errors < 1%, run.p99 < 1s), all(errors >= 1%, run.p99 >= 1s))",
        "contract.findings < 0.5",
        f"all({', '.join(f'run.p{n} < 1s' for n in range(50, 80))})",
    ],
)
def test_a_combination_that_can_fail_and_can_hold_is_not_refused(source):
    assert isinstance(parse(source, CATALOGUE), Combination | Comparison)


def test_the_caret_stands_below_the_slip():
    with pytest.raises(ExpressionError) as caught:
        parse("run.p99 < 5%", CATALOGUE)
    _, shown, pointer = caught.value.message.splitlines()
    assert shown.index("5") == pointer.index("^")


def test_nesting_and_length_are_bounded():
    deep = "all(" * 30 + "errors == 0" + ")" * 30
    with pytest.raises(ExpressionError, match="inside one another"):
        parse(deep, CATALOGUE)
    with pytest.raises(ExpressionError, match="the limit is 500"):
        parse("errors == 0" + " " * 1000, CATALOGUE)


WORDS = st.sampled_from(
    [
        "run.p99",
        "errors",
        "<",
        "==",
        ">=",
        "250ms",
        "250",
        "ms",
        "%",
        "0",
        "for",
        "10s",
        "all",
        "any",
        "(",
        ")",
        ",",
    ]
)


@given(st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=14).map(" ".join)))
def test_any_text_parses_or_is_refused_with_a_column(source):
    refusal = None
    try:
        parsed = parse(source, CATALOGUE)
    except ExpressionError as error:
        refusal = error
    if refusal is None:
        assert all(math.isfinite(c.threshold) for c in comparisons(parsed))
    else:
        assert refusal.message.startswith("column ")
        assert "\x1b" not in refusal.message


@given(st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), st.integers(1, 99))
def test_no_comparison_holds_for_nan(sign, percent):
    parsed = parse(f"errors {sign} {percent}%", CATALOGUE)
    assert isinstance(parsed, Comparison)
    assert not parsed.holds(math.nan)
