"""The clean server is sound, as far as a table can say."""

import json
import re
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from .client import BOOK, SHELF, Client, codes_put_up_at_once
from .edition import edition
from .library import TOKEN, Library
from .server import serving


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving(Library()) as url:
        yield url


@pytest.fixture
def client(url: str) -> Client:
    return Client(url)


BODIES: list[tuple[bytes, int]] = [
    (b'{"label":"a","capacity":1,"genre":"maps"}', 201),
    (b'{"label":"a\\u0000\xf0\x9f\x93\x9a","capacity":5.0,"genre":"maps"}', 201),
    (b'{"label":"a","capacity":0,"genre":"maps"}', 400),
    (b'{"label":"a","capacity":10001,"genre":"maps"}', 400),
    (b'{"label":"a","capacity":true,"genre":"maps"}', 400),
    (b'{"label":"a","capacity":"1","genre":"maps"}', 400),
    (b'{"label":"a","capacity":NaN,"genre":"maps"}', 400),
    (b'{"label":"a","capacity":1.5,"genre":"maps"}', 400),
    (b'{"label":"a","capacity":1e999999999,"genre":"maps"}', 400),
    (b'{"label":"","capacity":1,"genre":"maps"}', 400),
    (b'{"label":"a","label":"a","capacity":1,"genre":"maps"}', 400),
    (b'{"label":"\\ud800","capacity":1,"genre":"maps"}', 400),
    (b'{"label":"\xff","capacity":1,"genre":"maps"}', 400),
    (b'{"label":"a","capacity":1,"genre":"maps"} x', 400),
    (b'{"label":"a","capacity":1,"genre":"maps","more":1}', 400),
    (b'{"label":"a","capacity":1,"genre":"maps","place":{}}', 400),
    (b'{"label":"a","capacity":1,"genre":"maps","tags":[1]}', 400),
    (b'{"label":"a","capacity":1,"genre":"maps","note":1}', 400),
    (b'{"label":"a","capacity":1}', 400),
    (b'{"label":"a","capacity":1,"genre":"maps","place":{"room":"1","row":1' + b"0" * 300 + b"}}", 201),
    (b'{"label":"a","capacity":1,"genre":"maps","place":{"room":"1","row":1' + b"0" * 309 + b"}}", 400),
    (b"[]", 400),
    (b"null", 400),
    (b"", 400),
    (b"[" * 100_000, 400),
    (b'"' + b"x" * (1 << 20) + b'"', 413),
]


@pytest.mark.parametrize(("body", "status"), BODIES, ids=lambda value: repr(value)[:60])
def test_a_body_deserves_its_status(client: Client, body: bytes, status: int) -> None:
    answer = client("POST", "/shelves", body)
    assert answer.status == status
    if status != 201:
        assert answer.json.keys() == {"title", "detail"}


REQUESTS: list[tuple[str, str, int]] = [
    ("GET", "/about", 200),
    ("GET", "/about?x=1&x=2", 200),
    ("GET", "/", 404),
    ("GET", "/nowhere", 404),
    ("GET", "/shelves/", 404),
    ("GET", "//shelves", 404),
    ("GET", "/shelves/{shelf}", 200),
    ("GET", "/shelves/%7Bshelf%7D", 404),
    ("GET", "/shelves/{shelf}%2F", 404),
    ("GET", "/shelves/{shelf}%00", 404),
    ("GET", "/shelves/%ff", 404),
    ("GET", "/shelves/..", 404),
    ("GET", "/shelves/%252e", 404),
    ("GET", "/shelves/" + "x" * 4096, 404),
    ("GET", "/shelves//books", 404),
    ("GET", "/shelves/{shelf}/books", 200),
    ("GET", "/shelves/none/books", 404),
    ("GET", "/shelves/{shelf}/books?limit=1", 200),
    ("GET", "/shelves/{shelf}/books?limit=50", 200),
    ("GET", "/shelves/{shelf}/books?limit=0", 400),
    ("GET", "/shelves/{shelf}/books?limit=51", 400),
    ("GET", "/shelves/{shelf}/books?limit=", 400),
    ("GET", "/shelves/{shelf}/books?limit=x", 400),
    ("GET", "/shelves/{shelf}/books?limit=1&limit=1", 400),
    ("GET", "/shelves/{shelf}/books?after=", 400),
    ("GET", "/shelves/{shelf}/books?after=x", 400),
    ("GET", "/shelves/{shelf}/books?after=%C3%A9", 400),
    ("GET", "/shelves/{shelf}/books/none", 404),
    ("DELETE", "/shelves/none", 404),
    ("DELETE", "/shelves/{shelf}/books/none", 404),
]


@pytest.mark.parametrize(("method", "target", "status"), REQUESTS, ids=lambda value: str(value)[:60])
def test_a_request_deserves_its_status(client: Client, method: str, target: str, status: int) -> None:
    assert client(method, target.replace("{shelf}", client.shelf())).status == status


@pytest.mark.parametrize(
    "credentials", ["", "Bearer", "Bearer x", f"Basic {TOKEN}", f"Bearer {TOKEN} {TOKEN}", TOKEN]
)
def test_a_request_without_the_token_is_refused(client: Client, credentials: str) -> None:
    answer = client("GET", "/shelves", headers={"Authorization": credentials})
    assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.json.keys() == {"title", "detail"}


@pytest.mark.parametrize(
    ("media", "status"),
    [
        ("application/json; charset=UTF-8", 201),
        ("Application/JSON", 201),
        ("application/json; charset=latin-1", 415),
        ("text/plain", 415),
        ("", 415),
    ],
)
def test_only_json_is_read(client: Client, media: str, status: int) -> None:
    assert client("POST", "/shelves", SHELF, {"Content-Type": media}).status == status


