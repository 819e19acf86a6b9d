"""The library as flowgauge's machinery asks for it: only this module knows both."""

from datetime import UTC, datetime
from random import Random
from typing import Any

from flowgauge.reference import Access, Reply, WorldRequest
from flowgauge.reference.faults import ANY, FaultGroup, FaultKind, FaultTable

from .faults import FAULTS
from .library import Library
from .wire import Request

GROUP: "FaultGroup[LibraryWorld]" = FaultGroup("seeded")


class LibraryWorld:
    """A library, which a fault makes one of another kind."""

    def __init__(self, access: Access, _random: Random) -> None:
        self._cards = frozenset(each.token for each in access.credentials if each.expires_at is None)
        self._kind: type[Library] = Library
        self._library = self._opened()

    def handle(self, request: WorldRequest, now: float, /) -> Reply:
        headers: dict[str, tuple[str, ...]] = {}
        for name, value in request.headers:
            headers[name] = (*headers.get(name, ()), value)
        target = f"{request.path}?{request.query}" if request.query else request.path
        asked = Request(request.method, target, headers, request.body)
        response = self._library.answer(asked, datetime.fromtimestamp(now, UTC))
        shown = {name.lower(): value for name, value in response.headers.items()}
        length = int(shown.pop("content-length", "0"))
        is_head = request.method == "HEAD"
        body = b" " * length if is_head else response.body
        return Reply(response.status, tuple(shown.items()), body, head_only=is_head)

    def reset(self) -> None:
        """Empty it; what was given out is not given out again."""
        before, self._library = self._library, self._opened()
        self._library.given_out, self._library.latest = before.given_out, before.latest

    def error_body(self, message: str, /) -> Any:
        return {"title": "Our fault", "detail": message}

    def turn_into(self, fault: type[Library]) -> None:
        """Make it wrong in one step more."""
        self._kind = type(fault.__name__, (fault, self._kind), {}) if self._kind is not Library else fault
        self._library = self._opened()

    def _opened(self) -> Library:
        library = self._kind()
        library.cards = self._cards
        return library


def _declare(name: str, operation: str, kind: FaultKind, *findings: str) -> None:
    fault = FAULTS[name]
    GROUP.fault(name, operation, kind, fault.__doc__ or "", findings=findings)(
        lambda world: world.turn_into(fault)
    )


# Those that a reader of the sentence would look for: no finding that merely follows from another.
_declare("create-answers-200", "addBook", "status", "FG-102 addBook")
_declare("answers-in-text", "showShelf", "media", "FG-103 showShelf")
_declare("capacity-reads-as-text", "showShelf", "schema", "FG-105 showShelf")
_declare("undeclared-member", "openBook", "schema", "FG-106 openBook", "FG-106 browseBooks")
_declare("accepts-any-number-of-pages", "addBook", "input", "FG-211 addBook")
_declare("refuses-null-subtitle", "addBook", "input", "FG-210 addBook")
_declare("tags-are-forgotten", "showShelf", "state", "FG-201 showShelf")
_declare("book-is-not-kept", "addBook", "state", "FG-209 addBook")
_declare("list-misses-newest", "listShelves", "state", "FG-202 listShelves")
_declare("list-mixes-shelves", "browseBooks", "state", "FG-205 browseBooks")
_declare("isbn-is-given-again", "addBook", "state", "FG-207 addBook")
_declare("delete-does-nothing", "weedBook", "state", "FG-212 openBook", "FG-212 weedBook")
_declare("delete-answers-200", ANY, "status", "FG-102 weedBook", "FG-102 takeDownShelf")
_declare("deleted-is-still-listed", "listShelves", "state", "FG-212 listShelves")
_declare("book-stands-on-any-shelf", "openBook", "state", "FG-205 openBook")
_declare("page-is-overfull", "browseBooks", "state", "FG-502 browseBooks")
_declare("next-loops", "browseBooks", "state", "FG-504 browseBooks")
_declare("walk-loses-books", "browseBooks", "state", "FG-505 browseBooks")
_declare("unknown-is-500", ANY, "status", "FG-101 showShelf", "FG-101 openBook")
_declare("anyone-may-read", ANY, "auth", "FG-601 about", "FG-601 listShelves", "FG-601 showShelf")
_declare("put-is-taken", ANY, "status", "FG-102 about", "FG-102 listShelves", "FG-102 showShelf")
_declare("times-run-backwards", ANY, "time", "FG-303 putUpShelf", "FG-303 addBook")
_declare("time-of-reading", "showShelf", "time", "FG-302 showShelf")
_declare("concurrent-create-is-lost", "putUpShelf", "concurrency", "FG-209 putUpShelf")
_declare("full-at-hundred", "addBook", "volume", "FG-101 addBook")
_declare("tells-its-inside", ANY, "input", "FG-109 putUpShelf", "FG-109 addBook")
_declare("head-is-not-get", ANY, "status", "FG-210 about", "FG-210 listShelves", "FG-102 about")
_declare("problem-is-plain-json", ANY, "media", "FG-103 showShelf", "FG-103 openBook")
_declare("books-outlive-their-shelf", "openBook", "state", "FG-212 openBook")

FAULT_TABLE = FaultTable(GROUP)
