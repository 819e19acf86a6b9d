"""Checks of a run's statuses against what its stages were told to do."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flowgauge.contract.date_times import moment, precision
from flowgauge.contract.findings.looking import looks, seen_member
from flowgauge.contract.findings.sighting import Sighting, sighting
from flowgauge.contract.judging.knowledge import Knowledge, Record
from flowgauge.contract.judging.reading import Reading
from flowgauge.contract.judging.tolerances import Tolerances
from flowgauge.contract.strict_json import legible
from flowgauge.edition import member
from flowgauge.editions.stage_outcomes import ANY_ERROR, Prediction, StageOutcome
from flowgauge.editions.v0.contract.prediction import predicted
from flowgauge.editions.v0.contract.progress_checks import is_over
from flowgauge.openapi import Json
from flowgauge.results import Exchange

__all__ = ["Look", "run_seconds", "seen_stages"]


Statuses = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a run: how the exchange shows it, and what it was told to do."""

    view: Json
    record: Record
    reading: Reading
    stages: Sequence[Mapping[str, Any]]
    variables: Mapping[str, str]
    knowledge: Knowledge

    @property
    def exchange(self) -> Exchange:
        """The exchange that shows it."""
        return self.reading.exchange

    @property
    def tolerances(self) -> Tolerances:
        """How late anything may show."""
        return self.knowledge.tolerances

    @property
    def prediction(self) -> Prediction:
        """What the run must do."""
        abilities = self.knowledge.abilities
        return predicted(self.stages, self.variables, start=self._begun, abilities=abilities)

    @property
    def statuses(self) -> Statuses:
        """Those shown. A run that is read and shows no list, under any name, shows that nothing has begun."""
        resource = self.reading.resource
        statuses: Statuses = []
        raw: Json = None
        if resource and self.reading.role == "read" and self.reading.exchange.response is not None:
            raw = member(legible(self.reading.exchange.response.body), resource.view)
        is_bare = isinstance(raw, dict) and "statuses" not in raw
        if not is_bare or any(isinstance(shown, list) for shown in raw.values()):
            statuses = self.view["statuses"]
        return statuses

    @property
    def before(self) -> tuple[Exchange, ...]:
        """The exchanges that made the run: what it must do follows from them alone."""
        return tuple(exchange for exchange in self.record.creators if exchange is not self.exchange)

    @property
    def age(self) -> float:
        """How many seconds the stages went on surely, when this was asked; 0 for the start itself.

        When a run begins nothing promises: it shows. Of one that was waited for nothing is late.
        """
        started = self.record.created
        if self.exchange is started:
            return 0.0
        if "wait=true" in started.request.target:
            return self.exchange.sent_at - started.sent_at
        made, begun = moment(self.view["createdAt"]), self._begun
        late = max(0.0, begun - made) if begun is not None and made is not None else math.inf
        return self.exchange.sent_at - started.received_at - late - self.tolerances.lateness

    @property
    def _begun(self) -> float | None:
        """When the first stage began, as far as the run shows it."""
        statuses = self.view.get("statuses") or [{}]
        text = statuses[0].get("startedAt")
        return moment(text) if text is not None else None


def run_seconds(look: Look) -> float | None:
    """How many seconds the whole run takes, or None where that cannot be told."""
    prediction = look.prediction
    return prediction.seconds if prediction.is_certain else None


def seen_stages(look: Look) -> Iterator[Sighting]:
    """Each finished stage ended as it had to, after its time and not before that time has come."""
    yield from looks(("FG-408",), _seen_begun(look))
    yield from looks(("FG-406", "FG-407", "FG-410"), _seen_outcomes(look))
    yield from looks(("FG-408",), _seen_end(look))


def _seen_outcomes(look: Look) -> Iterator[Sighting]:
    before, earliest_end = look.before, 0.0
    for index, (status, outcome) in enumerate(
        zip(look.view["statuses"], look.prediction.outcomes, strict=False)
    ):
        if outcome is None or seen_member(status, "terminatedAt") is None:
            return
        wrong_error = _wrong_error(index, status, outcome)
        finding_id = "FG-407" if outcome.error is None else "FG-406"
        yield sighting(finding_id, wrong_error, *before, about=look.record.subject)
        earliest_end += outcome.seconds
        elapsed = look.exchange.received_at - look.record.created.sent_at
        too_soon = elapsed < earliest_end - look.tolerances.early - precision(look.view["createdAt"])
        soon = f"stage {index} is over {earliest_end - elapsed:.3f} s before its time" if too_soon else None
        yield sighting("FG-410", soon or _wrong_duration(index, status, outcome, look.tolerances), *before)


def _seen_begun(look: Look) -> Iterator[Sighting]:
    """Every stage whose time has come has a status, also while it runs."""
    age = look.age
    begins, due = precision(look.view["createdAt"]), 0
    for outcome in look.prediction.outcomes:
        if look.exchange is look.record.created or begins > age:
            break
        due += 1
        if outcome is None:
            break
        begins += outcome.seconds
    shown = len(look.statuses)
    wrong = f"stage {shown} must have begun and has no status" if shown < due else None
    yield sighting("FG-408", wrong, *look.before)


def _seen_end(look: Look) -> Iterator[Sighting]:
    seconds, blur = run_seconds(look), precision(look.view["createdAt"])
    is_start = look.exchange is look.record.created
    if seconds is None or is_start or look.age < seconds + blur:
        return
    detail = f"not over {look.age:.3f} s after it was due to begin, its stages take {seconds:.3f} s"
    yield sighting("FG-408", None if is_over(look.statuses, len(look.stages)) else detail, *look.before)


def _wrong_error(index: int, status: dict[str, Any], outcome: StageOutcome) -> str | None:
    error = seen_member(status, "error") or None
    if outcome.error == "":
        # A failure that says nothing may look like a success.
        return None
    if outcome.error is None:
        return None if error is None else f"stage {index} must succeed and has the error {error!r}"
    if error is None:
        return f"stage {index} must fail and has no error"
    if outcome.error not in {ANY_ERROR, error}:
        return f"stage {index} must fail with {outcome.error!r} and has the error {error!r}"
    return None


def _wrong_duration(
    index: int, status: dict[str, Any], outcome: StageOutcome, tolerances: Tolerances
) -> str | None:
    started, terminated = moment(status["startedAt"]), moment(status["terminatedAt"])
    if started is None or terminated is None or terminated < started:
        # The wrong order is a finding of its own.
        return None
    took = terminated - started
    blur = max(precision(status["startedAt"]), precision(status["terminatedAt"]))
    shortest = outcome.seconds - tolerances.early - blur
    longest = outcome.seconds + tolerances.lateness + blur
    if not shortest <= took <= longest:
        return f"stage {index} took {took:.3f} s where {outcome.seconds:.3f} s were asked for"
    return None
