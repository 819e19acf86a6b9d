"""Requests and answers that show what can be found on this edition alone; a path's beginning is left out."""

from collections.abc import Mapping

__all__ = ["EXCHANGES"]

EXCHANGES: Mapping[str, str] = {
    "FG-401": """\
> POST /flows/F/runs?wait=true        of a delay of 100 ms
< 201 {"data": {"id": "R", "statuses": [{"stage": 0, "startedAt": "..."}], ...}}
        and no terminatedAt""",
    "FG-402": """\
> POST /flows/F/runs        of a delay of 10 s
< 201        after 10 s""",
    "FG-403": """\
> GET /flows/F/runs/R
< 200 {"data": {"statuses": [{"stage": 0, "terminatedAt": "..."}], ...}}
> GET /flows/F/runs/R
< 200 {"data": {"statuses": [{"stage": 0}], ...}}""",
    "FG-404": """\
> GET /flows/F/runs/R        of a workflow of one stage
< 200 {"data": {"statuses": [{"stage": 0}, {"stage": 1}], ...}}""",
    "FG-405": """\
> GET /flows/F/runs/R
< 200 {"data": {"statuses": [{"stage": 0}, {"stage": 0}, {"stage": 2}], ...}}""",
    "FG-406": """\
> POST /flows/F/runs?wait=true        of a stage that cannot be carried out
< 201 {"data": {"statuses": [{"stage": 0, "terminatedAt": "..."}], ...}}        and no error""",
    "FG-407": """\
> POST /flows/F/runs?wait=true        of a delay of 50 ms
< 201 {"data": {"statuses": [{"stage": 0, "error": "unknown"}], ...}}""",
    "FG-408": """\
> GET /flows/F/runs/R        a minute after its delay of 50 ms
< 200 {"data": {"statuses": [{"stage": 0, "startedAt": "..."}], ...}}""",
    "FG-410": """\
> POST /flows/F/runs?wait=true        of a delay of 100 ms
< 201 {"data": {"statuses": [{"startedAt": "...:00.000Z", "terminatedAt": "...:01.000Z"}], ...}}""",
    "FG-411": """\
> GET /flows/F/runs/R
< 200 {"data": {"statuses": [
<     {"stage": 0, "startedAt": "...:00.000Z", "terminatedAt": "...:00.100Z"},
<     {"stage": 1, "startedAt": "...:00.050Z"}], ...}}""",
    "FG-412": """\
> POST /flows/F/runs?wait=true        of a delay of 50 ms
< 201        after 2 s""",
}
"""By the id of the class."""
