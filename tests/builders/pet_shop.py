"""The server that the page about another document speaks of: pets, made, read, listed and deleted."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

__all__ = ["DOCUMENT", "pet_shop"]

_PET = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {"id": {"type": "string"}, "name": {"type": "string"}},
}
_WISH = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}


def _answer(name: str, schema: object) -> dict[str, object]:
    body = {"type": "object", "required": [name], "properties": {name: schema}}
    return {"description": name, "content": {"application/json": {"schema": body}}}


_ERROR = _answer("error", {"type": "string"})
DOCUMENT = json.dumps(
    {
        "openapi": "3.1.0",
        "info": {"title": "Pets", "version": "1"},
        "paths": {
            "/pets": {
                "get": {
                    "operationId": "listPets",
                    "responses": {"200": _answer("pets", {"type": "array", "items": _PET})},
                },
                "post": {
                    "operationId": "createPet",
                    "requestBody": {"required": True, "content": {"application/json": {"schema": _WISH}}},
                    "responses": {"201": _answer("pet", _PET), "400": _ERROR},
                },
            },
            "/pets/{petId}": {
                "parameters": [
                    {"name": "petId", "in": "path", "required": True, "schema": {"type": "string"}}
                ],
                "get": {"operationId": "readPet", "responses": {"200": _answer("pet", _PET), "404": _ERROR}},
                "delete": {
                    "operationId": "deletePet",
                    "responses": {"204": {"description": "It is gone."}, "404": _ERROR},
                },
            },
        },
    }
)
"""JSON is YAML."""


class _Shop(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    pets: dict[str, str]
    behind: str
    numbers: Iterator[int]

    def _told(self, status: int, value: object = None) -> None:
        body = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        if value is not None:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _pet(self, pet: str) -> dict[str, str]:
        return {"id": pet, "name": self.pets[pet] + self.behind}

    def _asked_for(self) -> str | None:
        match = re.fullmatch(r"/pets/([^/?]+)", self.path)
        return match[1] if match is not None and match[1] in self.pets else None

    def do_GET(self) -> None:
        pet = self._asked_for()
        if self.path == "/pets":
            self._told(200, {"pets": [self._pet(each) for each in list(self.pets)]})
        elif pet is None:
            self._told(404, {"error": "no such pet"})
        else:
            self._told(200, {"pet": self._pet(pet)})

    def do_POST(self) -> None:
        try:
            name = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))["name"]
        except (ValueError, KeyError, TypeError, RecursionError):
            name = None
        if not isinstance(name, str):
            self._told(400, {"error": "name is a string"})
            return
        pet = f"p{next(self.numbers)}"
        self.pets[pet] = name
        self._told(201, {"pet": self._pet(pet)})

    def do_DELETE(self) -> None:
        pet = self._asked_for()
        if pet is None:
            self._told(404, {"error": "no such pet"})
        else:
            del self.pets[pet]
            self._told(204)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def pet_shop(*, behind: str = "") -> Iterator[str]:
    """A shop that is open for a while; the value is its root URL. It shows names with that behind them."""
    kind = type("Shop", (_Shop,), {"pets": {}, "numbers": count(1), "behind": behind})
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()
