"""A walk over the pages of a list of runs."""

from collections.abc import Callable
from urllib.parse import quote

from flowgauge.contract.probe import Probe, payload
from flowgauge.results import Exchange

__all__ = ["walk_pages"]


def walk_pages(
    probe: Probe, flow_id: str, *, size: int, between: Callable[[], object] = lambda: None
) -> None:
    """Walk from the newest run to the oldest by `next`, then one page back by `previous`.

    `between` is called after each page: runs that start meanwhile must not disturb the walk. Every run that
    was acknowledged before it began must be met exactly once.
    """
    flow = probe.knowledge.flow(flow_id)
    if flow is None:
        return
    due = {run.id for run in flow.runs.values() if not run.is_lost}
    seen: list[str] = []
    visited: list[Exchange] = []
    query = f"pageSize={size}"
    cursors: set[str] = set()
    # One page more than there can be: whoever gets that far walks in circles.
    for _ in range(len(due) // size + 3 + len(due)):
        exchange = probe.call("listRuns", query=query, flowId=flow_id)
        page = payload(exchange)
        if not isinstance(page, dict):
            refused = cursors and exchange.response is not None and exchange.response.status < 500
            if refused:
                # The oracle leaves every cursor open; this one the server has given out itself.
                probe.found("FG-504", "the server refuses its own cursor", exchange, *visited[-1:])
            return
        if probe.last_defects:
            return
        visited.append(exchange)
        seen += [run["id"] for run in page["data"]]
        following = page.get("next")
        if following is None:
            break
        if following in cursors:
            probe.found(
                "FG-504", f"page {len(visited)} leads back to an earlier page", exchange, *visited[:-1]
            )
            return
        cursors.add(following)
        query = f"cursor={quote(following, safe='')}"
        between()
    else:
        probe.found("FG-504", f"{len(visited)} pages and no end for {len(due)} runs", visited[-1], visited[0])
        return
    probe.found("FG-504", None, visited[-1])
    _check_met_once(probe, due, seen, visited)
    _check_way_back(probe, flow_id, visited)
    # From a page in the middle, whose other neighbour is not to be taken for this one.
    _check_way_back(probe, flow_id, visited[: len(visited) // 2 + 1])


def _check_met_once(probe: Probe, due: set[str], seen: list[str], visited: list[Exchange]) -> None:
    missing = due - set(seen)
    repeated = next((run_id for run_id in seen if seen.count(run_id) > 1), None)
    wrong = None
    if missing:
        wrong = f"{len(missing)} of {len(due)} runs were not met on {len(visited)} pages"
    elif repeated:
        wrong = f"run {repeated} was met more than once"
    probe.found("FG-505", wrong, visited[-1], *visited[:-1])


def _check_way_back(probe: Probe, flow_id: str, visited: list[Exchange]) -> None:
    if len(visited) < 2:
        return
    last, before = payload(visited[-1]), payload(visited[-2])
    back = last.get("previous")
    if not probe.found("FG-501", None if back else "a later page has no previous", visited[-1]):
        return
    exchange = probe.call("listRuns", query=f"cursor={quote(back, safe='')}", flowId=flow_id)
    page = payload(exchange)
    if isinstance(page, dict) and not probe.last_defects:
        there, again = [r["id"] for r in before["data"]], [r["id"] for r in page["data"]]
        wrong = None if there == again else f"{again} where the page before held {there}"
        probe.found("FG-505", wrong and f"previous leads elsewhere: {wrong}", exchange, *visited[-2:])
