"""What answers at a URL is found out before anything is tested: one sentence, and exit code 4."""

import json
import socket
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

import pytest
from loopback import heard, loopback_server
from sites import JSON, Said, site

from flowgauge.client.connection import Connection, connection_from
from flowgauge.contract.edition_part import ContractPart
from flowgauge.contract.requests import built
from flowgauge.contract.settings import Settings
from flowgauge.contract.targets.opening import open_target
from flowgauge.edition import Edition
from flowgauge.editions import contract_part
from flowgauge.errors import ExitCode, TargetError, TargetRefused, TargetUnreachable, WrongTarget
from flowgauge.openapi import Document
from flowgauge.reference.server.embedded import embedded_server

ROOT = "/api/orchestration"
ANSWERS: Mapping[str, Any] = {f"{ROOT}/_info": {"version": "v1.2.3"}, f"{ROOT}/flows": {"data": []}}
ERROR = b'{"errorCode":"VALIDATION","errorMessage":"no"}'
PAGE = b"<!DOCTYPE html>\n<html><head><title>Our\n shop</title></head><body>Hello</body></html>"


def opened(url: str, part: ContractPart | None = None, **settings: Any) -> None:
    connection = connection_from({}, url=url, token=settings.pop("token", "t0ken"))
    with open_target(Settings(connection=connection, read_only=True, **settings), part or contract_part()):
        pass


def told(url: str, **settings: Any) -> TargetError:
    with pytest.raises(TargetError) as caught:
        opened(url, **settings)
    assert caught.value.exit_code is ExitCode.UNREACHABLE
    assert caught.value.hint
    assert "\n" not in caught.value.message + caught.value.hint
    return caught.value


def saying(status: int, headers: dict[str, str], body: bytes) -> Callable[..., Said]:
    return lambda *_: (status, headers, body)


def api(changed: Mapping[str, Said] = {}, *, prefix: str = "", cut: str = "") -> Callable[..., Said]:
    """A server of the API, some of whose answers are others."""

    def answer(_: str, path: str, __: dict[str, str]) -> Said:
        path = path.partition("?")[0]
        known = {f"{prefix}{place.removeprefix(cut)}": json.dumps(v).encode() for place, v in ANSWERS.items()}
        if path.removeprefix(prefix) in changed:
            return changed[path.removeprefix(prefix)]
        if path.endswith("/x") and path.removesuffix("/x") in known:
            return 404, JSON, ERROR.replace(b"no", b"no such workflow")
        return (200, JSON, known[path]) if path in known else (404, JSON, ERROR)

    return answer


@pytest.mark.parametrize(
    ("answer", "words", "hint"),
    [
        (saying(200, {"Content-Type": "text/html"}, PAGE), "a page of HTML, 'Our shop'", "web site"),
        (
            saying(404, {"Content-Type": "text/html; charset=utf-8"}, PAGE),
            "404 and a page of HTML",
            "web site",
        ),
        (
            saying(302, {"Location": "https://id.test/login?next=secret"}, b""),
            "https://id.test/login",
            "log in",
        ),
        (
            saying(404, {"Content-Type": "text/plain"}, b"404 page not found\n"),
            "404 page not found",
            "the path",
        ),
        (
            saying(404, JSON, b'{"message":"Not Found"}'),
            "an object of message".replace("an", "a JSON"),
            "path",
        ),
        (saying(200, JSON, b'{"hello":"world"}'), "JSON object of hello", "another API"),
        (saying(200, JSON, b"[]"), "200", "another API"),
        (saying(200, {"Content-Type": "text/plain"}, b"It works!\x1b[31m"), "It works!", "another API"),
        (saying(503, {"Content-Type": "text/plain"}, b"no healthy upstream"), "503 and 'no healthy", "up"),
        (saying(500, {}, b""), "500 and no body", "up"),
        (saying(400, {}, b"Client sent an HTTP request to an HTTPS server."), "an HTTPS server", "another"),
        (saying(204, {}, b""), "204 and no body", "another API"),
    ],
)
def test_what_is_not_the_api_is_named(answer: Callable[..., Said], words: str, hint: str) -> None:
    with site(answer) as (url, asked):
        error = told(url)
        assert isinstance(error, WrongTarget)
        assert words in error.message
        assert hint in (error.hint or "")
        assert url in error.message
        assert "secret" not in str(error)
        assert "\x1b" not in str(error)
        assert all(each.startswith("GET ") for each in asked)
        assert len(asked) < 15


