"""How long answers take: slow tails, and growth with what is stored.

A busy machine stalls now and then; a server that is slow by rule is slow again when it is asked again. So
what stands out among all answers of a run is only a suspicion, and a finding where the operation, asked alone
and in its most ordinary way, shows it once more.
"""

from collections.abc import Iterator, Mapping

from flowgauge.contract.findings.sighting import sighting
from flowgauge.contract.findings.sightings import Sightings
from flowgauge.contract.probe import Probe
from flowgauge.contract.requests import ABSENT, built
from flowgauge.contract.samples import Tail, limits, stalls
from flowgauge.results import Exchange, Request

__all__ = ["check_growth", "check_tails", "fastest_answers"]

OUR_LIMIT = "our own limit on tails: no document promises a time"
# So many answers of an operation say something of its tail.
_ENOUGH = 45
# A suspicion is asked after at most so often, and so many slow answers confirm it: those that are rare, and
# those of a greater share than this.
_RARE, _FREQUENT, _OFTEN = (300, 2), (50, 5), 0.05
_TRIES = 5
# An operation has slowed down if the fastest of a few answers takes this many times as long as can be
# explained, and at least that much longer (seconds).
_GROWN_FACTOR, _GROWN_SECONDS = 5.0, 0.15


def check_tails(probe: Probe, ids: Mapping[str, str], seconds: float) -> None:
    """No operation has a tail, in any answer of the run so far or when it is asked again.

    `seconds` is how long hardly any answer may take.
    """
    for request in _accepted_requests(probe, ids):
        exchange = probe.send(request)
        name = exchange.operation or ""
        for _ in range(_ENOUGH - probe.samples.count(name)):
            probe.send(request)
        detail = None
        for tail in list(probe.samples.tails(name, limits(seconds))):
            if again := _confirmed(probe, request, tail):
                exchange = max(again, key=lambda each: each.elapsed)
                detail = (
                    f"{tail.slow} of {tail.count} answers took more than {tail.budget:.2f} s, and so did"
                    f" {len(again)} when it was asked again, up to {exchange.elapsed:.2f} s; {OUR_LIMIT}"
                )
                break
        sightings = Sightings(name, exchange)
        sightings.note(sighting("FG-801", detail, cause="tail", rule=OUR_LIMIT))
        probe.recorder.note(sightings)


def _accepted_requests(probe: Probe, ids: Mapping[str, str]) -> Iterator[Request]:
    """The ordinary request of each operation; with a body where it is refused without, which it need not be.

    A refusal is quick, whatever takes long.
    """
    for request in probe.part.ordinary_requests(ids):
        exchange = probe.send(request) if request.body is None else None
        is_refused = (
            exchange is not None and exchange.response is not None and exchange.response.status >= 400
        )
        name = exchange.operation if exchange is not None and is_refused else None
        body = ABSENT if name is None else probe.part.ordinary(name)
        yield request if name is None or body is ABSENT else built(probe.edition, name, ids, body=body)


def _confirmed(probe: Probe, request: Request, tail: Tail) -> list[Exchange]:
    """The slow ones of as many answers as it takes to see it again; none where it is not seen again."""
    calls, enough = _RARE if tail.limit.share < _OFTEN else _FREQUENT
    slow: list[Exchange] = []
    for _ in range(calls):
        exchange = probe.send(request)
        slow += [exchange] if exchange.elapsed > tail.budget else []
        if stalls([each.received_at for each in slow]) >= enough:
            return slow
    return []


def fastest_answers(probe: Probe, ids: Mapping[str, str]) -> dict[str, Exchange]:
    """The fastest of a few answers of each operation for which there are ids, by operation."""
    fastest = {}
    for request in _accepted_requests(probe, ids):
        exchanges = [probe.send(request) for _ in range(_TRIES)]
        exchange = min(exchanges, key=lambda exchange: exchange.elapsed)
        if exchange.operation is not None:
            fastest[exchange.operation] = exchange
    return fastest


def check_growth(probe: Probe, early: dict[str, Exchange], late: dict[str, Exchange]) -> None:
    """No operation takes much longer when the store is full (`late`) than it took before (`early`).

    A longer answer may take longer in proportion, and where all other operations have become slower too, it
    is the machine that is busier.
    """
    slower = {name: _ratio(late[name].elapsed, early[name].elapsed) for name in early if name in late}
    for name in slower:
        before, after = early[name], late[name]
        busier = min((slower[other] for other in slower if other != name), default=1.0)
        allowed = _GROWN_FACTOR * busier * _ratio(_size(after), _size(before))
        has_grown = after.elapsed > max(allowed * before.elapsed, before.elapsed + _GROWN_SECONDS)
        detail = (
            f"the fastest of {_TRIES} answers took {before.elapsed:.3f} s, and {after.elapsed:.3f} s when"
            " much was stored"
        )
        probe.found("FG-802", detail if has_grown else None, after, before)


def _ratio(after: float, before: float) -> float:
    """How many times as much; never less than one, and one where there was nothing before."""
    return max(1.0, after / before) if before > 0 else 1.0


def _size(exchange: Exchange) -> int:
    return len(exchange.response.body) if exchange.response else 0
