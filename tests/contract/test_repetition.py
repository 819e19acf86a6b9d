"""What fails once in a while: for each operation that reads, the server that fails at every n-th call."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from broken_target import V0, BrokenTarget, found, probe_of

from flowgauge.contract.probe import Probe
from flowgauge.contract.shares import SHARES
from flowgauge.contract.traffic.repetition import CALLS, read_again
from flowgauge.results import Request, Response

ERROR = b'{"errorCode":"VALIDATION","errorMessage":"try again"}'


def read_all_shares(probe: Probe, ids: Mapping[str, str]) -> None:
    for share in SHARES:
        read_again(probe, ids, share)


# The rarest failure shows how often each is asked; the others are the same to all.
RARE = [(op.id, CALLS) for op in V0.operations if op.method == "GET"]


@pytest.mark.parametrize(("operation", "every"), [*RARE, ("getFlow", 2), ("getFlow", 97)])
def test_a_server_that_fails_at_every_nth_call_is_caught(operation: str, every: int) -> None:
    met = 0

    def failing(request: Request, response: Response) -> Response:
        nonlocal met
        match = V0.document.matched(request.path)
        if match is None or match.operations[request.method].id != operation:
            return response
        met += 1
        return replace(response, status=500, body=ERROR) if met % every == 0 else response

    probe = probe_of(BrokenTarget(failing))
    ids = probe.existing()
    met = 0
    read_all_shares(probe, ids)
    assert found(probe) == {("FG-101", operation)}


def test_a_server_that_never_fails_is_not() -> None:
    probe = probe_of(BrokenTarget(lambda request, response: response))
    read_all_shares(probe, probe.existing())
    assert found(probe) == set()
    assert probe.sent > 5 * CALLS
