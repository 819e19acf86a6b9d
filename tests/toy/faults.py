"""Libraries that are wrong in one step each; a docstring says in a sentence in which."""

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from . import strict
from .library import Book, Handler, Library, Shelf, stamp
from .strict import Refused
from .wire import Request, Response


class CreateAnswers200(Library):
    """A create of a book is answered with 200, which the document does not declare."""

    def add_book(self, request: Request, path: tuple[str, ...], now: datetime) -> Response:
        return replace(super().add_book(request, path, now), status=200)


class AnswersInText(Library):
    """A shelf comes as text/plain."""

    def show_shelf(self, request: Request, path: tuple[str, ...], now: datetime) -> Response:
        response = super().show_shelf(request, path, now)
        return replace(response, headers={**response.headers, "Content-Type": "text/plain"})


class CapacityReadsAsText(Library):
    """A shelf is read with its capacity as a string."""

    def shelf_view(self, shelf: Shelf, now: datetime) -> dict[str, Any]:
        return {**shelf.view, "capacity": str(shelf.view["capacity"])}


class UndeclaredMember(Library):
    """A book shows a member that the document does not know."""

    def book_view(self, book: Book) -> dict[str, Any]:
        return {**book.view, "rank": book.number}


class AcceptsAnyNumberOfPages(Library):
    """A book may have no pages, or fewer."""

    def wrong(self, value: Any, checks: Mapping[str, strict.Check], required: frozenset[str]) -> list[str]:
        wrong = super().wrong(value, checks, required)
        return [] if wrong == ["pages"] and isinstance(value.get("pages"), int) else wrong


class RefusesNullSubtitle(Library):
    """A book whose subtitle is null is refused, though the document allows it."""

    def wrong(self, value: Any, checks: Mapping[str, strict.Check], required: frozenset[str]) -> list[str]:
        wrong = super().wrong(value, checks, required)
        return wrong or [name for name in value if name == "subtitle" and value[name] is None]


class TagsAreForgotten(Library):
    """A shelf is read without its tags."""

    def shelf_view(self, shelf: Shelf, now: datetime) -> dict[str, Any]:
        return {name: value for name, value in shelf.view.items() if name != "tags"}


class BookIsNotKept(Library):
    """A create of a book answers as it should and keeps nothing."""

    def keep_book(self, shelf: Shelf, book: Book) -> None:
        return


class ListMissesNewest(Library):
    """The list of shelves lacks the one that was put up last."""

    def listed_shelves(self) -> list[dict[str, Any]]:
        return super().listed_shelves()[1:]


class ListMixesShelves(Library):
    """The books of every shelf are listed on each."""

    def listed_books(self, code: str) -> list[Book]:
        self.shelf(code)
        books = [book for shelf in self.shelves.values() for book in shelf.books.values()]
        return sorted(books, key=lambda book: -book.number)


class IsbnIsGivenAgain(Library):
    """A new book gets the isbn of one that was removed."""

    def __init__(self) -> None:
        super().__init__()
        self.free: list[str] = []

    def drop_book(self, code: str, isbn: str) -> None:
        super().drop_book(code, isbn)
        self.free.append(isbn)

    def isbn(self, number: int) -> str:
        return self.free.pop() if self.free else super().isbn(number)


class DeleteDoesNothing(Library):
    """A delete of a book says 204, and the book stays."""

    def drop_book(self, code: str, isbn: str) -> None:
        return


class DeleteAnswers200(Library):
    """A delete is answered with 200 and a body."""

    def deleted(self) -> Response:
        return self.json(200, {"deleted": True})


