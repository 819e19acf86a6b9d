import httpx
import pytest

from flowgauge import client as fc

TIME = "2023-02-14T09:30:00Z"
FLOW_ID, RUN_ID = "f", "r"


class Server:
    """Holds one workflow; `looks` are the statuses that a run shows, look by look, the last for ever."""

    def __init__(self, stages, *looks):
        self.stages = stages
        self.looks = list(looks)
        self.requests = []

    def __call__(self, request):
        self.requests.append((request.method, request.url.path.rpartition("orchestration")[2]))
        if request.url.path.endswith(f"/flows/{FLOW_ID}"):
            config = {"stages": [{}] * self.stages}
            return httpx.Response(
                200, json={"data": {"id": FLOW_ID, "config": config, "createdAt": TIME, "updatedAt": TIME}}
            )
        statuses = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        run = {
            "id": RUN_ID,
            "workflowID": FLOW_ID,
            "createdAt": TIME,
            "updatedAt": TIME,
            "statuses": statuses,
        }
        return httpx.Response(201 if request.method == "POST" else 200, json={"data": run})


def begun(stage):
    return {"stage": stage, "occurrenceID": f"o{stage}", "startedAt": TIME}


def ended(stage, **more):
    return begun(stage) | {"terminatedAt": TIME} | more


def test_a_run_is_looked_at_until_its_last_stage_has_ended(client_of, clock):
    server = Server(2, [], [begun(0)], [ended(0)], [ended(0), begun(1)], [ended(0), ended(1)])
    polling = fc.Polling(first_pause=1, growth=2, longest_pause=3)
    run = client_of(server, clock=clock).call("run_and_wait", FLOW_ID, {"a": "b"}, polling=polling)
    assert len(run.statuses) == 2
    assert server.requests == [
        ("GET", "/flows/f"),
        ("POST", "/flows/f/runs"),
        *[("GET", "/flows/f/runs/r")] * 4,
    ]
    assert clock.slept == [1, 2, 3, 3]


def test_a_failed_stage_ends_the_wait_early(client_of, clock):
    server = Server(3, [begun(0)], [ended(0, error="no")])
    run = client_of(server, clock=clock).call("run_and_wait", FLOW_ID)
    assert run.failure is not None
    assert run.failure.error == "no"


def test_a_run_that_is_over_at_once_is_not_looked_at_again(client_of, clock):
    server = Server(0, [])
    client_of(server, clock=clock).call("run_and_wait", FLOW_ID)
    assert server.requests == [("GET", "/flows/f"), ("POST", "/flows/f/runs")]
    assert clock.slept == []


def test_a_known_stage_count_saves_a_call(client_of, clock):
    server = Server(1, [ended(0)])
    client_of(server, clock=clock).call("run_and_wait", FLOW_ID, stage_count=1)
    assert server.requests == [("POST", "/flows/f/runs")]


def test_polling_ends_and_says_where_the_run_is(client_of, clock):
    server = Server(2, [ended(0)])
    start = clock.now
    with pytest.raises(fc.RunUnfinished) as caught:
        client_of(server, clock=clock).call("run_and_wait", FLOW_ID, polling=fc.Polling(limit=10))
    assert clock.now - start == pytest.approx(10)
    assert (caught.value.flow_id, caught.value.run_id) == (FLOW_ID, RUN_ID)
    assert "1 of 2 stages" in str(caught.value)


@pytest.mark.parametrize(
    "fields",
    [
        {"limit": 0},
        {"limit": float("nan")},
        {"limit": float("inf")},
        {"limit": "60"},
        {"first_pause": 0},
        {"first_pause": 5},
        {"first_pause": True},
        {"growth": 0.5},
    ],
)
def test_polling_that_cannot_be_is_refused(fields):
    with pytest.raises(fc.InvalidRequest):
        fc.Polling(**fields)


def test_a_look_is_retried_like_any_get_and_the_start_is_not(client_of, clock):
    server = Server(1, [], [ended(0)])
    failures = [None, None, 503]

    def flaky(request):
        failure = failures.pop(0) if failures else None
        return httpx.Response(failure) if failure else server(request)

    client = client_of(flaky, clock=clock, retry=fc.Retry())
    assert client.call("run_and_wait", FLOW_ID).statuses
    failures[:] = [None, 503]
    with pytest.raises(fc.ServerError):
        client.call("run_and_wait", FLOW_ID)


def page(ids, **cursor):
    runs = [
        {"id": i, "workflowID": FLOW_ID, "createdAt": TIME, "updatedAt": TIME, "statuses": []} for i in ids
    ]
    return httpx.Response(200, json={"cursor": {"pageSize": 2, "data": runs} | cursor})


def pages(*given):
    left = list(given)
    queries = []

    def handle(request):
        queries.append(str(request.url.query, "ascii"))
        return left.pop(0)

    handle.queries = queries
    return handle


@pytest.mark.parametrize(
    "last", [{}, {"hasMore": False}, {"hasMore": False, "next": "stale"}, {"next": None}, {"hasMore": None}]
)
def test_all_pages_are_walked(client_of, last):
    handle = pages(
        page("ab", hasMore=True, next="n 1"), page("cd", next="n2", previous="p"), page("e", **last)
    )
    runs = client_of(handle).call("iter_runs", FLOW_ID, page_size=2)
    assert [run.id for run in runs] == ["a", "b", "c", "d", "e"]
    assert handle.queries == ["pageSize=2", "pageSize=2&cursor=n+1", "pageSize=2&cursor=n2"]


def test_an_empty_list_has_no_runs(client_of):
    assert client_of(pages(page(""))).call("iter_runs", FLOW_ID) == []


@pytest.mark.parametrize(
    "given",
    [
        [page("ab", hasMore=True)],
        [page("ab", next="n"), page("cd", next="n")],
        [page("ab", next="n"), page("cd", next="m"), page("ef", next="n")],
    ],
    ids=["more-without-next", "same-page", "circle"],
)
def test_pages_that_never_end_are_an_error(client_of, given):
    with pytest.raises(fc.UnexpectedReply):
        client_of(pages(*given)).call("iter_runs", FLOW_ID)


@pytest.mark.parametrize("count", [-1, "2", 1.5, True])
def test_a_stage_count_that_is_none_starts_no_run(client_of, count):
    handle = pages()
    with pytest.raises(fc.InvalidRequest, match="stage_count"):
        client_of(handle).call("run_and_wait", FLOW_ID, stage_count=count)
    assert handle.queries == []
