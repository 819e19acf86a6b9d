"""Checks of one exchange: for each, the response that it must catch, and that it alone speaks."""

from dataclasses import replace

import pytest
from broken_target import BrokenTarget, Change, found, probe_of

from flowgauge.contract.probe import built
from flowgauge.results import Request, Response


def body(text: bytes) -> Change:
    return lambda request, response: replace(response, body=text)


def header(name: str, value: str | None) -> Change:
    def change(request: Request, response: Response) -> Response:
        rest = tuple(h for h in response.headers if h[0].lower() != name)
        return replace(response, headers=rest if value is None else (*rest, (name, value)))

    return change


def status(code: int) -> Change:
    return lambda request, response: replace(response, status=code)


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (lambda request, response: None, "FG-100"),
        (status(500), "FG-101"),
        (status(503), "FG-101"),
        (status(202), "FG-102"),
        (status(302), "FG-102"),
        (status(404), "FG-210"),
        (status(401), "FG-602"),
        (header("content-type", "text/plain"), "FG-103"),
        (header("content-type", None), "FG-103"),
        (header("content-type", "application/json; charset=latin-1"), "FG-103"),
        (body(b'{"version": NaN}'), "FG-104"),
        (body(b'{"version":"1","version":"2"}'), "FG-104"),
        (body(b""), "FG-104"),
        (body(b'{"version":"1"} x'), "FG-104"),
        (body(b"\xff"), "FG-104"),
        (body(b"{}"), "FG-105"),
        (body(b'{"version":1}'), "FG-105"),
        (body(b'{"version":null}'), "FG-105"),
        (body(b'{"version":"1","secret":"x"}'), "FG-106"),
    ],
)
def test_a_broken_answer_to_info_is_caught(change: Change, wanted: str) -> None:
    probe = probe_of(BrokenTarget(change))
    probe.call("orchestrationgetServerInfo")
    assert (wanted, "orchestrationgetServerInfo") in found(probe)


def test_a_sound_answer_is_not_a_finding() -> None:
    probe = probe_of(BrokenTarget(header("content-type", "application/json;charset=UTF-8")))
    probe.call("orchestrationgetServerInfo")
    assert found(probe) == set()
    [info, *_] = probe.recorder.operation_reports()
    assert info.cases == 1
    assert info.checks_run >= 5


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (header("www-authenticate", None), {"FG-108"}),
        (header("www-authenticate", "Basic realm=x"), {"FG-108"}),
        (status(200), {"FG-601"}),
        (body(b'{"errorCode":"VALIDATION","errorMessage":"sql: no rows in result set"}'), {"FG-109"}),
        (body(b'{"errorCode":"VALIDATION","errorMessage":"at com.acme.Auth(Auth.java:12)"}'), {"FG-109"}),
        (body(b'{"errorCode":"VALIDATION","errorMessage":"open /etc/app/keys.json"}'), {"FG-109"}),
        (body(b'{"errorCode":"NOT_AUTHORIZED","errorMessage":"x"}'), {"FG-105"}),
        (body(b"<html>"), {"FG-104"}),
    ],
)
def test_a_broken_refusal_is_caught(change: Change, wanted: set[str]) -> None:
    probe = probe_of(BrokenTarget(change))
    request = built("listFlows")
    probe.send(replace(request, headers=()))
    assert {finding_id for finding_id, _ in found(probe)} == wanted


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (None, {"FG-107"}),
        ("GET", {"FG-107"}),
        ("GET, POST, DELETE", {"FG-107"}),
        ("GET, POST", set()),
        ("OPTIONS, POST,GET , HEAD", set()),
    ],
)
def test_allow_names_what_there_is_and_not_what_was_refused(value: str | None, wanted: set[str]) -> None:
    probe = probe_of(BrokenTarget(header("allow", value)))
    probe.send(replace(built("listFlows"), method="DELETE"))
    assert {finding_id for finding_id, _ in found(probe)} == wanted


def test_a_body_after_head_is_caught() -> None:
    probe = probe_of(BrokenTarget(body(b"{}")))
    probe.send(replace(built("listFlows"), method="HEAD"))
    assert found(probe) == {("FG-111", "listFlows")}