class DeletedIsStillListed(Library):
    """A shelf that was taken down is still in the list."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[dict[str, Any]] = []

    def keep_shelf(self, shelf: Shelf) -> None:
        super().keep_shelf(shelf)
        self.seen.insert(0, shelf.view)

    def listed_shelves(self) -> list[dict[str, Any]]:
        return self.seen


class BookStandsOnAnyShelf(Library):
    """A book can be read below a shelf on which it does not stand."""

    def book(self, code: str, isbn: str) -> Book:
        self.shelf(code)
        for shelf in self.shelves.values():
            if isbn in shelf.books:
                return shelf.books[isbn]
        raise self.nothing()


class PageIsOverfull(Library):
    """A page holds one book more than its limit."""

    def page(self, books: list[Book], limit: int, before: int | None) -> tuple[list[Book], int | None]:
        return super().page(books, limit + 1, before)


class NextLoops(Library):
    """The cursor of the next page leads to the same page."""

    def page(self, books: list[Book], limit: int, before: int | None) -> tuple[list[Book], int | None]:
        page, following = super().page(books, limit, before)
        return page, page[0].number + 1 if following is not None else None


class WalkLosesBooks(Library):
    """A walk through the pages misses a book between two of them."""

    def page(self, books: list[Book], limit: int, before: int | None) -> tuple[list[Book], int | None]:
        longer, following = super().page(books, limit + 1, before)
        return longer[:limit], following


class UnknownIs500(Library):
    """What does not exist is answered with 500."""

    def nothing(self) -> Exception:
        return Refused(500, "something went wrong")


class AnyoneMayRead(Library):
    """A read needs no token."""

    def check_token(self, request: Request) -> None:
        if request.method != "GET":
            super().check_token(request)


class PutIsTaken(Library):
    """PUT is answered as GET is, though the document knows no PUT."""

    def handler(self, methods: Mapping[str, Handler], method: str) -> Handler | None:
        return super().handler(methods, "GET" if method == "PUT" else method)


class TimesRunBackwards(Library):
    """What is made later has the earlier time."""

    def time(self, now: datetime) -> str:
        self.latest = now if self.latest is None else self.latest - timedelta(seconds=1)
        return stamp(self.latest)


class TimeOfReading(Library):
    """A shelf is read with the time of the reading as that of its making."""

    def shelf_view(self, shelf: Shelf, now: datetime) -> dict[str, Any]:
        return {**shelf.view, "registeredAt": self.time(now), "changedAt": self.time(now)}


class ConcurrentCreateIsLost(Library):
    """Of two shelves that are put up at the same time, one is lost."""

    def __init__(self) -> None:
        super().__init__()
        self.instant: datetime | None = None

    def put_up_shelf(self, request: Request, path: tuple[str, ...], now: datetime) -> Response:
        # Where the clock is not a real one, what overlaps has one time.
        overlaps, before = now == self.instant, self.shelves
        self.instant = now
        response = super().put_up_shelf(request, path, now)
        self.shelves = before if overlaps else self.shelves
        return response

    def keep_shelf(self, shelf: Shelf) -> None:
        shelves = {**self.shelves, shelf.view["code"]: shelf}
        self.lock.release()
        time.sleep(0.02)  # the window in which another create is overwritten
        self.lock.acquire()
        self.shelves = shelves


class FullAtHundred(Library):
    """A shelf with a hundred books answers the next create with 500."""

    def keep_book(self, shelf: Shelf, book: Book) -> None:
        if len(shelf.books) >= 100:
            raise Refused(500, "something went wrong")
        super().keep_book(shelf, book)


class TellsItsInside(Library):
    """A body that is refused is answered with a stack trace."""

    def draft(self, request: Request, checks: Mapping[str, strict.Check], required: frozenset[str]) -> Any:
        try:
            return super().draft(request, checks, required)
        except Refused as refused:
            place = '  File "/srv/library/app/drafts.py", line 48, in draft'
            trace = f"Traceback (most recent call last):\n{place}\nValueError: {refused.detail}"
            raise Refused(refused.status, trace) from refused


class HeadIsNotGet(Library):
    """HEAD is refused where GET is answered."""

    def routed(self, request: Request, now: datetime) -> Response:
        if request.method == "HEAD":
            raise Refused(404, "there is no such path")
        return super().routed(request, now)


class ProblemIsPlainJson(Library):
    """A problem comes as application/json, where the document says application/problem+json."""

    def problem_type(self) -> str:
        return "application/json"


class BooksOutliveTheirShelf(Library):
    """The books of a shelf that was taken down can still be read and listed."""

    def __init__(self) -> None:
        super().__init__()
        self.taken_down: dict[str, Shelf] = {}

    def drop_shelf(self, code: str) -> None:
        self.taken_down[code] = self.shelves[code]
        super().drop_shelf(code)

    def book(self, code: str, isbn: str) -> Book:
        if code in self.taken_down and isbn in self.taken_down[code].books:
            return self.taken_down[code].books[isbn]
        return super().book(code, isbn)


def _name(fault: type[Library]) -> str:
    """CreateAnswers200 is `create-answers-200`."""
    text = "".join(f"-{each.lower()}" if each.isupper() else each for each in fault.__name__)
    return text.lstrip("-").replace("200", "-200").replace("500", "-500")


FAULTS: dict[str, type[Library]] = {_name(fault): fault for fault in Library.__subclasses__()}
