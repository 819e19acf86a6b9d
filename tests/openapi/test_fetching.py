"""Documents at a URL, and references to one; nothing but http and https is followed there."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from flowgauge.errors import UsageError
from flowgauge.openapi import Document

FILES = {
    "/api/openapi.yaml": 'openapi: 3.1.0\npaths:\n  /a:\n    $ref: "parts/a.yaml#/item"\n',
    "/api/parts/a.yaml": """\
item:
  get:
    operationId: a
    responses:
      "200": {description: -, content: {application/json: {schema: {$ref: "../schemas#/Text"}}}}
""",
    "/api/schemas": '{"Text": {"type": "string"}}',
    "/api/local.yaml": 'openapi: 3.1.0\npaths:\n  /a:\n    $ref: "file:///etc/hostname"\n',
    "/api/old.json": '{"swagger": "2.0", "paths": {}}',
}


class _Files(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/redirect":
            self.send_response(302)
            self.send_header("Location", "file:///etc/hostname")
            self.end_headers()
            return
        content = FILES.get(self.path)
        self.send_response(404 if content is None else 200)
        self.end_headers()
        self.wfile.write((content or "").encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
        """Nothing is logged."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Files) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_document_at_a_url_is_read_with_what_it_refers_to(url: str) -> None:
    document = Document.read(f"{url}/api/openapi.yaml")
    assert document.name == "openapi.yaml"
    assert document.response_violations("a", 200, "text") == ()
    assert document.response_violations("a", 200, 7) != ()


def test_a_file_may_refer_to_a_url(url: str, tmp_path: Path) -> None:
    path = tmp_path / "api.yaml"
    path.write_text(f'openapi: 3.1.0\npaths:\n  /a:\n    $ref: "{url}/api/parts/a.yaml#/item"\n')
    assert Document.read(path).response_violations("a", 200, 7) != ()


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/api/local.yaml", "is neither a file nor an http or https URL"),
        ("/nothing", "cannot be read: 404 Not Found"),
        ("/redirect", "cannot be read"),
        ("/api/old.json", "npx swagger2openapi"),
    ],
)
def test_what_cannot_be_read_is_refused(url: str, path: str, says: str) -> None:
    with pytest.raises(UsageError) as refusal:
        Document.read(url + path)
    assert says in str(refusal.value)


def test_a_url_at_which_nobody_answers_is_refused() -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        Document.read("http://127.0.0.1:1/openapi.yaml")
