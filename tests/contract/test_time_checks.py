"""A server's clock may be wrong; what happened at a time that its own clock does not explain is."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from broken_target import BrokenTarget, found, probe_of

from flowgauge.results import Request, Response

TIMES = ("createdAt", "updatedAt")


def off_by(seconds: float, *, dated: float | None) -> BrokenTarget:
    """Times are so far off, and so is the Date of answers, where there is one."""
    by = timedelta(seconds=seconds)

    def change(request: Request, response: Response) -> Response:
        data = json.loads(response.body)["data"]
        if request.method != "POST":
            return response
        at = datetime.fromisoformat(data["createdAt"])
        data |= dict.fromkeys(TIMES, f"{at + by:%Y-%m-%dT%H:%M:%S.%fZ}")
        headers = response.headers
        if dated is not None:
            headers += (("date", format_datetime(at.astimezone(UTC) + timedelta(seconds=dated))),)
        return replace(response, body=json.dumps({"data": data}).encode(), headers=headers)

    return BrokenTarget(change)


@pytest.mark.parametrize(
    ("seconds", "dated", "is_blamed"),
    [
        (0, None, False),
        (-3600, None, True),
        (3600, None, True),
        (-3600, -3600, False),
        (3600, 3600, False),
        (3600, -3600, True),
        (-3600, 0, True),
        (3600, 0, True),
        (0, 3600, False),
    ],
)
def test_a_time_is_wrong_only_if_neither_clock_explains_it(
    seconds: float, dated: float | None, is_blamed: bool
) -> None:
    probe = probe_of(off_by(seconds, dated=dated))
    probe.call("createWorkflow", body={"stages": []})
    assert found(probe) == ({("FG-303", "createWorkflow")} if is_blamed else set())


def test_a_date_that_is_none_explains_nothing() -> None:
    target = off_by(3600, dated=None)
    change = target._change
    target._change = lambda request, response: (
        (told := change(request, response)) and replace(told, headers=(*told.headers, ("date", "soon")))
    )
    probe = probe_of(target)
    probe.call("createWorkflow", body={"stages": []})
    assert ("FG-303", "createWorkflow") in found(probe)


@pytest.mark.parametrize(
    ("seconds", "dated", "ahead"),
    [(0, None, 0), (-3600, None, 0), (3600, None, 0), (-3600, -3600, -3600), (3600, 3600, 3600)],
)
def test_the_servers_clock_is_known_from_what_it_made(
    seconds: float, dated: float | None, ahead: float
) -> None:
    probe = probe_of(off_by(seconds, dated=dated))
    made = probe.made("workflow", body={"stages": []})
    assert made is not None
    assert probe.server_now(made) - probe.target.now() == pytest.approx(ahead, abs=1)
