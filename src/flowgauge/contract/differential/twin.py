"""Two servers behind one probe: what asks the one asks the other too, and their answers are compared."""

from collections.abc import Sequence

from flowgauge.contract.asking import NOT_SENT, Asking
from flowgauge.contract.differential.contrasts import CauseCounts, Contrast, contrasts
from flowgauge.contract.differential.translation import Translation
from flowgauge.contract.edition_part import ContractPart
from flowgauge.contract.findings.recorder import Recorder
from flowgauge.contract.judging.reading import Reading
from flowgauge.contract.probe import Probe
from flowgauge.contract.requests import SAFE_METHODS, built, named_things
from flowgauge.contract.target import Capability, Target
from flowgauge.results import Exchange, Finding, Request

__all__ = ["Twin"]

# After so many seconds each what differs in a reading is read once more: it may have been under way.
_PAUSES = (0.05, 0.2, 0.5, 1.0)


class Twin(Probe):
    """Asks A as any probe does, and B the same with B's ids.

    Each side has an observer of its own, so what either of them breaks is known by its finding. What is
    compared beyond that is what both give back where neither breaks anything. A difference that goes away
    when both are asked again was one of time.
    """

    def __init__(self, a: Target, b: Target, part_a: ContractPart, part_b: ContractPart) -> None:
        super().__init__(_Both(a, b), Recorder(a.url, part_a.edition, part_a.findings), part_a)
        self.other = Asking(b, Recorder(b.url, part_b.edition, part_b.findings), part_b)
        self.translation = Translation(part_a.edition, part_b.edition)
        self.causes = CauseCounts()
        # Gone when they were asked for again.
        self.passing = CauseCounts()
        self.compared = 0
        self.not_compared = 0

    def begin(self) -> None:
        """Begin a part of the traffic: both start from nothing, or at least from nothing known."""
        super().begin()
        self._forget()

    def reset(self) -> None:
        """Empty both stores, where both can be."""
        super().reset()
        if self.can(Capability.RESET):
            self._forget()

    def found(self, finding_id: str, wrong: str | None, exchange: Exchange, *before: Exchange) -> bool:  # noqa: ARG002
        """Whether all is well; what only A's side is asked of is no difference."""
        return wrong is None

    def one_sided(self) -> tuple[list[Finding], list[Finding]]:
        """What A alone breaks, and what B alone breaks."""
        ours, theirs = self.recorder.findings(), self.other.recorder.findings()
        names = {there.id: here for here, there in self.translation.operations.items()}
        known_a = {(f.id, op) for f in ours for op in f.operations}
        known_b = {(f.id, names.get(op, op)) for f in theirs for op in f.operations}
        return (
            [f for f in ours if not known_b & {(f.id, op) for op in f.operations}],
            [f for f in theirs if not known_a & {(f.id, names.get(op, op)) for op in f.operations}],
        )

    def _forget(self) -> None:
        self.other.knowledge.forget()
        if self.can(Capability.RESET):
            self.translation.pairs.clear()

    def _judged(self, exchange: Exchange) -> Exchange:
        judged = super()._judged(exchange)
        defects, read = self.last_defects, self.observer.last
        assert read is not None
        theirs = self._theirs(read)
        if theirs is None:
            self.not_compared += 1
        else:
            self.compared += 1
            found = self._apart(read, theirs, bool(defects))
            self.causes.add(read, self._lasting(read, theirs, found))
        self.last_defects = defects
        return judged

    def _theirs(self, read: Reading) -> Reading | None:
        """B's answer to the same request; None where B cannot be asked it."""
        named = dict(read.expected.ids)
        if read.resource is not None and read.role == "create":
            named |= named_things(read.asked.sent, read.resource.references)
        if any(self._is_ours_alone(kind, some_id) for kind, some_id in named.items()):
            return None
        request = self.translation.translated(read.asked)
        if request is None or self.other.send(request).error == NOT_SENT:
            return None
        return self.other.observer.last

    def _is_ours_alone(self, kind: str, some_id: str) -> bool:
        is_given_out = self.knowledge.thing(kind, some_id) is not None
        return is_given_out and self.translation.pairs.partner(some_id) is None

    def _apart(self, read: Reading, theirs: Reading, is_wrong: bool) -> list[Contrast]:
        editions = self.edition, self.other.edition
        found = contrasts(read, theirs, self.translation.pairs, editions)
        # What one of them breaks there is told by its finding.
        return [] if is_wrong != bool(self.other.last_defects) else found

    def _lasting(self, read: Reading, theirs: Reading, found: Sequence[Contrast]) -> list[Contrast]:
        """Of the contrasts those that stay."""
        known = self.causes.seen
        fresh = {contrast.cause for contrast in found if contrast.cause not in known}
        for pause in _PAUSES if fresh else ():
            now = self._again(read, theirs, pause)
            gone = fresh - {contrast.cause for contrast in now}
            self.passing.add(read, [contrast for contrast in found if contrast.cause in gone])
            fresh -= gone
            if not fresh:
                break
        return [contrast for contrast in found if contrast.cause in known or contrast.cause in fresh]

    def _again(self, read: Reading, theirs: Reading, pause: float) -> list[Contrast]:
        """The contrasts of the same thing a little later: it is read, where the request was another."""
        request = read.exchange.request
        made = read.resource
        if request.method not in SAFE_METHODS:
            is_made = made is not None and read.role == "create" and not made.is_constant and made.read
            new_id = made.id_in(read.views[0]) if made is not None and is_made and read.views else None
            record = self.knowledge.thing(made.kind, new_id) if made is not None and new_id else None
            if made is None or record is None:
                return self._apart(read, theirs, bool(self.last_defects))
            request = built(self.edition, str(made.read), record.ids)
        self.target.sleep(pause)
        super()._judged(self._sent(request))
        again = self.observer.last
        assert again is not None
        other = self._theirs(again)
        return [] if other is None else self._apart(again, other, bool(self.last_defects))


class _Both:
    """A target that is A to whoever asks, and both where time passes or a store is emptied."""

    def __init__(self, a: Target, b: Target) -> None:
        self.identity, self.url = a.identity, a.url
        self.capabilities = a.capabilities & b.capabilities
        self._a, self._b = a, b

    def send(self, request: Request) -> Exchange:
        return self._a.send(request)

    def send_together(self, requests: Sequence[Request]) -> list[Exchange]:
        return self._a.send_together(requests)

    def now(self) -> float:
        return self._a.now()

    def sleep(self, seconds: float) -> None:
        self._a.sleep(seconds)
        if Capability.VIRTUAL_CLOCK in self._b.capabilities:
            self._b.sleep(seconds)

    def reset(self) -> None:
        self._a.reset()
        self._b.reset()

    def close(self) -> None:
        self._a.close()
        self._b.close()
