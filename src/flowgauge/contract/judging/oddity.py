"""How far a request is from an ordinary one: of all that show a defect, the most ordinary is shown."""

import re

from flowgauge.contract.judging.expectation import Expectation
from flowgauge.contract.requests import AUTHORIZATION
from flowgauge.results import Request

__all__ = ["oddity"]

# What `requests.built` sends, and every client.
_ORDINARY_HEADERS = {"authorization", "user-agent", "content-type"}
# Anything else in a path is an escape, an empty segment or a slash at the end.
_ORDINARY_PATH = re.compile(r"(?:/[\w.~-]+)+", re.ASCII)


def oddity(request: Request, expected: Expectation) -> int:
    """0 for a valid request as anybody would send it; more for each thing that is wrong or odd about it."""
    is_other = expected.operation is None or request.method != expected.operation.method
    odd_headers = [name for name, _ in request.headers if name.lower() not in _ORDINARY_HEADERS]
    doubled = len(request.headers) - len({name.lower() for name, _ in request.headers})
    is_stranger = request.header("authorization") != AUTHORIZATION[1]
    is_odd_path = _ORDINARY_PATH.fullmatch(request.path) is None
    kinds = [problem.kind for problem in expected.problems]
    problems = len(kinds) + kinds.count("route") + kinds.count("method")
    return problems + 2 * is_other + len(odd_headers) + doubled + is_stranger + is_odd_path + request.chunked