def test_a_coded_body_is_not_read(client: Client) -> None:
    assert client("POST", "/shelves", SHELF, {"Content-Encoding": "gzip"}).status == 415


def test_methods(client: Client) -> None:
    for method in ("PUT", "PATCH", "DELETE", "TRACE", "BREW"):
        answer = client(method, "/shelves", headers={"X-HTTP-Method-Override": "GET"})
        assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS, POST")
    assert client("OPTIONS", "/about").headers["allow"] == "GET, HEAD, OPTIONS"
    get, head = client("GET", "/about"), client("HEAD", "/about")
    assert (head.status, head.text) == (200, "")
    assert {**get.headers, "date": ""} == {**head.headers, "date": ""}


def test_what_was_sent_comes_back(client: Client) -> None:
    shelf = client.shelf()
    raw = (
        b'{"title":"\\u0000\\ud83d\\udcda","pages":12,"language":"de","price":0.10000000000000000001,'
        b'"serial":123456789012345678901234567890,"details":{"n":[1e308,2e-99999,1.25e+2,-0.0,null,{"":"\xc3\xa9"}]}}'
    )
    isbn = client("POST", f"/shelves/{shelf}/books", raw).json["result"]["book"]["isbn"]
    text = client("GET", f"/shelves/{shelf}/books/{isbn}").text
    assert '"price":0.10000000000000000001,"serial":123456789012345678901234567890' in text
    assert '{"n":[1E+308,2E-99999,125.0,-0.0,null,{"":"\\u00e9"}]}' in text
    view = client("GET", f"/shelves/{client.shelf()}").json["shelf"]
    assert {name: view[name] for name in SHELF} == SHELF


def test_chunks_are_a_body_and_the_connection_lives_on(client: Client) -> None:
    body = json.dumps(SHELF).encode()
    head = f"Host: x\r\nAuthorization: Bearer {TOKEN}\r\n"
    how = "Content-Type: application/json\r\nTransfer-Encoding: chunked"
    chunked = f"POST /shelves HTTP/1.1\r\n{head}{how}\r\n\r\n"
    parts = urlsplit(client.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body)
        connection.sendall(chunked.encode() + chunks + b"0\r\n\r\n")
        connection.sendall(f"GET /about HTTP/1.1\r\n{head}Connection: close\r\n\r\n".encode())
        got = b"".join(iter(lambda: connection.recv(65536), b""))
    assert re.findall(rb"HTTP/1.1 (\d+)", got) == [b"201", b"200"]


@pytest.mark.parametrize(
    "head", ["Content-Length: -1", "Content-Length: 2\r\nTransfer-Encoding: chunked", "X"]
)
def test_what_is_no_request_gets_400(client: Client, head: str) -> None:
    parts = urlsplit(client.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        request = "X" if head == "X" else f"POST /shelves HTTP/1.1\r\nHost: x\r\n{head}"
        connection.sendall(f"{request}\r\n\r\n".encode())
        assert connection.recv(65536).startswith(b"HTTP/1.1 400 ")


def test_a_walk_meets_what_stays_once(client: Client) -> None:
    shelf = client.shelf()
    books = [client.book(shelf) for _ in range(12)]
    gone = iter(books[:8])

    def change() -> None:
        client.book(shelf)
        client("DELETE", f"/shelves/{shelf}/books/{next(gone)}")

    met = client.walk(shelf, 3, between=change)
    assert len(met) == len(set(met))
    assert set(books[8:]) <= set(met) <= set(books)
    assert client.walk(shelf, 50) == client.walk(shelf, 1)


def test_a_delete_is_for_good(client: Client) -> None:
    shelf = client.shelf()
    book = client.book(shelf)
    isbns = {book, client.book(shelf)}
    gone = client("DELETE", f"/shelves/{shelf}/books/{book}")
    assert (gone.status, gone.text, "content-type" in gone.headers) == (204, "", False)
    assert client("DELETE", f"/shelves/{shelf}/books/{book}").status == 404
    isbns |= {client.book(shelf) for _ in range(5)}
    assert len(isbns) == 7
    assert client("DELETE", f"/shelves/{shelf}").status == 204
    for target in (f"/shelves/{shelf}", f"/shelves/{shelf}/books", f"/shelves/{shelf}/books/{max(isbns)}"):
        assert client("GET", target).status == 404
    assert shelf not in client("GET", "/shelves").text


def test_creates_at_once_are_all_kept_in_order(client: Client) -> None:
    codes = codes_put_up_at_once(client)
    shelves = client("GET", "/shelves").json["shelves"]
    assert len(codes & {shelf["code"] for shelf in shelves}) == 6
    times = [shelf["registeredAt"] for shelf in shelves]
    assert times == sorted(set(times), reverse=True)


def test_every_answer_is_as_the_document_says(client: Client) -> None:
    document = edition().document
    shelf = client.shelf()
    book = client.book(shelf)
    calls = {
        "about": ("GET", "/about", None),
        "listShelves": ("GET", "/shelves", None),
        "putUpShelf": ("POST", "/shelves", SHELF),
        "showShelf": ("GET", f"/shelves/{shelf}", None),
        "browseBooks": ("GET", f"/shelves/{shelf}/books", None),
        "addBook": ("POST", f"/shelves/{shelf}/books", BOOK),
        "openBook": ("GET", f"/shelves/{shelf}/books/{book}", None),
    }
    for operation_id, (method, target, body) in calls.items():
        answer = client(method, target, body)
        assert answer.status == document.operation(operation_id).success
        assert not document.response_violations(operation_id, answer.status, answer.json, closed=True)
