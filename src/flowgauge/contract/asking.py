"""Asks the target, within what may be sent to it, and lets the observer judge every answer."""

import math
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from flowgauge.contract.edition_part import ContractPart
from flowgauge.contract.findings.defect import Defect
from flowgauge.contract.findings.recorder import Recorder
from flowgauge.contract.findings.sighting import sighting
from flowgauge.contract.findings.sightings import NO_OPERATION, Sightings
from flowgauge.contract.header_values import asked_to_wait, is_unavailable
from flowgauge.contract.judging.knowledge import Knowledge, Record
from flowgauge.contract.judging.observer import Observer
from flowgauge.contract.judging.tolerances import FOREIGN, SAME_HOST, VIRTUAL
from flowgauge.contract.requests import (
    ABSENT,
    NO_IDS,
    SAFE_METHODS,
    Forbidden,
    built,
    named_kinds,
    payload,
    with_ids,
)
from flowgauge.contract.samples import Samples
from flowgauge.contract.target import Capability, Target
from flowgauge.edition import Edition
from flowgauge.errors import TargetUnreachable
from flowgauge.openapi import Json
from flowgauge.results import Exchange, Request

__all__ = ["NOT_SENT", "Asking", "OutOfTime"]

# The reason of an exchange that was held back.
NOT_SENT = "not sent"

# What is wrong with an answer that may be gone on with all the same.
_OF_FORM = frozenset(f"FG-{number}" for number in (102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 302))
# So often a server may put a request off, each time by so many seconds.
_PATIENCE, _LONGEST_PAUSE = 5, 10.0
# A server that has no time, and does not say until when, may have it after so many seconds.
_MOMENTS = (1.0, 3.0, 10.0)
# Seconds of pauses, and of waiting for answers that did not come, with no answer between: after that nothing
# more can be said of a server.
_PATIENCE_IN_A_ROW = 60.0
# An answer is large from here on (bytes); a request whose answers come to so much is not repeated in a test.
_LARGE, _ENOUGH_BYTES = 1 << 18, 1 << 21


class OutOfTime(KeyboardInterrupt):
    """Ends a search, as Ctrl-C does: what else is raised Hypothesis takes for a failure or a flaky test."""


