"""The language of gates, its parser, and the checks that need no data.

    gate        = combination | comparison
    combination = ( "all" | "any" ) "(" gate { "," gate } ")"
    comparison  = measure operator threshold [ "for" window ]
    measure     = name { "." part }         run.latency.p99.9, errors.ratio, contract.findings
    operator    = "<" | "<=" | ">" | ">=" | "==" | "!="
    threshold   = number [ unit ]           250ms, 1.2s, 800us, 0.1%, 100/s, 0
    unit        = "us" | "ms" | "s" | "%" | "/s"
    window      = number ( "s" | "m" )      whole seconds

`run.latency.p99 < 250ms for 10s` takes the p99 of every stretch of 10 seconds, one after the other
second by second, and holds where each of them is below 250 ms: a bad ten seconds do not drown in a
good ten minutes. White space is free. A threshold of 0 needs no unit; any other has the unit of its
measure. A gate that could not fail, or could not hold, whatever is measured, is refused.
"""

import math
import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, NoReturn

from flowgauge.errors import ExpressionError
from flowgauge.gates.catalogue import Catalogue
from flowgauge.gates.measure import Measure, Unit

__all__ = ["Combination", "Comparison", "Expression", "comparisons", "parse"]

LONGEST = 500
DEEPEST = 10
LONGEST_WINDOW = 86_400
LONGEST_NUMBER = 30

OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
UNITS: dict[str, tuple[Unit, Fraction]] = {
    "us": (Unit.DURATION, Fraction(1, 1_000_000)),
    "ms": (Unit.DURATION, Fraction(1, 1000)),
    "s": (Unit.DURATION, Fraction(1)),
    "%": (Unit.RATIO, Fraction(1, 100)),
    "/s": (Unit.RATE, Fraction(1)),
}
# Both code points that people type for micro.
SPELLINGS = {"\N{MICRO SIGN}s": "us", "\N{GREEK SMALL LETTER MU}s": "us"}
WINDOW_SECONDS = {"s": 1, "m": 60}
SLIPS = {
    "=": "write == for equality",
    "=>": "write >=",
    "=<": "write <=",
    "\N{LESS-THAN OR EQUAL TO}": "write <=",
    "\N{GREATER-THAN OR EQUAL TO}": "write >=",
    "&": "combine gates as all(..., ...)",
    "|": "combine gates as any(..., ...)",
    "-": "no measure is ever negative; names are written with underscores",
}
TOKEN = re.compile(
    r"\s*(?:(?P<name>[^\W\d]\w*(?:\.\w+)*)|(?P<number>\d+(?:\.\d+)?)|(?P<symbol><=|>=|==|!=|=>|=<|/s\b|\S))"
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """`measure` `operator` `threshold`, over the whole run or over each `window` of whole seconds.

    `threshold` is in seconds, a ratio 0..1, a count or a rate, as the measure's unit says; `text` is how
    it was written.
    """

    measure: Measure
    operator: str
    threshold: float
    text: str
    window: int | None = None

    def holds(self, value: float) -> bool:
        """Whether `value` stands on the right side of the threshold. NaN stands on no side."""
        return not math.isnan(value) and OPERATORS[self.operator](value, self.threshold)

    def can_hold_from(self, lowest: float) -> bool:
        """Whether any value from `lowest` upwards would hold."""
        reachable = self.operator == "==" and self.threshold > lowest
        return reachable or self.holds(lowest) or self.holds(math.inf)

    def is_worse(self, value: float, *, than: float | None) -> bool:
        """Whether `value` is further on the wrong side of the threshold than the other one."""
        if than is None:
            return True
        if self.operator in ("<", "<="):
            return value > than
        if self.operator in (">", ">="):
            return value < than
        # Equality has no side: the distance counts, and what does not hold is worse than what does.
        mine = (not self.holds(value), abs(value - self.threshold))
        return mine > (not self.holds(than), abs(than - self.threshold))

    @property
    def limit(self) -> str:
        """What is expected of the measure: `< 250ms for 10s`."""
        window = f" for {self.window}s" if self.window else ""
        return f"{self.operator} {self.text}{window}"

    def __str__(self) -> str:
        return f"{self.measure.name} {self.limit}"


@dataclass(frozen=True, slots=True)
class Combination:
    """Several gates in one: each must hold (`all`), or one is enough (`any`)."""

    kind: Literal["all", "any"]
    parts: tuple["Expression", ...]

    def __str__(self) -> str:
        return f"{self.kind}({', '.join(map(str, self.parts))})"


Expression = Comparison | Combination


def comparisons(expression: Expression) -> Iterator[Comparison]:
    """Every comparison in the expression, from left to right."""
    if isinstance(expression, Comparison):
        yield expression
    else:
        for part in expression.parts:
            yield from comparisons(part)


def parse(source: str, catalogue: Catalogue) -> Expression:
    """The expression that `source` says.

    Raises ExpressionError with the column, a caret below it and what would have been allowed.
    """
    if len(source) > LONGEST:
        raise ExpressionError(f"a gate of {len(source)} characters; the limit is {LONGEST}")
    parser = _Parser(source, catalogue)
    expression = parser.gate()
    if parser.token.kind != "end":
        parser.refuse(
            f"{parser.token.text!r} follows a complete gate", "write each gate on its own, or all(..., ...)"
        )
    return expression


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # name, number, symbol or end
    text: str
    start: int


def _tokens(source: str) -> Iterator[_Token]:
    position = 0
    while match := TOKEN.match(source, position):
        kind = match.lastgroup
        assert kind is not None, "every alternative of TOKEN has a name"
        yield _Token(kind, match[kind], match.start(kind))
        position = match.end()
    yield _Token("end", "", len(source.rstrip()))


class _Parser:
    """Recursive descent over the grammar of the module, one method a rule."""

    def __init__(self, source: str, catalogue: Catalogue) -> None:
        self.source = source
        self.catalogue = catalogue
        self.tokens = _tokens(source)
        self.token = next(self.tokens)
        self.depth = 0

    def refuse(self, message: str, hint: str, token: _Token | None = None) -> NoReturn:
        at = token or self.token
        # Control characters would break the caret's place, or the terminal it is shown on.
        shown = "".join(c if c.isprintable() else " " for c in self.source)
        pointer = " " * at.start + "^" * max(1, len(at.text))
        raise ExpressionError(f"column {at.start + 1}: {message}\n    {shown}\n    {pointer}", hint=hint)

    def take(self) -> _Token:
        taken = self.token
        self.token = next(self.tokens, taken)
        return taken

    def gate(self) -> Expression:
        if self.token.kind != "name":
            self.refuse(self._met("a measure"), "such as run.latency.p99 < 250ms")
        name = self.take()
        if self.token.text == "(":
            return self._combination(name)
        return self._comparison(name)

    def _combination(self, name: _Token) -> Combination:
        if name.text not in ("all", "any"):
            self.refuse(f"{name.text!r} combines nothing", "write all(...) or any(...)", name)
        self.depth += 1
        if self.depth > DEEPEST:
            self.refuse(f"more than {DEEPEST} combinations inside one another", "split the gate", name)
        self.take()
        parts = [self.gate()]
        while self.token.text == ",":
            self.take()
            parts.append(self.gate())
        if self.token.text != ")":
            self.refuse(self._met("',' or ')'"), f"{name.text}(gate, gate)")
        self.take()
        self.depth -= 1
        return Combination("all" if name.text == "all" else "any", tuple(parts))

    def _comparison(self, name: _Token) -> Comparison:
        measure = self.catalogue.find(name.text)
        if measure is None:
            near = self.catalogue.nearest(name.text)
            hint = f"nearest: {', '.join(near)}" if near else "`flowgauge gate --measures` lists them all"
            self.refuse(f"there is no measure {name.text!r}", hint, name)
        sign = self.token
        if sign.text not in OPERATORS:
            slip = SLIPS.get(sign.text) or f"one of {'  '.join(OPERATORS)}"
            self.refuse(self._met(f"an operator after {name.text!r}"), slip)
        self.take()
        start = self.token
        threshold, text = self._threshold(measure)
        window = self._window(measure) if self.token.text == "for" else None
        comparison = Comparison(measure, sign.text, threshold, text, window)
        self._refuse_vacuous(comparison, start)
        return comparison

    def _threshold(self, measure: Measure) -> tuple[float, str]:
        number = self.token
        wanted = f"{measure.name} is compared with {measure.unit.value}"
        if number.kind != "number":
            self.refuse(self._met("a number"), SLIPS.get(number.text, wanted))
        self.take()
        if len(number.text) > LONGEST_NUMBER:
            self.refuse("a threshold beyond all measure", wanted, number)
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

    def _window(self, measure: Measure) -> int:
        word = self.take()
        if measure.figure is None:
            self.refuse(
                f"{measure.name} has one value for the whole run",
                "windows suit figures of a histogram, such as run.latency.p99",
                word,
            )
        number = self.token
        if number.kind != "number":
            self.refuse(self._met("the length of a window"), "such as `for 10s` or `for 2m`")
        self.take()
        unit = self.token
        if unit.text not in WINDOW_SECONDS:
            self.refuse(self._met("the unit of the window"), "s or m, such as `for 10s`")
        self.take()
        seconds = Fraction(number.text) * WINDOW_SECONDS[unit.text]
        if seconds.denominator != 1 or not 1 <= seconds <= LONGEST_WINDOW:
            self.refuse("a window has 1 to 86400 whole seconds", "such as `for 10s`", number)
        return int(seconds)

    def _refuse_vacuous(self, comparison: Comparison, at: _Token) -> None:
        """A gate must be able to fail and able to hold: try the ends, and both sides of the threshold."""
        measure, threshold = comparison.measure, comparison.threshold
        tried = {
            0.0,
            measure.highest,
            threshold,
            math.nextafter(threshold, 0),
            math.nextafter(threshold, math.inf),
        }
        outcomes = {comparison.holds(value) for value in tried if 0 <= value <= measure.highest}
        if outcomes == {True}:
            self.refuse(
                "this holds whatever is measured, so it would judge nothing", "mend the threshold", at
            )
        if outcomes == {False}:
            self.refuse("this cannot hold whatever is measured", "mend the threshold", at)

    def _met(self, wanted: str) -> str:
        met = "the gate ends" if self.token.kind == "end" else f"{self.token.text!r} stands"
        return f"{met} where {wanted} should"
