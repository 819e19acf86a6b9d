"""What the suites know of the server's state: what was acknowledged, and what was seen since."""

import re
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flowgauge.contract.findings.defect import Subject
from flowgauge.contract.judging.tolerances import Tolerances
from flowgauge.edition import Edition
from flowgauge.openapi import Json
from flowgauge.results import LONG_ID, Exchange

__all__ = ["Knowledge", "Record"]

_LETTERS, _DIGITS = re.compile(r"[^\W\d]+"), re.compile(r"[0-9]+")
# The way to a page may be told in so many.
_LONGEST_WAY = 50
_LONG_NAME = 200
_REFUSED = 5
_WORDS = re.compile(rf"[\w-]{{{LONG_ID},}}")


@dataclass(slots=True, eq=False)
class Record:
    """A thing that the server acknowledged.

    `sent` is the body that made it; `view` is how it was last seen, in the exchange `seen`. Once it
    `is_read`, `readings` are other bodies that would explain what answers have shown of it: there are none on
    a sound server. `deleted` is the exchange that acknowledged its deletion. It has `strays` of the kinds of
    which something may have been made below it that nobody was told of. A thing that `is_lost` is one that
    the server has denied, or that nothing can be said of any more; one that `is_touched` was sent something
    that may have changed it. `is_near` says that it was made with numbers that a server may keep roughly.
    `named` are the exchanges that made what its body names.
    """

    kind: str
    id: str
    parent: "Record | None"
    sent: Json
    created: Exchange
    view: dict[str, Any]
    seen: Exchange
    is_lost: bool = False
    is_read: bool = False
    is_touched: bool = False
    is_near: bool = False
    deleted: Exchange | None = None
    readings: list[Json] = field(default_factory=list)
    strays: set[str] = field(default_factory=set)
    children: dict[str, dict[str, "Record"]] = field(default_factory=dict)
    named: tuple[Exchange, ...] = ()

    @property
    def ids(self) -> dict[str, str]:
        """Its own id and those of its ancestors, by kind."""
        above = self.parent.ids if self.parent is not None else {}
        return {**above, self.kind: self.id}

    @property
    def is_deleted(self) -> bool:
        """Whether its deletion was acknowledged."""
        return self.deleted is not None

    @property
    def is_there(self) -> bool:
        """Whether the server must still have it."""
        return not self.is_lost and self.deleted is None

    @property
    def subject(self) -> Subject:
        """What defects of it are about."""
        return Subject(self.id, self.created.operation or "")

    @property
    def creators(self) -> tuple[Exchange, ...]:
        """The exchanges that made its ancestors, what its body names, and itself, oldest first."""
        above = self.parent.creators if self.parent is not None else ()
        return (*dict.fromkeys((*above, *self.named)), self.created)

    def below(self, kind: str) -> dict[str, "Record"]:
        """The things of a kind that were made below it, by id, oldest first."""
        return self.children.setdefault(kind, {})


