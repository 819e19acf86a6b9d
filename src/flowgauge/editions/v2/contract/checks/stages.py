"""Checks of an instance against what its stages were told to do."""

from collections.abc import Iterator

from flowgauge.contract.date_times import moment, precision
from flowgauge.contract.findings.looking import seen_member
from flowgauge.contract.findings.sighting import Sighting, sighting
from flowgauge.editions.v2.contract.checks.look import InstanceLook, stages_of
from flowgauge.editions.v2.contract.prediction import may_wait

__all__ = ["seen_outcome", "seen_start", "seen_statuses"]

# Below this a late answer may be the machine's fault (seconds).
SHORTEST_JUDGED_DELAY = 1.0


def seen_statuses(look: InstanceLook) -> Iterator[Sighting]:
    """One status for each stage that has begun, in order, where they are shown."""
    stages = stages_of(look.record)
    if not look.statuses or stages is None:
        return
    about, before = look.record.subject, look.record.creators
    numbers = [status["stage"] for status in look.statuses]
    surplus = f"{len(numbers)} stages of {len(stages)} have begun" if len(numbers) > len(stages) else None
    yield sighting("FG-404", surplus, *before, about=about)
    wrong = None if numbers == list(range(len(numbers))) else f"the stages are numbered {numbers}"
    yield sighting("FG-405", wrong, *before, about=about)
    failed = next((k for k, status in enumerate(look.statuses) if status.get("error")), len(numbers))
    goes_on = failed < len(numbers) - 1
    detail = f"stage {failed} failed and stage {failed + 1} began" if goes_on else None
    yield sighting("FG-404", detail, *before, about=about)
    ended = [seen_member(status, "terminatedAt") is not None for status in look.statuses[:-1]]
    running = ended.index(False) if False in ended else None
    wrong = f"stage {running + 1} began before stage {running} ended" if running is not None else None
    yield sighting("FG-411", wrong, *before, about=about)


def seen_outcome(look: InstanceLook) -> Iterator[Sighting]:
    """It ends as its stages end, when the last has, and not sooner."""
    prediction, view, tolerances = look.prediction, look.view, look.knowledge.tolerances
    is_over, blur = seen_member(view, "terminated"), precision(view["createdAt"])
    yield from _seen_stage_times(look)
    # Up to where nothing can be told, it takes that long at least.
    seconds = sum(outcome.seconds for outcome in prediction.outcomes if outcome)
    if is_over:
        elapsed = look.exchange.received_at - look.record.created.sent_at
        is_early = elapsed < seconds - tolerances.early - blur
        detail = f"it is over {seconds - elapsed:.3f} s before its time" if is_early else None
        yield sighting("FG-410", detail, *look.before)
    if _stands_still(look):
        unsent = "it is over, and waited for an event that nobody sent"
        yield sighting("FG-420", unsent if is_over else None, *look.before)
    if not prediction.is_certain:
        return
    must_fail = any(outcome.error is not None for outcome in prediction.outcomes if outcome)
    if is_over:
        error = view.get("error") or None
        if must_fail:
            wrong = None if error is not None else "it must fail and has no error"
            yield sighting("FG-406", wrong, *look.before, about=look.record.subject)
        else:
            wrong = None if error is None else f"it must succeed and has the error {error!r}"
            yield sighting("FG-407", wrong, *look.before, about=look.record.subject)
    if not look.is_start and look.age >= seconds + blur:
        late = f"not over {look.age:.3f} s after it was due to begin, its stages take {seconds:.3f} s"
        yield sighting("FG-408", None if is_over else late, *look.before)


def _stands_still(look: InstanceLook) -> bool:
    """Whether it surely waits for an event: the last stage of which anything is known is such a one."""
    stages, outcomes = stages_of(look.record), look.prediction.outcomes
    if stages is None or look.record.is_touched or not look.knowledge.can("wait_event"):
        return False
    if not outcomes or outcomes[-1] is not None or len(outcomes) > len(stages):
        return False
    match stages[len(outcomes) - 1]:
        case {"wait_event": {"event": str() as event, **others}, **rest}:
            return not rest and not others and "${" not in event
    return False


def _seen_stage_times(look: InstanceLook) -> Iterator[Sighting]:
    """A stage that has ended took as long as it was told to."""
    tolerances = look.knowledge.tolerances
    for number, (status, outcome) in enumerate(zip(look.statuses, look.prediction.outcomes, strict=False)):
        ended = seen_member(status, "terminatedAt")
        if outcome is None or ended is None:
            return
        begun, at = moment(status["startedAt"]), moment(ended)
        if begun is None or at is None or at < begun:
            # The wrong order is a finding of its own.
            continue
        blur = max(precision(status["startedAt"]), precision(ended))
        is_right = outcome.seconds - tolerances.early - blur <= at - begun
        is_right &= at - begun <= outcome.seconds + tolerances.lateness + blur
        detail = f"stage {number} took {at - begun:.3f} s where {outcome.seconds:.3f} s were asked for"
        yield sighting("FG-410", None if is_right else detail, *look.before)


def seen_start(look: InstanceLook) -> Iterator[Sighting]:
    """A start is answered at once, or with `wait` when the instance is over."""
    if not look.is_start:
        return
    prediction, elapsed = look.prediction, look.exchange.elapsed
    before = look.record.parent.creators if look.record.parent is not None else ()
    seconds = prediction.seconds if prediction.is_certain else None
    stages = stages_of(look.record)
    if look.waits:
        if stages is not None and not may_wait(stages):
            is_over = seen_member(look.view, "terminated")
            yield sighting("FG-401", None if is_over else "the instance is not over in the answer", *before)
        if seconds is not None:
            early = elapsed < seconds - look.knowledge.tolerances.early - precision(look.view["createdAt"])
            detail = f"answered after {elapsed:.3f} s, the stages take {seconds:.3f} s"
            yield sighting("FG-401", detail if early else None, *before)
    elif seconds is not None and seconds >= SHORTEST_JUDGED_DELAY:
        detail = f"answered after {elapsed:.3f} s, as if it had waited for {seconds:.3f} s of stages"
        yield sighting("FG-402", detail if elapsed >= 0.9 * seconds else None, *before)
