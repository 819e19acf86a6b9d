"""Which methods a path takes, and what the others are told."""

import pytest
from asking import ROOT, TOKEN_PATH, Asking

from flowgauge import __version__
from flowgauge.editions import edition_named

PATHS = {
    f"{ROOT}/_info": "GET, HEAD, OPTIONS",
    f"{ROOT}/flows": "GET, HEAD, OPTIONS, POST",
    f"{ROOT}/flows/x": "GET, HEAD, OPTIONS",
    f"{ROOT}/flows/x/runs": "GET, HEAD, OPTIONS, POST",
    f"{ROOT}/flows/x/runs/y": "GET, HEAD, OPTIONS",
    TOKEN_PATH: "OPTIONS, POST",
}
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND", "get", "QUERY"]


def test_the_paths_are_those_of_the_document() -> None:
    documented = {op.url_path({"flowId": "x", "runId": "y"}) for op in edition_named().operations}
    assert set(PATHS) - {TOKEN_PATH} == documented


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", METHODS)
def test_an_unsupported_method_is_told_the_supported_ones(method: str, path: str) -> None:
    allow = PATHS[path]
    answer = Asking().ask(method, path)
    if method in allow.split(", "):
        assert answer.status != 405
    else:
        assert (answer.status, answer.header("allow")) == (405, allow)
        assert answer.json["errorCode"] == "VALIDATION"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("token", [None, "t0ken-one"])
def test_options_answers_with_the_methods(path: str, token: str | None) -> None:
    answer = Asking().ask("OPTIONS", path, token=token)
    assert (answer.status, answer.header("allow"), answer.body) == (204, PATHS[path], b"")


def test_head_is_get_without_the_body() -> None:
    server = Asking()
    flow_id = server.created({"noop": {}})
    run_id = server.ran(flow_id)
    flow = f"{ROOT}/flows/{flow_id}"
    for path in (f"{ROOT}/_info", f"{ROOT}/flows", flow, f"{flow}/runs", f"{flow}/runs/{run_id}"):
        head, get = server.ask("HEAD", path), server.ask("GET", path)
        assert (head.status, head.reply.headers) == (200, get.reply.headers)
        assert head.reply.head_only
        # The body is there for its length; the server does not send it.
        assert head.body == get.body


@pytest.mark.parametrize(
    ("path", "token", "status"),
    [(f"{ROOT}/flows/x", "t0ken-one", 404), (f"{ROOT}/flows", None, 401), ("/nowhere", "t0ken-one", 404)],
)
def test_head_of_a_refusal_has_no_body_either(path: str, token: str | None, status: int) -> None:
    answer = Asking().ask("HEAD", path, token=token)
    assert (answer.status, answer.reply.head_only) == (status, True)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "",
        "//",
        "/api",
        ROOT,
        f"{ROOT}/",
        f"{ROOT}/flows/x/",
        f"{ROOT}/flows/x/runs/",
        f"{ROOT}/flows/x/runs/y/",
        f"{ROOT}/flows/x/runs/y/z",
        f"{ROOT}/flows/x/stages",
        f"{ROOT}//flows",
        f"/{ROOT}/flows",
        f"{ROOT}/FLOWS",
        f"{ROOT}/%66lows",
        f"{ROOT}/_info/",
        "*",
        f"{TOKEN_PATH}/",
    ],
)
def test_another_path_is_a_404_with_an_error(path: str) -> None:
    answer = Asking().ask("GET", path)
    assert (answer.status, answer.json["errorCode"]) == (404, "VALIDATION")
    assert answer.media_type == "application/json"


def test_the_version_is_that_of_the_package() -> None:
    assert Asking().info().json == {"version": __version__}


def test_reset_forgets_everything_but_tokens() -> None:
    server = Asking()
    flow_id = server.created()
    server.world.reset()
    assert server.flows().data == []
    assert server.flow(flow_id).status == 404
