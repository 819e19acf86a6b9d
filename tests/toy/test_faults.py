"""Every fault shows over HTTP in a few requests, and the clean server shows none of them."""

from collections.abc import Callable
from typing import Any

import pytest

from .client import BOOK, Client, codes_put_up_at_once
from .faults import FAULTS
from .library import Library
from .server import serving


def _books(client: Client, shelf: str, query: str = "") -> Any:
    return client("GET", f"/shelves/{shelf}/books{query}").json["page"]


def _shelf(client: Client, code: str) -> Any:
    return client("GET", f"/shelves/{code}").json["shelf"]


def _listed(client: Client) -> list[str]:
    return [shelf["code"] for shelf in client("GET", "/shelves").json["shelves"]]


def _deleted(client: Client, target: str) -> int:
    return client("DELETE", target).status


def _opened(client: Client, shelf: str, book: str) -> int:
    return client("GET", f"/shelves/{shelf}/books/{book}").status


def _added(client: Client, shelf: str, **more: Any) -> int:
    return client("POST", f"/shelves/{shelf}/books", BOOK | more).status


def book_below_another_shelf_is_listed(client: Client) -> bool:
    client.book(client.shelf())
    return bool(_books(client, client.shelf())["items"])


def isbn_is_given_again(client: Client) -> bool:
    shelf = client.shelf()
    book = client.book(shelf)
    _deleted(client, f"/shelves/{shelf}/books/{book}")
    return client.book(shelf) == book


def book_outlives_its_delete(client: Client) -> bool:
    shelf = client.shelf()
    book = client.book(shelf)
    _deleted(client, f"/shelves/{shelf}/books/{book}")
    return _opened(client, shelf, book) == 200


def book_outlives_its_shelf(client: Client) -> bool:
    shelf = client.shelf()
    book = client.book(shelf)
    _deleted(client, f"/shelves/{shelf}")
    return _opened(client, shelf, book) == 200


def shelf_outlives_its_delete_in_the_list(client: Client) -> bool:
    shelf = client.shelf()
    _deleted(client, f"/shelves/{shelf}")
    return shelf in _listed(client)


def walk_meets(client: Client, count: int) -> bool:
    """Whether a walk through eight books in pages of three meets that many."""
    shelf = client.shelf()
    for _ in range(8):
        client.book(shelf)
    return len(client.walk(shelf, 3)) == count


def page_of_one_holds_two(client: Client) -> bool:
    shelf = client.shelf()
    client.book(shelf)
    client.book(shelf)
    return len(_books(client, shelf, "?limit=1")["items"]) == 2


def later_book_has_an_earlier_time(client: Client) -> bool:
    shelf = client.shelf()
    client.book(shelf)
    client.book(shelf)
    newest, oldest = _books(client, shelf)["items"]
    return bool(newest["shelvedAt"] < oldest["shelvedAt"])


def time_changes(client: Client) -> bool:
    shelf = client.shelf()
    return bool(_shelf(client, shelf)["registeredAt"] != _shelf(client, shelf)["registeredAt"])


def book_101_fails(client: Client) -> bool:
    shelf = client.shelf()
    return [_added(client, shelf) for _ in range(101)] == [201] * 100 + [500]


SYMPTOMS: dict[str, Callable[[Client], bool]] = {
    "accepts-any-number-of-pages": lambda client: _added(client, client.shelf(), pages=0) == 201,
    "answers-in-text": lambda client: (
        client("GET", f"/shelves/{client.shelf()}").headers["content-type"] == "text/plain"
    ),
    "anyone-may-read": lambda client: client("GET", "/shelves", headers={"Authorization": ""}).status == 200,
    "book-is-not-kept": lambda client: _opened(client, shelf := client.shelf(), client.book(shelf)) == 404,
    "book-stands-on-any-shelf": lambda client: (
        _opened(client, client.shelf(), client.book(client.shelf())) == 200
    ),
    "books-outlive-their-shelf": book_outlives_its_shelf,
    "capacity-reads-as-text": lambda client: _shelf(client, client.shelf())["capacity"] == "30",
    "concurrent-create-is-lost": lambda client: not codes_put_up_at_once(client) <= set(_listed(client)),
    "create-answers-200": lambda client: _added(client, client.shelf()) == 200,
    "delete-answers-200": lambda client: _deleted(client, f"/shelves/{client.shelf()}") == 200,
    "delete-does-nothing": book_outlives_its_delete,
    "deleted-is-still-listed": shelf_outlives_its_delete_in_the_list,
    "full-at-hundred": book_101_fails,
    "head-is-not-get": lambda client: client("HEAD", "/about").status == 404,
    "isbn-is-given-again": isbn_is_given_again,
    "list-misses-newest": lambda client: client.shelf() not in _listed(client),
    "list-mixes-shelves": book_below_another_shelf_is_listed,
    "next-loops": lambda client: walk_meets(client, 90),
    "page-is-overfull": page_of_one_holds_two,
    "problem-is-plain-json": lambda client: (
        client("GET", "/shelves/none").headers["content-type"] == "application/json"
    ),
    "put-is-taken": lambda client: client("PUT", "/shelves").status == 200,
    "refuses-null-subtitle": lambda client: _added(client, client.shelf(), subtitle=None) == 400,
    "tags-are-forgotten": lambda client: "tags" not in _shelf(client, client.shelf()),
    "tells-its-inside": lambda client: "Traceback" in client("POST", "/shelves", {}).text,
    "time-of-reading": time_changes,
    "times-run-backwards": later_book_has_an_earlier_time,
    "undeclared-member": lambda client: (
        client.book(shelf := client.shelf()) != "" and "rank" in _books(client, shelf)["items"][0]
    ),
    "unknown-is-500": lambda client: client("GET", "/shelves/none").status == 500,
    "walk-loses-books": lambda client: walk_meets(client, 6),
}


def test_every_fault_has_a_symptom() -> None:
    assert sorted(FAULTS) == sorted(SYMPTOMS)
    assert len(FAULTS) >= 20
    assert all(fault.__doc__ and fault.__doc__.endswith(".") for fault in FAULTS.values())


@pytest.mark.parametrize("name", SYMPTOMS)
def test_a_fault_shows(name: str) -> None:
    with serving(FAULTS[name]()) as url:
        assert SYMPTOMS[name](Client(url))


@pytest.mark.parametrize("name", SYMPTOMS)
def test_the_clean_server_has_no_symptom(name: str) -> None:
    with serving(Library()) as url:
        assert not SYMPTOMS[name](Client(url))
