"""Plans in a line of text.

    plan     = part { "," part }
    part     = [ "poisson" ] form
    form     = rate [ "for" duration ]                                  50/s for 30s
             | "hold" [ rate ] [ "for" ] [ duration ]                   hold 2m
             | "ramp" rate ".." rate ( "in" | "for" ) duration          ramp 0..200/s in 30s
             | "steps" rate ".." rate "by" rate "every" duration        steps 10..50/s by 10 every 20s
             | "spike" rate "for" duration                              spike 1000/s for 5s
             | "soak" rate "for" duration                               soak 20/s for 8h
             | "pause" [ "for" ] duration                               pause 10s
             | "closed" number "for" duration                           closed 20 for 30s
    rate     = number [ "/s" | "/m" | "/h" ]                            arrivals; "/s" where it is left out
    duration = number unit { number unit }                              unit = "us" | "ms" | "s" | "m" | "h"

`hold` without a rate goes on at the rate of the part before it; after a spike, at the rate before the
spike. Only the last part may have no duration: it lasts until the run ends. `poisson` draws the arrivals
of its part at random; without it they are evenly spaced. `closed` is a closed loop and stands alone: so
many journeys at a time, each begun when one before it ends, which is what Locust's users do.
"""

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from math import inf

from flowgauge.durations import DURATION, parsed_duration
from flowgauge.errors import UsageError
from flowgauge.load.plans.plan import Part, Plan

__all__ = ["HIGHEST_RATE", "MOST_ARRIVALS", "parsed_plan", "rate_text"]

HIGHEST_RATE = 1e6
MOST_ARRIVALS = 1e9
_PER = {"s": 1.0, "m": 60.0, "h": 3600.0}
_FORMS = frozenset({"hold", "ramp", "steps", "spike", "soak", "pause"})
_TOKEN = re.compile(
    rf"\s*(?:(?P<duration>{DURATION})(?![\w.])|(?P<number>\d+(?:\.\d+)?)(?P<per>\s*/\s*[smh](?!\w))?"
    r"|(?P<dots>\.\.)|(?P<comma>,)|(?P<word>[a-z]+))",
    re.IGNORECASE,
)
_EXAMPLE = 'for example "ramp 0..200/s in 30s, hold 2m, spike 1000/s for 5s"'


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    column: int
    value: float = 0.0


def parsed_plan(text: str, *, seed: int = 1) -> Plan:
    """The plan that `text` describes. Raises UsageError that points at what is wrong."""
    return _Parser(text).plan(seed)