def test_nothing_and_what_does_not_speak_http_are_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert isinstance(told(f"http://127.0.0.1:{port}"), TargetUnreachable)
    for greeting in (b"SSH-2.0-OpenSSH_9.6\r\n", b"", b"\x15\x03\x01\x00\x02\x02\x46"):

        def speak(peer: socket.socket, greeting: bytes = greeting) -> None:
            heard(peer)
            peer.sendall(greeting)

        with loopback_server(speak) as url:
            assert "does not answer" in told(url).message
    with loopback_server(lambda peer: peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as url:
        assert isinstance(told(url.replace("http", "https")), TargetUnreachable)


@pytest.mark.parametrize("status", [401, 403])
def test_who_wants_another_credential_says_so(status: int) -> None:
    with site(saying(status, {}, b"")) as (url, _):
        assert "the token is not accepted" in told(url).message
        assert "it wants a token and none was given" in told(url, token=None).message
    # The greeting may be open to all.
    with site(lambda m, p, h: api()(m, p, h) if "_info" in p else (status, JSON, ERROR)) as (url, _):
        assert isinstance(told(url), TargetRefused)


@pytest.mark.parametrize(
    "missing", [(404, {}, b"404 page not found\n"), (404, JSON, ERROR), (405, {}, b""), (404, {}, PAGE)]
)
def test_another_edition_is_told_by_what_it_lacks(missing: Said) -> None:
    def answer(_: str, path: str, __: dict[str, str]) -> Said:
        return (200, JSON, b'{"version":"v2.0.1"}') if path == f"{ROOT}/_info" else missing

    with site(answer) as (url, _):
        error = told(url)
        assert "a server of version v2.0.1 answers" in error.message
        assert f"{ROOT}/flows" in error.message
        assert "--flowgauge-edition" in (error.hint or "")


@pytest.mark.parametrize(
    ("prefix", "cut", "given", "right"),
    [
        ("", "", ROOT, ""),
        ("", "", "/api", ""),
        ("/a/b", "", f"/a/b{ROOT}", "/a/b"),
        ("/a", "", "/a/b/c", "/a"),
    ],
)
def test_the_right_base_url_is_named(prefix: str, cut: str, given: str, right: str) -> None:
    with site(api(prefix=prefix, cut=cut)) as (url, _):
        assert f"the API answers at {url}{right}:" in (told(url + given).hint or "")
        opened(url + right)


def test_a_server_without_its_gateway_is_told_by_the_paths_it_has() -> None:
    with site(api(cut=ROOT)) as (url, _):
        assert f"without {ROOT}" in (told(url).hint or "")


def test_where_the_server_has_moved_to_is_named() -> None:
    with site(api()) as (url, _):

        def moved(_: str, path: str, __: dict[str, str]) -> Said:
            return 308, {"Location": url + path}, b""

        with site(moved) as (old, _):
            assert f"give {url} as the URL" in (told(old).hint or "")


def test_the_document_s_own_base_path_is_tried() -> None:
    document = {
        "openapi": "3.0.3",
        "info": {"title": "x", "version": "1"},
        "servers": [{"url": "https://pets.test/v3/"}],
        "paths": {
            "/pets": {
                "get": {
                    "responses": {
                        "200": {
                            "description": "",
                            "content": {"application/json": {"schema": {"type": "array"}}},
                        }
                    }
                }
            }
        },
    }
    part = ContractPart(Edition("pets", Document(document)))

    def answer(_: str, path: str, __: dict[str, str]) -> Said:
        return (200, JSON, b"[]") if path == "/v3/pets" else (404, {}, b"")

    with site(answer) as (url, _):
        with pytest.raises(WrongTarget, match="/v3: give that"):
            opened(url, part)
        opened(f"{url}/v3", part)


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {f"{ROOT}/_info": (404, {"Content-Type": "text/plain"}, b"404 page not found\n")},
        {f"{ROOT}/_info": (500, JSON, ERROR)},
        {f"{ROOT}/_info": (200, JSON, b"{}")},
        {f"{ROOT}/_info": (302, {"Location": "/login"}, b"")},
        {f"{ROOT}/_info": (401, JSON, ERROR)},
        {f"{ROOT}/flows": (500, JSON, b'{"errorCode":"INTERNAL_ERROR","errorMessage":"x"}')},
        {f"{ROOT}/flows": (200, JSON, b'{"data":null}')},
        {f"{ROOT}/flows": (200, {"Content-Type": "text/plain"}, b'{"data":[]}')},
        # The errors that it has for what is not there are those of the API.
        {f"{ROOT}/flows": (404, {}, b"404 page not found")},
        {f"{ROOT}/flows": (200, JSON, b"")},
    ],
)
def test_a_server_of_which_one_part_is_broken_is_tested(changed: Mapping[str, Said]) -> None:
    with site(api(changed)) as (url, asked):
        opened(url)
        assert len(asked) <= 5


@pytest.mark.parametrize("faults", [(), ("as-shipped-2023",), ("info-empty", "data-null-when-store-empty")])
def test_the_reference_is_known_whatever_is_wrong_with_it(faults: tuple[str, ...]) -> None:
    with embedded_server(faults=faults) as server:
        opened(server.url, token=server.token)


@pytest.mark.parametrize("path", ["", "/", "//", "/é", "/it's/$HOME", "/%C3%A9/"])
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_any_base_url_is_asked_as_it_must_be(path: str, host: str) -> None:
    def answer(method: str, target: str, headers: dict[str, str]) -> Said:
        prefix = unquote(path).rstrip("/")
        decoded = unquote(target, "latin-1").encode("latin-1").decode()
        assert decoded.startswith(f"{prefix}/api/")
        return api()(method, decoded.removeprefix(prefix), headers)

    with site(answer, host=host) as (url, _):
        opened(url + path)


def test_a_header_goes_with_every_request_and_stands_nowhere() -> None:
    key = "key-of-the-gateway"
    seen: list[str] = []

    def answer(method: str, path: str, headers: dict[str, str]) -> Said:
        if headers.get("x-api-key") != key:
            return 401, {}, b""
        seen.append(headers["cookie"])
        return 200, JSON, json.dumps({"data": [], "version": key}).encode()

    settings = {"headers": (("X-Api-Key", key), ("Cookie", "a=b; c=d"))}
    with site(answer) as (url, _):
        opened(url, **settings)
        assert set(seen) == {"a=b; c=d"}
        asked = Settings(connection=Connection(url, "t"), read_only=True, **settings)  # type: ignore[arg-type]
        part = contract_part()
        with open_target(asked, part) as target:
            exchange = target.send(built(part.edition, "listFlows"))
        assert exchange.response is not None
        assert exchange.response.status == 200
        assert key not in repr(exchange) + repr(asked)
