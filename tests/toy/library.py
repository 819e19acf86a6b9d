"""The library: shelves, the books on them, and one answer for each request.

`Library.answer` is a function of the request, the time and what the library holds. A fault replaces one of
the small steps below (`faults.py`).
"""

import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from . import strict
from .strict import Refused
from .wire import Request, Response, cursor, is_json, page_asked_for

TOKEN = "library-card"
BODY_LIMIT = 1 << 20
TITLES = {
    400: "Bad request",
    401: "Who are you?",
    404: "Not here",
    405: "Not that way",
    413: "Too much",
    415: "Not JSON",
    500: "Our fault",
}


@dataclass(frozen=True)
class Book:
    number: int
    view: dict[str, Any]


@dataclass
class Shelf:
    view: dict[str, Any]
    books: dict[str, Book] = field(default_factory=dict)


def stamp(time: datetime) -> str:
    return time.isoformat(timespec="microseconds").replace("+00:00", "Z")


Handler = Callable[["Library", Request, tuple[str, ...], datetime], Response]


class Library:
    """What stands in the library; every request is answered under one lock."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.cards = frozenset({TOKEN})
        self.shelves: dict[str, Shelf] = {}
        self.given_out = 0
        self.latest: datetime | None = None

    def answer(self, request: Request, now: datetime) -> Response:
        """The response to a request; that to HEAD is the one to GET without its body."""
        try:
            response = self.routed(request, now)
        except Refused as refused:
            response = self.problem(refused)
        if response.status == 204:
            return response
        headers = {**response.headers, "Content-Length": str(len(response.body))}
        return Response(response.status, headers, b"" if request.method == "HEAD" else response.body)

    def routed(self, request: Request, now: datetime) -> Response:
        path = request.ids()
        methods = next((ways for template, ways in ROUTES if _fits(template, path)), None)
        if methods is None:
            raise Refused(404, "there is no such path")
        method = "GET" if request.method == "HEAD" else request.method
        if method == "OPTIONS":
            return Response(204, {"Allow": self.allowed(methods)})
        handler = self.handler(methods, method)
        if handler is None:
            raise Refused(405, "the path knows no such method", self.allow_header(methods))
        self.check_token(request)
        with self.lock:
            return handler(self, request, path, now)

    # Steps, each of which a fault may replace.

    def handler(self, methods: Mapping[str, Handler], method: str) -> Handler | None:
        return methods.get(method)

    def allowed(self, methods: Mapping[str, Handler]) -> str:
        return ", ".join(sorted({*methods, "OPTIONS"} | ({"HEAD"} if "GET" in methods else set())))

    def allow_header(self, methods: Mapping[str, Handler]) -> dict[str, str]:
        return {"Allow": self.allowed(methods)}

    def problem(self, refused: Refused) -> Response:
        problem = {"title": TITLES[refused.status], "detail": refused.detail}
        return self.json(refused.status, problem, {"Content-Type": self.problem_type(), **refused.headers})

    def problem_type(self) -> str:
        return "application/problem+json"

    def json(self, status: int, value: Any, headers: Mapping[str, str] | None = None) -> Response:
        return Response(
            status, {"Content-Type": "application/json", **(headers or {})}, strict.written(value).encode()
        )

    def check_token(self, request: Request) -> None:
        scheme, _, token = ", ".join(request.headers.get("authorization", ())).partition(" ")
        if scheme.lower() != "bearer" or token.strip(" ") not in self.cards:
            raise Refused(401, "show your library card", {"WWW-Authenticate": "Bearer"})

    def draft(self, request: Request, checks: Mapping[str, strict.Check], required: frozenset[str]) -> Any:
        """The body of a create. Raises Refused (413, 415, 400)."""
        if len(request.body) > BODY_LIMIT:
            raise Refused(413, "the body is longer than a mebibyte")
        if not request.body:
            raise Refused(400, "send a body")
        if not is_json(request):
            raise Refused(415, "send application/json")
        value = strict.parsed(request.body)
        wrong = self.wrong(value, checks, required)
        if wrong:
            raise Refused(400, f"look again at {wrong[0]!r}"[:200])
        return value

    def wrong(self, value: Any, checks: Mapping[str, strict.Check], required: frozenset[str]) -> list[str]:
        return strict.wrong_members(value, checks, required)

    def shelf(self, code: str) -> Shelf:
        if code not in self.shelves:
            raise self.nothing()
        return self.shelves[code]

    def book(self, code: str, isbn: str) -> Book:
        books = self.shelf(code).books
        if isbn not in books:
            raise self.nothing()
        return books[isbn]

    def nothing(self) -> Exception:
        return Refused(404, "nothing stands there")

    def number(self) -> int:
        self.given_out += 1
        return self.given_out

    def isbn(self, number: int) -> str:
        """Every number has one of its own: the factor and the modulus have no divisor in common."""
        return f"978{(number * 7_368_787_421 + 1_234_567_891) % 10**10:010d}"

    def time(self, now: datetime) -> str:
        """The time of a change: never that of an earlier one, whatever the clock does."""
        if self.latest is not None and now <= self.latest:
            now = self.latest + timedelta(microseconds=1)
        self.latest = now
        return stamp(now)

    def keep_shelf(self, shelf: Shelf) -> None:
        self.shelves[shelf.view["code"]] = shelf

    def keep_book(self, shelf: Shelf, book: Book) -> None:
        shelf.books[book.view["isbn"]] = book

    def drop_shelf(self, code: str) -> None:
        del self.shelves[code]

    def drop_book(self, code: str, isbn: str) -> None:
        del self.shelf(code).books[isbn]

    def shelf_view(self, shelf: Shelf, now: datetime) -> dict[str, Any]:
        return shelf.view

    def book_view(self, book: Book) -> dict[str, Any]:
        return book.view

    def listed_shelves(self) -> list[dict[str, Any]]:
        return [shelf.view for shelf in reversed(self.shelves.values())]

    def listed_books(self, code: str) -> list[Book]:
        return list(reversed(self.shelf(code).books.values()))

    def page(self, books: list[Book], limit: int, before: int | None) -> tuple[list[Book], int | None]:
        """A page, and the number that the next one starts below; None where this is the last."""
        rest = [book for book in books if before is None or book.number < before]
        return rest[:limit], rest[limit - 1].number if len(rest) > limit else None

    def deleted(self) -> Response:
        return Response(204, {})

    # Handlers.

    def about(self, _request: Request, _path: tuple[str, ...], _now: datetime) -> Response:
        return self.json(200, {"service": {"release": "3.2.0"}})

    def list_shelves(self, _request: Request, _path: tuple[str, ...], _now: datetime) -> Response:
        return self.json(200, {"shelves": self.listed_shelves()})

    def put_up_shelf(self, request: Request, _path: tuple[str, ...], now: datetime) -> Response:
        draft = self.draft(request, strict.SHELF, strict.SHELF_REQUIRED)
        code = "s" + hashlib.sha256(f"shelf {self.number()}".encode()).hexdigest()[:20]
        time = self.time(now)
        view = {"code": code, **draft, "registeredAt": time, "changedAt": time}
        self.keep_shelf(Shelf(view))
        return self.json(201, {"shelf": view}, {"Location": f"/shelves/{code}"})

    def show_shelf(self, _request: Request, path: tuple[str, ...], now: datetime) -> Response:
        return self.json(200, {"shelf": self.shelf_view(self.shelf(path[1]), now)})

    def take_down_shelf(self, _request: Request, path: tuple[str, ...], _now: datetime) -> Response:
        self.shelf(path[1])
        self.drop_shelf(path[1])
        return self.deleted()

    def browse_books(self, request: Request, path: tuple[str, ...], _now: datetime) -> Response:
        books = self.listed_books(path[1])
        limit, before = page_asked_for(request, path[1])
        page, following = self.page(books, limit, before)
        token = None if following is None else cursor(path[1], limit, following)
        frame = {
            "items": [self.book_view(book) for book in page],
            "more": token is not None,
            "limit": limit,
            "nextToken": token,
        }
        return self.json(200, {"page": frame})

    def add_book(self, request: Request, path: tuple[str, ...], now: datetime) -> Response:
        shelf = self.shelf(path[1])
        draft = self.draft(request, strict.BOOK, strict.BOOK_REQUIRED)
        number = self.number()
        isbn = self.isbn(number)
        book = Book(number, {"isbn": isbn, "standsOn": path[1], "entry": draft, "shelvedAt": self.time(now)})
        self.keep_book(shelf, book)
        location = {"Location": f"/shelves/{path[1]}/books/{isbn}"}
        return self.json(201, {"result": {"book": book.view}}, location)

    def open_book(self, _request: Request, path: tuple[str, ...], _now: datetime) -> Response:
        return self.json(200, {"result": {"book": self.book_view(self.book(path[1], path[3]))}})

    def weed_book(self, _request: Request, path: tuple[str, ...], _now: datetime) -> Response:
        self.book(path[1], path[3])
        self.drop_book(path[1], path[3])
        return self.deleted()


# Handlers are looked up by name when they are called, so that a subclass may replace one.
def _step(name: str) -> Handler:
    return lambda library, request, path, now: getattr(library, name)(request, path, now)


ROUTES: tuple[tuple[tuple[str | None, ...], Mapping[str, Handler]], ...] = (
    (("about",), {"GET": _step("about")}),
    (("shelves",), {"GET": _step("list_shelves"), "POST": _step("put_up_shelf")}),
    (("shelves", None), {"GET": _step("show_shelf"), "DELETE": _step("take_down_shelf")}),
    (("shelves", None, "books"), {"GET": _step("browse_books"), "POST": _step("add_book")}),
    (("shelves", None, "books", None), {"GET": _step("open_book"), "DELETE": _step("weed_book")}),
)


def _fits(template: tuple[str | None, ...], path: tuple[str, ...]) -> bool:
    return len(template) == len(path) and all(
        part == asked if part is not None else asked != "" for part, asked in zip(template, path, strict=True)
    )