def rate_text(rate: float) -> str:
    """A rate as a plan has it, in arrivals per second: with all its digits, and without an exponent.

    >>> rate_text(50.0), rate_text(1e6), rate_text(0.00001)
    ('50/s', '1000000/s', '0.00001/s')
    """
    return f"{Decimal(f'{rate:.12g}'):f}/s"


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(self._cut())
        self._next = 0
        self._held = 0.0  # the rate that `hold` goes on with

    def plan(self, seed: int) -> Plan:
        parts: list[Part] = []
        closed = 0
        while True:
            begins = self._peek()
            if closed or (parts and begins.text == "closed"):
                raise self._error(begins, "a closed loop stands alone")
            if parts and parts[-1].duration == inf:
                raise self._error(begins, "the part before this one has no duration, so it never ends")
            if begins.text == "closed":
                closed, part = self._closed()
                parts.append(part)
            else:
                parts += self._part()
            if self._peek().kind == "end":
                break
            self._take("comma", "expected a comma or the end")
        plan = Plan(self._text.strip(), tuple(parts), seed, closed)
        if closed:
            return plan
        if not any(part.arrivals for part in plan.parts):
            raise UsageError(f"the plan {plan.text!r} has no arrivals", hint=_EXAMPLE)
        if any(max(part.start_rate, part.end_rate) > HIGHEST_RATE for part in plan.parts):
            raise UsageError(f"the plan {plan.text!r} exceeds {HIGHEST_RATE:,.0f} arrivals a second")
        if MOST_ARRIVALS < sum(part.arrivals for part in plan.parts) < inf:
            raise UsageError(f"the plan {plan.text!r} has more than {MOST_ARRIVALS:,.0f} arrivals")
        return plan

    def _part(self) -> list[Part]:
        poisson = self._word("poisson")
        form = self._peek()
        if form.kind == "word" and form.text in _FORMS:
            self._take()
        match form.text if form.kind == "word" else form.kind:
            case "number":
                rate = self._rate()
                parts = [_steady(rate, self._duration() if self._word("for") else inf)]
            case "hold":
                parts = [self._hold()]
            case "ramp":
                low, high = self._range()
                self._expect("in", "for")
                parts = [Part(low, high, self._duration())]
            case "steps":
                parts = self._steps()
            case "spike" | "soak":
                rate = self._rate()
                self._expect("for")
                parts = [_steady(rate, self._duration())]
            case "pause":
                self._word("for")
                parts = [_steady(0.0, self._duration())]
            case _:
                known = ", ".join(sorted([*_FORMS, "closed", "poisson"]))
                raise self._error(form, f"expected a rate or one of {known}")
        if form.text != "spike":
            self._held = parts[-1].end_rate
        return [replace(part, poisson=poisson) for part in parts]

    def _hold(self) -> Part:
        at = self._peek()
        rate = self._rate() if at.kind == "number" else self._held
        if not rate:
            raise self._error(at, "there is no rate to hold: name one")
        lasts = self._word("for") or self._peek().kind == "duration"
        return _steady(rate, self._duration() if lasts else inf)

    def _steps(self) -> list[Part]:
        low, high = self._range()
        self._expect("by")
        at = self._peek()
        by = self._rate()
        if not by:
            raise self._error(at, "steps of 0 never arrive")
        self._expect("every")
        length = self._duration()
        count = int(abs(high - low) / by + 1e-9)
        if count > 10_000:
            raise self._error(at, "more than 10,000 steps")
        sign = 1 if high >= low else -1
        return [_steady(low + sign * by * step, length) for step in range(count + 1)]

    def _closed(self) -> tuple[int, Part]:
        self._take()
        number = self._take()
        if number.kind != "number" or not number.value.is_integer() or not 1 <= number.value <= 100_000:
            raise self._error(number, "expected how many journeys at a time, 1 to 100,000")
        return int(number.value), _steady(0.0, self._duration() if self._word("for") else inf)

    def _range(self) -> tuple[float, float]:
        low = self._take("number", "expected a rate")
        self._take("dots", "expected `..` and a second rate")
        high = self._peek()
        rate = self._rate()
        # "0..200/s": the unit that stands at the end holds for both.
        return low.value / _per(low.text if "/" in low.text else high.text), rate

    def _rate(self) -> float:
        token = self._take("number", "expected a rate such as 50/s")
        return token.value / _per(token.text)

    def _duration(self) -> float:
        token = self._take("duration", "expected a duration such as 500ms, 30s, 2m or 1h30m")
        if not token.value:
            raise self._error(token, "a part cannot last 0 s")
        return token.value

    # Tokens

    def _cut(self) -> list[_Token]:
        tokens, at = [], 0
        while at < len(self._text.rstrip()):
            match = _TOKEN.match(self._text, at)
            if not match:
                column = at + len(self._text[at:]) - len(self._text[at:].lstrip())
                raise self._error(_Token("", "", column), "a plan has no such word or sign")
            kind = "number" if match["number"] else str(match.lastgroup)
            begins, at = match.start(kind), match.end()
            text = self._text[begins:at].lower()
            value = float(match["number"] or 0)
            tokens.append(_Token(kind, text, begins, parsed_duration(text) if kind == "duration" else value))
        tokens.append(_Token("end", "", len(self._text.rstrip())))
        return tokens

    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _take(self, kind: str = "", missing: str = "") -> _Token:
        token = self._peek()
        if kind and token.kind != kind:
            raise self._error(token, missing)
        self._next = min(self._next + 1, len(self._tokens) - 1)
        return token

    def _word(self, *words: str) -> bool:
        found = self._peek().text in words
        if found:
            self._take()
        return found

    def _expect(self, *words: str) -> None:
        if not self._word(*words):
            raise self._error(self._peek(), f"expected `{words[0]}`")

    def _error(self, token: _Token, message: str) -> UsageError:
        return UsageError(
            f"plan, column {token.column + 1}: {message}\n  {self._text}\n  {' ' * token.column}^",
            hint=_EXAMPLE,
        )


def _steady(rate: float, duration: float) -> Part:
    return Part(rate, rate, duration)


def _per(text: str) -> float:
    """Seconds of the unit that a rate is written in."""
    unit = re.search(r"/\s*([smh])", text)
    return _PER[unit[1]] if unit else 1.0
