"""What fails once in a while: for each operation that reads, the server that fails at every n-th call."""

from dataclasses import replace

import pytest
from broken_target import BrokenTarget, found, probe_of

from flowgauge.contract.judging.oracle import matched
from flowgauge.contract.probe import existing_ids
from flowgauge.contract.traffic.repetition import CALLS, read_again
from flowgauge.openapi.v0_shim import operations
from flowgauge.results import Request, Response

ERROR = b'{"errorCode":"VALIDATION","errorMessage":"try again"}'


@pytest.mark.parametrize("every", [2, 97, CALLS])
@pytest.mark.parametrize("operation", [op.id for op in operations() if op.method == "GET"])
def test_a_server_that_fails_at_every_nth_call_is_caught(operation: str, every: int) -> None:
    met = 0

    def failing(request: Request, response: Response) -> Response:
        nonlocal met
        by_method, _ = matched(request.path)
        if by_method[request.method].id != operation:
            return response
        met += 1
        return replace(response, status=500, body=ERROR) if met % every == 0 else response

    probe = probe_of(BrokenTarget(failing))
    ids = existing_ids(probe)
    met = 0
    read_again(probe, ids)
    assert found(probe) == {("FG-101", operation)}


def test_a_server_that_never_fails_is_not() -> None:
    probe = probe_of(BrokenTarget(lambda request, response: response))
    read_again(probe, existing_ids(probe))
    assert found(probe) == set()
    assert probe.sent > 5 * CALLS