@dataclass(slots=True)
class Knowledge:
    """Everything acknowledged since the store was empty.

    `is_exclusive` says whether nobody else writes to the server: only then is an unknown id surely
    unknown, and an unexpected item in a list surely wrong. `abilities` are what it is known to do of what the
    edition's own checks foretell, None where that is all; `knows_additions` whether it knows what the
    document marks as one. `foreign` are the things, by kind, that others created, or that came of requests
    that should have been refused: these are `tainted` too. `strays` are the kinds of which something may have
    been made that nobody was told of; `refused` are the last creates that were, by kind and parent.
    `given_out` outlives a reset: an id is never to be given out twice, unless its resource says so. So does
    `named`, the texts in what was made of an inferred edition: things may go by one, too. `cursors` are those
    that pages gave, each with the pages on the way to it. `read_back` asks the server for a thing, to tell a
    cause from what follows of it; what comes of that is known when it returns.
    """

    edition: Edition
    is_exclusive: bool
    tolerances: Tolerances
    abilities: frozenset[str] | None = frozenset()
    knows_additions: bool = True
    foreign: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    tainted: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    strays: set[str] = field(default_factory=set)
    refused: dict[tuple[str, str | None], deque[Exchange]] = field(default_factory=dict)
    given_out: dict[tuple[str, str], Exchange] = field(default_factory=dict)
    named: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    cursors: dict[str, tuple[Exchange, ...]] = field(default_factory=dict)
    read_back: Callable[[Record], object] = lambda _: None
    _things: defaultdict[str, dict[str, Record]] = field(default_factory=lambda: defaultdict(dict))

    def can(self, ability: str) -> bool:
        """Whether the server is known to do this as the edition's own checks foretell."""
        return self.abilities is None or ability in self.abilities

    def forget(self) -> None:
        """The store was emptied."""
        self._things.clear()
        self.strays.clear()
        self.refused.clear()
        self.foreign.clear()
        self.tainted.clear()
        # What a page gave stays a cursor; the pages need not be kept.
        self.cursors = dict.fromkeys(self.cursors, ())

    def way_to(self, cursor: str | None) -> tuple[Exchange, ...]:
        """The pages that led to a cursor, the first one first; none where that is not known."""
        return self.cursors.get(cursor, ()) if cursor is not None else ()

    def led(self, link: Json, way: tuple[Exchange, ...]) -> None:
        """Remember a cursor that the last page of `way` gave, if it gave one."""
        if isinstance(link, str) and not self.cursors.get(link):
            self.cursors[link] = way if len(way) <= _LONGEST_WAY else ()

    def refuse(self, kind: str, parent_id: str | None, exchange: Exchange) -> None:
        """Remember a create that was refused: what is found there later may have come of it all the same."""
        self.refused.setdefault((kind, parent_id), deque(maxlen=_REFUSED)).append(exchange)

    def near(self, kind: str, some_id: str) -> Record | None:
        """The thing whose id stands within another text, if any does."""
        return next((r for word in _WORDS.findall(some_id) if (r := self._things[kind].get(word))), None)

    def things(self, kind: str) -> dict[str, Record]:
        """Everything of a kind by id, oldest first; what is lost or deleted too."""
        return self._things[kind]

    def thing(self, kind: str, some_id: str) -> Record | None:
        """The record of a thing, unless it is lost or deleted."""
        record = self._things[kind].get(some_id)
        return record if record is not None and record.is_there else None

    def add(self, record: Record) -> None:
        """From now on this is known."""
        self._things[record.kind].setdefault(record.id, record)
        if self.edition.is_inferred and isinstance(record.view, dict):
            texts = (value for value in record.view.values() if isinstance(value, str))
            self.named[record.kind].update(text for text in texts if len(text) < _LONG_NAME)
        if record.parent is not None:
            record.parent.below(record.kind).setdefault(record.id, record)

    def give_up(self, kind: str, some_id: str) -> None:
        """Another thing may have this id from now on: what is known of the one that had it is forgotten."""
        self.given_out.pop((kind, some_id), None)
        record = self._things[kind].pop(some_id, None)
        if record is not None and record.parent is not None:
            record.parent.below(kind).pop(some_id, None)

    def as_given_out(self, kind: str, some_id: str) -> str:
        """The known id of which this is another spelling, or the id itself.

        A UUID is read without regard to case (RFC 9562, section 4); whether other ids have a case, and a
        counter zeros before it, no document says.
        """
        if (kind, some_id) in self.given_out:
            return some_id
        wanted = _plain(some_id)
        return next((i for k, i in self.given_out if k == kind and _plain(i) == wanted), some_id)

    def is_like_given(self, kind: str, some_id: str) -> bool:
        """Whether an id that was given out is made like this one, so that this may be another's.

        Where none was given out, and nothing but a document is known, a number may be one: servers count.
        """
        given = [i for k, i in self.given_out if k == kind]
        if not given:
            return self.edition.is_inferred and some_id.isascii() and some_id.isdecimal()
        shape = _shape(some_id)
        return any(_shape(i) == shape for i in given)


def _plain(some_id: str) -> str:
    folded = some_id.casefold()
    return folded.lstrip("0") if folded.isdecimal() else folded


def _shape(some_id: str) -> str:
    return _DIGITS.sub("9", _LETTERS.sub("a", some_id))
