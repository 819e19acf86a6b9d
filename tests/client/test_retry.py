import httpx
import pytest

from flowgauge import client as fc
from flowgauge.client.http.timing import retry_after

WALL = 1_676_367_000.0  # 2023-02-14 09:30:00 UTC


def scripted(*outcomes):
    """A handler that goes through `outcomes`: a status, a response, or an error to raise."""
    left = list(outcomes)

    def handle(request):
        outcome = left.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        if isinstance(outcome, int):
            return httpx.Response(outcome, json={"version": "1"})
        return outcome

    handle.left = left
    return handle


def test_nothing_is_tried_again_unless_asked(client_of, clock):
    handle = scripted(503, 200)
    with pytest.raises(fc.ServerError):
        client_of(handle, clock=clock).call("get_server_info")
    assert handle.left == [200]
    assert clock.slept == []


@pytest.mark.parametrize(
    "failure",
    [503, 502, 504, 429, httpx.ConnectError("refused"), httpx.ReadTimeout("slow"), httpx.ReadError("cut")],
)
def test_a_passing_failure_is_tried_again_with_growing_pauses(client_of, clock, failure):
    client = client_of(scripted(failure, failure, 200), clock=clock, retry=fc.Retry(attempts=3))
    assert client.call("get_server_info").version == "1"
    assert clock.slept == [0.1, 0.2]


@pytest.mark.parametrize(
    ("failure", "kind"), [(503, fc.ServerError), (httpx.ReadError("cut"), fc.ConnectionBroken)]
)
def test_the_last_failure_is_told_when_attempts_end(client_of, clock, failure, kind):
    handle = scripted(*[failure] * 5)
    with pytest.raises(kind):
        client_of(handle, clock=clock, retry=fc.Retry(attempts=4)).call("get_server_info")
    assert len(handle.left) == 1


@pytest.mark.parametrize("status", [400, 401, 404, 500, 501])
def test_a_lasting_refusal_is_not_tried_again(client_of, clock, status):
    handle = scripted(status, 200)
    with pytest.raises(fc.ApiError):
        client_of(handle, clock=clock, retry=fc.Retry()).call("get_server_info")
    assert handle.left == [200]


@pytest.mark.parametrize("failure", [503, httpx.ReadTimeout("slow"), httpx.ConnectError("refused")])
def test_a_post_is_repeated_only_when_told(client_of, clock, failure, workflow):
    done = httpx.Response(201, json={"data": workflow})
    careful = scripted(failure, done)
    with pytest.raises(fc.ClientError):
        client_of(careful, clock=clock, retry=fc.Retry()).call("create_workflow")
    assert careful.left == [done]
    bold = scripted(failure, done)
    client_of(bold, clock=clock, retry=fc.Retry(repeat_posts=True)).call("create_workflow")
    assert bold.left == []


def busy(value):
    return httpx.Response(503, headers={"retry-after": value})


def test_retry_after_is_waited_for(client_of, clock):
    clock.now = WALL
    handle = scripted(busy("7"), busy("Tue, 14 Feb 2023 09:30:17 GMT"), 200)
    client_of(handle, clock=clock, retry=fc.Retry()).call("get_server_info")
    assert clock.slept == [7.0, 10.0]


def test_a_retry_after_beyond_patience_ends_the_attempts(client_of, clock):
    handle = scripted(busy("31"), 200)
    with pytest.raises(fc.ServerError):
        client_of(handle, clock=clock, retry=fc.Retry(longest_retry_after=30)).call("get_server_info")
    assert clock.slept == []


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-3", None),
        ("1.5", None),
        ("0", 0.0),
        (" 12 ", 12.0),
        ("9" * 400, float("inf")),
        ("Tue, 14 Feb 2023 09:30:30 GMT", 30.0),
        ("Tue, 14 Feb 2023 09:29:30 GMT", 0.0),
        ("Tue, 99 Feb 2023 09:29:30 GMT", None),
    ],
)
def test_retry_after_is_read_as_the_rfc_says(value, seconds):
    assert retry_after(value, WALL) == seconds


@pytest.mark.parametrize(("chance", "pause"), [(0.0, 0.5), (0.5, 0.75), (1.0, 1.0)])
def test_a_pause_is_drawn_from_the_upper_half_of_its_step(chance, pause):
    retry = fc.Retry(first_pause=1, attempts=9)
    outcome = fc.ConnectFailed("x")
    assert retry.pause_after(1, "GET", outcome, chance=chance, wall=0) == pause


def test_pauses_stop_growing():
    retry = fc.Retry(first_pause=1, longest_pause=5, attempts=10_000)
    pauses = [
        retry.pause_after(n, "GET", fc.ConnectFailed("x"), chance=1, wall=0) for n in (1, 2, 3, 4, 9_000)
    ]
    assert pauses == [1, 2, 4, 5, 5]


@pytest.mark.parametrize(
    "fields",
    [
        {"attempts": 0},
        {"attempts": True},
        {"attempts": 1.5},
        {"first_pause": -1},
        {"first_pause": 9, "longest_pause": 1},
        {"first_pause": "1"},
        {"longest_pause": float("inf")},
        {"longest_retry_after": float("nan")},
        {"longest_retry_after": None},
        {"statuses": 503},
        {"statuses": {"503"}},
    ],
)
def test_a_retry_that_cannot_be_is_refused(fields):
    with pytest.raises(fc.InvalidRequest):
        fc.Retry(**fields)