class Asking:
    """One target, what is known of it, and where its defects are written down."""

    def __init__(self, target: Target, recorder: Recorder, part: ContractPart) -> None:
        self.target = target
        self.recorder = recorder
        self.part = part.of_a_target()
        self._forbidden = Forbidden(part.edition, part.left_alone)
        # Since the test began: what is sent must not depend on which tests ran before.
        self.sent = 0
        # So many requests that do not depend on each other may go out together; 1 unless the target is far.
        self.together = 1
        self.samples = Samples()
        # What the report's reader must be told, though it is no finding.
        self.notices: list[str] = []
        # On the monotonic clock; how many requests came too late is kept beside it, and how many were writes
        # to a target that must not be written to.
        self.deadline = math.inf
        self.held_back = 0
        self.held_back_writes = 0
        self.held_back_repeats = 0
        self.patience = _PATIENCE_IN_A_ROW
        # Whether there is no way to the target any more, such as a proxy that is gone.
        self.is_cut_off = False
        # Methods and paths that were unavailable for longer than a moment.
        self._unavailable: set[tuple[str, str]] = set()
        # So many bytes the same request was answered with in this test, where an answer is large.
        self._received: Counter[Request] = Counter()
        # What was wrong with the exchange, or the exchanges together, that were judged last.
        self.last_defects: tuple[Defect, ...] = ()
        capabilities = target.capabilities
        is_exclusive = Capability.EXCLUSIVE in capabilities
        tolerances = SAME_HOST if is_exclusive else FOREIGN
        self.observer = Observer(
            self.part,
            is_exclusive=is_exclusive,
            executes=Capability.EXECUTION in capabilities,
            tolerances=VIRTUAL if Capability.VIRTUAL_CLOCK in capabilities else tolerances,
        )
        self.knowledge.read_back = self._read_back
        self.knowledge.knows_additions = Capability.ADDITIONS in capabilities

    @property
    def edition(self) -> Edition:
        """What the target is held to."""
        return self.part.edition

    @property
    def knowledge(self) -> Knowledge:
        """What is known of the server's state."""
        return self.observer.knowledge

    def can(self, *capabilities: Capability) -> bool:
        """Whether the target has all of these."""
        return set(capabilities) <= self.target.capabilities

    @property
    def is_given_up(self) -> bool:
        """Whether the target gave no answer but pauses for so long that nothing more can be said of it."""
        return self.patience < 0 or self.is_cut_off

    @property
    def is_late(self) -> bool:
        """Whether nothing more may be sent: the time is over, or the target was given up."""
        return self.is_given_up or time.monotonic() > self.deadline

    def go_on(self) -> None:
        """Begin another example of a search. Raises OutOfTime where none of its requests could be sent."""
        if self.is_late:
            self.held_back += 1
            raise OutOfTime

    @property
    def is_misled(self) -> bool:
        """Whether the last answer was wrong in what it says, and not in its form alone."""
        return any(defect.id not in _OF_FORM for defect in self.last_defects)

    def send(self, request: Request) -> Exchange:
        """Send a request as it stands, and judge the answer.

        Nothing that could change the server's state is sent where the target must not be written to, nothing
        at all after the deadline or to what is left alone, and nothing again that a test was answered with
        megabytes; such a request comes back without an answer and unjudged.
        """
        exchange = self.asked(self._referring(request))
        return exchange if exchange.error == NOT_SENT else self._judged(exchange)

    def asked(self, request: Request) -> Exchange:
        """Send a request as it stands, for whoever judges the answer; what is not sent is as in `send`."""
        if self._is_held_back(request):
            return self._not_sent(request)
        try:
            return self._sent(request)
        except TargetUnreachable as error:
            self._cut_off(error)
            return self._not_sent(request)

    def send_together(self, requests: Sequence[Request]) -> list[Exchange]:
        """Send requests at the same time, and judge all answers when the last has come."""
        requests = [self._referring(request) for request in requests]
        if any(self._is_held_back(request) for request in requests):
            return [self._not_sent(request) for request in requests]
        try:
            exchanges = [
                self._waited_for(each) if is_unavailable(each.response) else each
                for each in self.target.send_together(requests)
            ]
        except TargetUnreachable as error:
            self._cut_off(error)
            return [self._not_sent(request) for request in requests]
        # Writes first: a list may show what a write that was answered later did.
        order = sorted(
            range(len(exchanges)),
            key=lambda k: (exchanges[k].request.method in SAFE_METHODS, exchanges[k].received_at),
        )
        judged: dict[int, Exchange] = {}
        defects: list[Defect] = []
        for k in order:
            judged[k] = self._judged(exchanges[k])
            defects += self.last_defects
        self.last_defects = tuple(defects)
        return [judged[k] for k in range(len(exchanges))]

    def call(
        self, operation_id: str, ids: Mapping[str, str] = NO_IDS, *, query: str = "", body: Json = ABSENT
    ) -> Exchange:
        """Call an operation with ids by kind and a JSON body, with a valid token."""
        return self.send(built(self.edition, operation_id, ids, query=query, body=body))

    def answered(
        self, operation_id: str, ids: Mapping[str, str] = NO_IDS, *, query: str = "", body: Json = ABSENT
    ) -> Json:
        """Like `call`, but returns what the success holds, or None without one; see `payload`."""
        return payload(self.edition, self.call(operation_id, ids, query=query, body=body))

    def notice(self, text: str) -> None:
        """Tell the report's reader, once."""
        if text not in self.notices:
            self.notices.append(text)

    def begin(self) -> None:
        """Begin a test: whatever ran before it, it starts from nothing, or at least from nothing known."""
        self.sent = 0
        self._received.clear()
        if self.can(Capability.RESET):
            self.target.reset()
        self.knowledge.forget()

    def reset(self) -> None:
        """Empty the store, where the target can, and forget what was in it."""
        if self.can(Capability.RESET):
            self.target.reset()
            self.knowledge.forget()

    def found(self, finding_id: str, wrong: str | None, exchange: Exchange, *before: Exchange) -> bool:
        """Count a check that a suite made over several exchanges. Returns whether all is well."""
        sightings = Sightings(exchange.operation or NO_OPERATION, exchange)
        sightings.note(sighting(finding_id, wrong, *before))
        self.recorder.note(sightings)
        return wrong is None

    def _referring(self, request: Request) -> Request:
        """The request with the ids of things that are there where its body has placeholders of them."""
        kinds = named_kinds(request.body or b"", (resource.kind for resource in self.edition.resources))
        ids = {kind: self._there(kind) for kind in kinds}
        return replace(request, body=with_ids(request.body or b"", ids)) if ids else request

    def _there(self, kind: str) -> str | None:
        """The id of the last thing of a kind that is there, if one is."""
        known = self.knowledge.things(kind).values()
        return next((record.id for record in reversed(known) if record.is_there), None)

    def _is_held_back(self, request: Request) -> bool:
        is_enough = self._received[request] > _ENOUGH_BYTES
        is_late = self.is_late
        is_forbidden = request.method not in SAFE_METHODS and not self.can(Capability.WRITE)
        self.held_back += is_late
        self.held_back_writes += is_forbidden
        self.held_back_repeats += is_enough
        return is_late or is_forbidden or is_enough or request in self._forbidden

    def _sent(self, request: Request) -> Exchange:
        return self._waited_for(self.target.send(request))

    def _waited_for(self, exchange: Exchange) -> Exchange:
        """Ask again, within bounds, where the server says when it will have time, or may have it soon."""
        request = exchange.request
        for attempt in range(_PATIENCE):
            if exchange.response is None:
                self.patience -= max(0.0, exchange.elapsed)
                break
            pause = asked_to_wait(exchange.response)
            if is_unavailable(exchange.response):
                pause = self._moment(request, attempt)
            if pause is None:
                if not is_unavailable(exchange.response):
                    self.patience = _PATIENCE_IN_A_ROW
                break
            self.notice(f"the target answered {exchange.response.status} and was asked again later")
            self.patience -= max(1.0, min(pause, _LONGEST_PAUSE))
            if self.is_given_up or pause > _LONGEST_PAUSE:
                break
            self.target.sleep(pause)
            exchange = self.target.send(request)
        return exchange

    def _moment(self, request: Request, attempt: int) -> float | None:
        """Seconds after which a 503 that says nothing of a pause may be over (RFC 9110, section 15.6.4).

        None where it was not over before, for this request or another of its method and path.
        """
        match = self.edition.document.matched(request.path)
        route = request.method, "" if match is None else match.template
        if attempt < len(_MOMENTS) and route not in self._unavailable:
            return _MOMENTS[attempt]
        self._unavailable.add(route)
        return None

    def _cut_off(self, error: TargetUnreachable) -> None:
        """Nothing can be said of a target to which there is no way any more."""
        self.notice(error.message)
        self.is_cut_off = True
        self.held_back += 1

    def _not_sent(self, request: Request) -> Exchange:
        self.last_defects = ()
        return Exchange(None, request, None, 0.0, 0.0, NOT_SENT)

    def _judged(self, exchange: Exchange) -> Exchange:
        sightings = self.observer.observe(exchange)
        self.sent += 1
        self.last_defects = tuple(sightings.defects)
        if exchange.response is not None and len(exchange.response.body) > _LARGE:
            self._received[exchange.request] += len(exchange.response.body)
        self.recorder.case(sightings)
        self.samples.add(sightings.exchange)
        return sightings.exchange

    def _read_back(self, record: Record) -> None:
        read = self.edition.resource(record.kind).read
        if read is not None:
            self.call(read, record.ids)
