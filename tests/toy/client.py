"""A client that sends requests as they are given."""

import http.client
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from .library import TOKEN

BEARER = {"Authorization": f"Bearer {TOKEN}"}
SHELF = {
    "label": "Alpha",
    "capacity": 30,
    "genre": "maps",
    "tags": ["a"],
    "place": {"room": "1"},
    "note": None,
}
BOOK = {"title": "Atlas", "pages": 12, "language": "de", "subtitle": None}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass(frozen=True)
class Client:
    """Sends requests as they are given, each on a connection of its own."""

    url: str

    def __call__(
        self, method: str, target: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Answer:
        sent = BEARER | ({} if body is None else {"Content-Type": "application/json"}) | (headers or {})
        raw = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=10)
        connection.request(method, target, raw, {name: value for name, value in sent.items() if value})
        got = connection.getresponse()
        answer = Answer(got.status, {k.lower(): v for k, v in got.getheaders()}, got.read().decode())
        connection.close()
        return answer

    def shelf(self) -> str:
        code: str = self("POST", "/shelves", SHELF).json["shelf"]["code"]
        return code

    def book(self, shelf: str, **more: Any) -> str:
        isbn: str = self("POST", f"/shelves/{shelf}/books", BOOK | more).json["result"]["book"]["isbn"]
        return isbn

    def walk(self, shelf: str, limit: int, *, between: Callable[[], object] = lambda: None) -> list[str]:
        """The isbns on a shelf by its pages, 30 at most."""
        found: list[str] = []
        query = f"?limit={limit}"
        for _ in range(30):
            page = self("GET", f"/shelves/{shelf}/books{query}").json["page"]
            found += [book["isbn"] for book in page["items"]]
            if not page["more"]:
                break
            query = f"?after={page['nextToken']}"
            between()
        return found


def codes_put_up_at_once(client: Client) -> set[str]:
    """The codes of six shelves that are put up at the same time."""
    codes: list[str] = []
    threads = [threading.Thread(target=lambda: codes.append(client.shelf())) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return set(codes)
