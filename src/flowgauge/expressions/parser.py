"""The grammar, its parser, and the checks that need no data.

    expression  = combination | comparison
    combination = ( "all" | "any" ) "(" expression { "," expression } ")"
    comparison  = measure operator threshold [ "for" window ]
                | measure "<" "baseline" "+" number "%"
    measure     = name { "." part }         run.latency.p99.9, errors.ratio, contract.findings
    operator    = "<" | "<=" | ">" | ">=" | "==" | "!="
    threshold   = number [ unit ]           250ms, 1.2s, 800us, 0.1%, 100/s, 0
    unit        = "us" | "ms" | "s" | "m" | "h" | "%" | "/s"
    window      = number ( "s" | "m" | "h" )     whole seconds

`run.latency.p99 < 250ms for 10s` takes the p99 of every stretch of 10 seconds, one after the other
second by second, and holds where each of them is below 250 ms: a bad ten seconds do not drown in a
good ten minutes.

`run.latency.p95 < baseline + 10%` compares with the runs kept by `flowgauge baseline set`. It fails only
where the p95 has grown by more than 10 % and the interval of the change excludes that nothing changed.

White space is free. A threshold of 0 needs no unit; any other has the unit of its
measure. An expression that could not fail, or could not hold, whatever is measured, is refused.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import NoReturn

from flowgauge import durations
from flowgauge.errors import ExpressionError
from flowgauge.expressions.catalogue import Catalogue
from flowgauge.expressions.expression import OPERATORS, Combination, Comparison, Expression, vacuity
from flowgauge.expressions.measure import Measure
from flowgauge.results.measures import Unit

__all__ = ["parse"]

LONGEST = 500
DEEPEST = 10
LONGEST_WINDOW = 86_400
LONGEST_NUMBER = 30
MOST_GROWTH = 10.0
VACUOUS = {
    "always": "this holds whatever is measured, so it would judge nothing",
    "never": "this cannot hold whatever is measured",
}

UNITS: dict[str, tuple[Unit, Fraction]] = {
    **{name: (Unit.DURATION, seconds) for name, seconds in durations.UNITS.items()},
    "%": (Unit.RATIO, Fraction(1, 100)),
    "/s": (Unit.RATE, Fraction(1)),
}
WINDOW_SECONDS = {name: durations.UNITS[name] for name in ("s", "m", "h")}
# Both code points that people type for micro.
SPELLINGS = {"\N{MICRO SIGN}s": "us", "\N{GREEK SMALL LETTER MU}s": "us"}
SLIPS = {
    "=": "write == for equality",
    "=>": "write >=",
    "=<": "write <=",
    "\N{LESS-THAN OR EQUAL TO}": "write <=",
    "\N{GREATER-THAN OR EQUAL TO}": "write >=",
    "&": "combine them as all(..., ...)",
    "|": "combine them as any(..., ...)",
    "-": "no measure is ever negative; names are written with underscores",
}
"""What people write by mistake, and what they mean."""

PATTERN = re.compile(
    r"\s*(?:(?P<name>[^\W\d]\w*(?:\.\w+)*)|(?P<number>[0-9]+(?:\.[0-9]+)?)|(?P<symbol><=|>=|==|!=|=>|=<|/s\b|\S))"
)


def parse(source: str, catalogue: Catalogue, *, noun: str = "gate") -> Expression:
    """The expression that `source` says; `noun` is what messages call it.

    Raises ExpressionError with the column, a caret below it and what would have been allowed.
    """
    if len(source) > LONGEST:
        raise ExpressionError(f"a {noun} of {len(source)} characters; the limit is {LONGEST}")
    parser = _Parser(source, catalogue, noun)
    expression = parser.expression()
    if parser.token.kind != "end":
        parser.refuse(
            f"{parser.token.text!r} follows a complete {noun}",
            "write each on its own, or all(..., ...)",
        )
    return expression


@dataclass(frozen=True, slots=True)
class _Lexeme:
    """`kind` is name, number, symbol or end; `start` the column, from 0."""

    kind: str
    text: str
    start: int


def _tokens(source: str) -> Iterator[_Lexeme]:
    """The tokens of `source`, then one of kind `end`. Every character but white space is in some token."""
    position = 0
    while match := PATTERN.match(source, position):
        kind = match.lastgroup
        assert kind is not None, "every alternative of PATTERN has a name"
        yield _Lexeme(kind, match[kind], match.start(kind))
        position = match.end()
    yield _Lexeme("end", "", len(source.rstrip()))


class _Parser:
    """Recursive descent over the grammar of the module, one method a rule."""

    def __init__(self, source: str, catalogue: Catalogue, noun: str) -> None:
        self.source = source
        self.noun = noun
        self.catalogue = catalogue
        self.tokens = _tokens(source)
        self.token = next(self.tokens)
        self.depth = 0

    def refuse(self, message: str, hint: str, token: _Lexeme | None = None) -> NoReturn:
        at = token or self.token
        # Control characters would break the caret's place, or the terminal it is shown on.
        shown = "".join(c if c.isprintable() else " " for c in self.source)
        pointer = " " * at.start + "^" * max(1, len(at.text))
        raise ExpressionError(f"column {at.start + 1}: {message}\n    {shown}\n    {pointer}", hint=hint)

    def take(self) -> _Lexeme:
        taken = self.token
        self.token = next(self.tokens, taken)
        return taken

    def expect(self, holds: bool, wanted: str, hint: str) -> _Lexeme:
        if not holds:
            self.refuse(self._met(wanted), hint)
        return self.take()

    def number(self, hint: str, *, wanted: str = "a number") -> _Lexeme:
        number = self.expect(self.token.kind == "number", wanted, hint)
        if len(number.text) > LONGEST_NUMBER:
            self.refuse("a number beyond all measure", hint, number)
        return number

    def expression(self) -> Expression:
        if self.token.kind != "name":
            self.refuse(self._met("a measure"), "such as run.latency.p99 < 250ms")
        name = self.take()
        if self.token.text == "(":
            return self._combination(name)
        return self._comparison(name)

    def _combination(self, name: _Lexeme) -> Combination:
        if name.text not in ("all", "any"):
            self.refuse(f"{name.text!r} combines nothing", "write all(...) or any(...)", name)
        self.depth += 1
        if self.depth > DEEPEST:
            self.refuse(
                f"more than {DEEPEST} combinations inside one another", f"split the {self.noun}", name
            )
        self.take()
        parts = [self.expression()]
        while self.token.text == ",":
            self.take()
            parts.append(self.expression())
        self.expect(self.token.text == ")", "',' or ')'", f"{name.text}(..., ...)")
        self.depth -= 1
        combination = Combination("all" if name.text == "all" else "any", tuple(parts))
        self._refuse_vacuous(combination, name)
        return combination

    def _comparison(self, name: _Lexeme) -> Comparison:
        measure = self.catalogue.find(name.text)
        if measure is None:
            near = self.catalogue.nearest(name.text)
            hint = f"nearest: {', '.join(near)}" if near else "`flowgauge gate --measures` lists them all"
            self.refuse(f"there is no measure {name.text!r}", hint, name)
        slip = SLIPS.get(self.token.text) or f"one of {'  '.join(OPERATORS)}"
        sign = self.expect(self.token.text in OPERATORS, f"an operator after {name.text!r}", slip)
        start = self.token
        if start.text == "baseline":
            return self._relative(measure, sign)
        threshold, text = self._threshold(measure)
        window = self._window(measure) if self.token.text == "for" else None
        comparison = Comparison(measure, sign.text, threshold, text, window)
        self._refuse_vacuous(comparison, start)
        return comparison

    def _threshold(self, measure: Measure) -> tuple[float, str]:
        wanted = f"{measure.name} is compared with {measure.unit.value}"
        number = self.number(SLIPS.get(self.token.text, wanted))
        unit = SPELLINGS.get(self.token.text, self.token.text)
        if unit in UNITS:
            self.take()
            known, factor = UNITS[unit]
            if known is not measure.unit:
                self.refuse(f"{measure.name} does not count in {unit!r}", wanted, number)
            value = Fraction(number.text) * factor
            return float(value), f"{number.text}{unit}"
        if self.token.kind == "name" and unit != "for":
            self.refuse(f"there is no unit {self.token.text!r}", wanted)
        if measure.unit is not Unit.COUNT and Fraction(number.text):
            self.refuse("a threshold without its unit", wanted, number)
        return float(Fraction(number.text)), number.text

    def _relative(self, measure: Measure, sign: _Lexeme) -> Comparison:
        word = self.take()
        if measure.figure is None or not measure.figure.statistic.name.startswith("p"):
            self.refuse(
                f"{measure.name} is not compared with a baseline",
                "percentiles are, such as run.latency.p95",
                word,
            )
        if sign.text != "<":
            self.refuse("a baseline is an upper limit", "write < baseline + 10%", sign)
        form = f"{measure.name} < baseline + 10%"
        self.expect(self.token.text == "+", "'+'", f"say how much growth is allowed: {form}")
        number = self.number(form)
        self.expect(self.token.text == "%", "'%'", form)
        ratio = float(Fraction(number.text) / 100)
        if not 0 < ratio <= MOST_GROWTH:
            self.refuse("the growth allowed is more than 0% and at most 1000%", form, number)
        return Comparison(measure, "<", ratio, f"baseline + {number.text}%", is_relative=True)

    def _window(self, measure: Measure) -> int:
        word = self.take()
        if not measure.by_second:
            self.refuse(
                f"{measure.name} has one value for the whole run",
                "windows suit figures of a histogram, such as run.latency.p99",
                word,
            )
        number = self.number("such as `for 10s` or `for 2m`", wanted="the length of a window")
        unit = self.expect(
            self.token.text in WINDOW_SECONDS, "the unit of the window", "s, m or h, such as `for 10s`"
        )
        seconds = Fraction(number.text) * WINDOW_SECONDS[unit.text]
        if seconds.denominator != 1 or not 1 <= seconds <= LONGEST_WINDOW:
            self.refuse("a window has 1 to 86400 whole seconds", "such as `for 10s`", number)
        return int(seconds)

    def _refuse_vacuous(self, expression: Expression, at: _Lexeme) -> None:
        """It must be able to fail and able to hold."""
        if found := vacuity(expression):
            self.refuse(VACUOUS[found], "mend the threshold", at)

    def _met(self, wanted: str) -> str:
        met = f"the {self.noun} ends" if self.token.kind == "end" else f"{self.token.text!r} stands"
        return f"{met} where {wanted} should"
