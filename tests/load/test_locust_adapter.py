"""The command as people type it: Locust in a child process, since importing it changes the interpreter."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from flowgauge.cli.load import TELEMETRY
from flowgauge.reference.server.embedded import Embedded, embedded_server
from flowgauge.results import LoadRun, read_load_run

ROOT = Path(__file__).parents[2]
# A busy machine must not fail a test of something else.
CALM = ["--max-schedule-lag", "60s"]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@pytest.fixture(scope="module")
def server() -> Iterator[Embedded]:
    with embedded_server() as embedded:
        yield embedded


@pytest.fixture
def start(tmp_path) -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Start `locust -f loadtests/ ...` in a process group of its own; nothing of it outlives the test."""
    started: list[subprocess.Popen[str]] = []

    def run(*words: str, environment: dict[str, str] | None = None) -> "subprocess.Popen[str]":
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("FLOWGAUGE_", "LOCUST_"))}
        command = [sys.executable, "-m", "locust", "-f", "loadtests/", "--run-folder", str(tmp_path), *words]
        if "--processes" in words:
            port = str(free_port())
            command += ["--master-bind-host", "127.0.0.1", "--master-bind-port", port, "--master-port", port]
        started.append(
            subprocess.Popen(
                command,
                cwd=ROOT,
                env=clean | (environment or {}),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
                # Whoever is started in the background of a shell ignores Ctrl-C, and so do its children.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
            )
        )
        return started[-1]

    yield run
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def outcome(process: "subprocess.Popen[str]", folder: Path) -> tuple[int, str, LoadRun | None]:
    output, _ = process.communicate(timeout=60)
    run = read_load_run(folder) if (folder / "run.json").exists() else None
    return process.returncode, output, run


def await_load(process: "subprocess.Popen[str]", *, seconds: float) -> None:
    """Wait until the load goes on, and for so long after."""
    assert process.stdout is not None
    for line in process.stdout:
        # On a busy machine Locust no longer waits for its workers' reports, and says something else.
        if "All users spawned" in line or "Spawning is complete" in line:
            time.sleep(seconds)
            return
    raise AssertionError("the load never began")


def await_figures(folder: Path) -> None:
    """Wait until a first second has been measured: on a busy machine the load begins late."""
    latest = time.monotonic() + 60
    while not ((folder / "run.json").exists() and read_load_run(folder).arrivals_started):
        assert time.monotonic() < latest, "nothing was measured"
        time.sleep(0.1)


def members(group: int) -> list[int]:
    """Processes of that group which are still there."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] != "Z":
            found.append(int(entry.parent.name))
    return found


def is_gone(group: int, *, within: float = 15.0) -> bool:
    latest = time.monotonic() + within
    while members(group) and time.monotonic() < latest:
        time.sleep(0.05)
    return not members(group)


def with_url(server: Embedded) -> list[str]:
    return ["-H", server.url, "--flowgauge-token", server.token]


def test_it_works_as_it_stands_on_an_embedded_server_of_its_own(start, tmp_path) -> None:
    process = start("--headless", "-t", "2s", *CALM)
    code, output, run = outcome(process, tmp_path)
    assert (code, "Traceback" in output) == (0, False), output
    assert run is not None
    assert run.target.kind == "embedded"
    assert run.scenario == "RunPath"
    assert (run.arrivals_planned, run.arrivals_started, run.failed) == (100, 100, 0)
    assert '{"RunPath": 1}' in output
    # The true figures have the last word.
    assert output.index("arrivals 100 of 100 planned") > output.rindex("Aggregated")
    port = int(run.target.url.rpartition(":")[2])
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0, "the embedded server is still there"


def test_locust_s_own_files_are_written_from_our_figures(server, start, tmp_path) -> None:
    words = [
        "--csv",
        str(tmp_path / "l"),
        "--html",
        str(tmp_path / "l.html"),
        "--json-file",
        str(tmp_path / "l"),
    ]
    process = start("--headless", "-t", "1s", "--rate", "60", *with_url(server), *words, *CALM)
    code, _, run = outcome(process, tmp_path)
    assert code == 0
    assert run is not None
    rows = (tmp_path / "l_stats.csv").read_text().splitlines()
    counts = {row.split(",")[1]: int(row.split(",")[2]) for row in rows[1:]}
    assert counts["create"] == counts["run"] == 60
    assert counts["Aggregated"] == run.requests
    created = next(row.split(",") for row in rows if ",create," in row)
    median, longest = float(created[4]), float(created[7])
    # Of an even number of values Locust takes the upper of the two in the middle.
    middle = run.histograms["create.latency"].percentiles([50, 100 * 31 / 60])
    assert median in [pytest.approx((seconds or 0) * 1e3, rel=1e-6) for seconds in middle]
    # Locust itself would have rounded to whole milliseconds.
    assert (median, longest) != (round(median), round(longest))
    assert "create" in (tmp_path / "l.html").read_text()


def test_two_processes_share_the_plan(server, start, tmp_path) -> None:
    process = start("--headless", "-t", "1s", "--rate", "100", "--processes", "2", *with_url(server), *CALM)
    code, output, run = outcome(process, tmp_path)
    assert code == 0, output
    assert run is not None
    assert (run.arrivals_planned, run.arrivals_started, run.failed) == (100, 100, 0)
    assert sorted(worker.arrivals_started for worker in run.workers) == [50, 50]
    assert is_gone(process.pid)


FORKED = """
import os, gevent, flowgauge.load.locust_adapter.scenario
if gevent.fork():
    os._exit(0)
gevent.sleep(100)
"""


def test_a_worker_whose_master_died_while_it_forked_ends() -> None:
    """Locust would let it look for a master for five minutes, before it tells anybody that it is there."""
    master = subprocess.Popen([sys.executable, "-c", FORKED], start_new_session=True)
    assert master.wait(60) == 0
    assert is_gone(master.pid)


@pytest.mark.long
def test_a_worker_that_is_killed_is_told_with_the_part_that_was_lost(server, start, tmp_path) -> None:
    process = start("--headless", "-t", "6s", "--processes", "2", *with_url(server), *CALM)
    await_load(process, seconds=2.0)
    (victim, *_) = [pid for pid in members(process.pid) if pid != process.pid]
    os.kill(victim, signal.SIGKILL)
    code, output, run = outcome(process, tmp_path)
    assert code == 5, output
    assert run is not None
    assert 0 < run.arrivals_started < run.arrivals_planned == 300
    assert any("of the plan was lost with it" in reason for reason in run.invalid)
    assert [worker.lost for worker in run.workers].count(True) == 1


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ([], signal.SIGINT),
        ([], signal.SIGTERM),
        ([], signal.SIGHUP),
        (["--processes", "2"], signal.SIGINT),
        (["--processes", "2"], signal.SIGHUP),
    ],
    ids=["alone, ctrl-c", "alone, sigterm", "alone, sighup", "workers, ctrl-c", "workers, sighup"],
)
def test_an_interrupted_run_is_written_and_says_how_much_ran(start, tmp_path, words, number) -> None:
    files = ["--csv", str(tmp_path / "l"), "--html", str(tmp_path / "l.html")]
    process = start("--headless", "-t", "60s", *words, *files, *CALM)
    await_load(process, seconds=1.2)
    await_figures(tmp_path)
    if number == signal.SIGTERM:
        process.send_signal(number)
    else:
        # As a terminal does it: everybody is told.
        os.killpg(process.pid, number)
    code, output, run = outcome(process, tmp_path)
    assert (code, "Traceback" in output) == (5, False), output
    assert run is not None
    assert run.interrupted
    assert 0 < run.arrivals_started < run.arrivals_planned == 3000
    assert f"arrivals {run.arrivals_started} of 3000 planned" in output
    assert f"{run.arrivals_started} of 3000 planned arrivals" in run.invalid[-1]
    rows = (tmp_path / "l_stats.csv").read_text().splitlines()
    counted = next(int(row.split(",")[2]) for row in rows if ",Aggregated," in row)
    assert counted == run.requests
    assert f'"num_requests": {run.requests}' in (tmp_path / "l.html").read_text()
    assert is_gone(process.pid)


def test_sighup_that_is_switched_off_stays_so(start, tmp_path) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        process = start("--headless", "-t", "3s", *CALM)
    finally:
        signal.signal(signal.SIGHUP, before)
    await_load(process, seconds=0.5)
    os.killpg(process.pid, signal.SIGHUP)
    code, output, run = outcome(process, tmp_path)
    assert code == 0, output
    assert run is not None
    assert not run.interrupted


def flowgauge(*command: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    words = [sys.executable, "-m", "flowgauge", *command, str(folder)]
    return subprocess.run(words, check=False, capture_output=True, text=True, cwd=ROOT, timeout=120)


def test_a_search_that_is_killed_keeps_what_its_steps_gave(start, tmp_path) -> None:
    search = ["--rate", "20", "--capacity", "run.p99 < 60s", "--capacity-step", "2s", *CALM]
    process = start("--headless", "-t", "60s", *search)
    await_figures(tmp_path)
    latest = time.monotonic() + 60
    # In the middle of its second step.
    while len(read_load_run(tmp_path).capacity_steps) < 2:
        assert time.monotonic() < latest, "the search does not go on"
        time.sleep(0.1)
    os.kill(process.pid, signal.SIGKILL)
    assert is_gone(process.pid)
    run = read_load_run(tmp_path)
    assert [(step.rate, step.is_valid) for step in run.capacity_steps] == [(20, True), (40, False)]
    assert run.histograms["run.latency"].count > 0
    assert run.invalid[-1].startswith("the search was cut off in its step 2")
    judged = flowgauge("gate", "--run-folder", folder=tmp_path)
    assert judged.returncode == 5, judged.stdout + judged.stderr


@pytest.mark.parametrize("who", ["alone", "master", "worker"])
def test_whoever_is_killed_leaves_what_was_measured_and_no_gate_is_green(start, tmp_path, who) -> None:
    words = [] if who == "alone" else ["--processes", "2"]
    process = start("--headless", "-t", "60s", *words, *CALM)
    await_load(process, seconds=3.5)
    victim = process.pid
    if who == "worker":
        (victim, *_) = [pid for pid in members(process.pid) if pid != process.pid]
    os.kill(victim, signal.SIGKILL)
    killed_at = time.time()
    if who == "worker":
        os.kill(process.pid, signal.SIGINT)
    assert is_gone(process.pid)
    run = read_load_run(tmp_path)
    assert killed_at - run.started_at - run.duration < 2.0
    assert run.requests > 0
    assert run.arrivals_planned == 3000
    assert "planned arrivals" in run.invalid[-1]
    judged = flowgauge("gate", "--run-folder", folder=tmp_path)
    assert judged.returncode == 5, judged.stdout + judged.stderr
    assert run.invalid[-1] in " ".join(judged.stdout.split())
    reported = flowgauge("report", folder=tmp_path)
    assert reported.returncode in {0, 5}, reported.stdout + reported.stderr
    assert "planned arrivals" in (tmp_path / "report.html").read_text()


@pytest.mark.parametrize("words", [[], ["--processes", "2"]], ids=["alone", "workers"])
def test_nothing_outlives_a_killed_run(start, words) -> None:
    process = start("--headless", "-t", "60s", *words)
    await_load(process, seconds=0.2)
    process.kill()
    assert is_gone(process.pid)


UNABLE = {
    "unreachable": (
        ["-H", "http://127.0.0.1:9"],
        4,
        "127.0.0.1:9 cannot be reached: connection refused",
    ),
    "no url": (["-H", "ftp://x"], 2, "is not an http or https URL"),
    "half a client": (["--flowgauge-client-id", "x", "-H", "http://h"], 2, "need an id and a secret"),
    "plan": (["--plan", "50/s fro 3s"], 2, "plan, column 6"),
    "autostop": (["--autostop", "p99>2s for 10s"], 2, "there is no measure 'p99'"),
    "fault": (["--flowgauge-fault", "no-such-fault"], 2, "no-such-fault"),
    "users": (["-u", "50"], 2, "--users does nothing here"),
    "stop timeout": (["--stop-timeout", "10"], 2, "--drain-timeout says how long to wait"),
}


@pytest.mark.parametrize(("words", "code", "sentence"), UNABLE.values(), ids=UNABLE.keys())
def test_what_cannot_work_is_one_sentence_and_its_exit_code(start, tmp_path, words, code, sentence) -> None:
    ended, output, run = outcome(start("--headless", *words), tmp_path)
    assert ended == code
    assert sentence in output
    assert "Traceback" not in output
    assert run is None


def test_a_folder_that_cannot_be_written_is_known_before_anything_is_sent(start, tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        process = start("--headless", "-H", url, "--run-folder", str(tmp_path / "file" / "below"))
        code, output, _ = outcome(process, tmp_path)
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert (code, "Traceback" in output) == (2, False), output
    assert "cannot be written" in output


@pytest.mark.parametrize("flag", ["--html", "--csv", "--json-file", "--logfile"])
@pytest.mark.parametrize("place", ["below a file", "a folder"])
def test_a_file_that_cannot_be_written_is_known_before_anything_is_sent(start, tmp_path, flag, place) -> None:
    (tmp_path / "file").write_text("")
    wanted = tmp_path / "file" / "below"
    if place == "a folder":
        wanted = tmp_path / "folder"
        for ending in ("", "_stats.csv", ".json"):
            wanted.with_name(f"folder{ending}").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        code, output, run = outcome(start("--headless", "-H", url, flag, str(wanted)), tmp_path)
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert (code, "Traceback" in output) == (2, False), output
    assert f"{flag}: " in output
    assert f"{wanted}" in output
    assert "cannot be written: " in output
    assert "hint: name a file in a folder that you may write to" in output
    assert run is None


def test_the_page_s_name_has_the_run_time_that_was_asked_for(server, start, tmp_path) -> None:
    words = ["--html", str(tmp_path / "for-{t}.html"), *with_url(server), *CALM]
    code, output, run = outcome(start("--headless", "-t", "1s", "--rate", "10", *words), tmp_path)
    assert code == 0, output
    assert run is not None
    assert f'"num_requests": {run.requests}' in (tmp_path / "for-1.html").read_text()


BROKEN_SUMMARY = """
from flowgauge.load.runs.coordinator import Coordinator
def broken(coordinator):
    raise ZeroDivisionError("a fault of ours")
Coordinator.summary = broken
"""


@pytest.mark.parametrize("fault", [[], ["--flowgauge-fault", "create-200"]], ids=["sound", "failing"])
def test_an_end_that_breaks_is_70_and_never_0(start, tmp_path, fault) -> None:
    (tmp_path / "broken.py").write_text(BROKEN_SUMMARY)
    files = f"{ROOT / 'loadtests'},{tmp_path / 'broken.py'}"
    words = ["-f", files, "--headless", "-t", "1s", "--rate", "10", *fault, *CALM]
    code, output, _ = outcome(start(*words), tmp_path)
    assert "a fault of ours" in output
    assert code == 70, output


def await_web_ui(port: int) -> None:
    """Wait until somebody serves its page."""
    latest = time.monotonic() + 30
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert time.monotonic() < latest, "there is no web UI"
        time.sleep(0.1)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_web_ui_in_which_nobody_starts_a_run_has_no_data(server, start, tmp_path, number) -> None:
    port = free_port()
    process = start("--web-host", "127.0.0.1", "--web-port", str(port), *with_url(server))
    await_web_ui(port)
    process.send_signal(number)
    code, output, run = outcome(process, tmp_path)
    assert (code, "Traceback" in output) == (3, False), output
    assert run is None


def test_a_path_beyond_ascii_is_asked_for_as_it_goes_on_the_wire(server, start, tmp_path) -> None:
    url = f"{server.url}/\u00e9"
    code, output, run = outcome(start("--headless", "-t", "1s", "-H", url, *CALM), tmp_path)
    assert (code, "Traceback" in output) == (4, False), output
    assert run is None
    assert "/%C3%A9 is not the API of edition v0" in output
    assert "GET /api/orchestration/_info is answered with 404" in output


GROWN = """
import sys, time
from locust.stats import RequestStats
from flowgauge.load.engine.tally import Interval
from flowgauge.load.locust_adapter.shown import feed, keep_no_history
now = 1_000
time.time = lambda: now
for prepare in (keep_no_history, lambda stats: None):
    stats = RequestStats()
    prepare(stats)
    # Locust begins with one, of nothing.
    stats.total.response_times_cache.clear()
    for second in range(100):
        now += 1
        figures, errors = {"create.requests": 3}, {"create": {"shed 503": 1}}
        interval = Interval(second, second, 1.0, {"create.latency": {5: 3}}, figures, errors)
        feed(stats, interval, {"create": "POST"})
    for entry in (stats.total, stats.entries["create", "POST"]):
        copies, by_second = entry.response_times_cache or (), (entry.num_reqs_per_sec, entry.num_fail_per_sec)
        print(len(copies) > 0, *map(len, by_second))
    print(stats.total.num_requests, stats.total.num_failures, round(stats.total.current_rps, 1))
"""


def test_where_nothing_but_totals_is_shown_locust_s_statistics_do_not_grow_with_the_run() -> None:
    done = subprocess.run([sys.executable, "-c", GROWN], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        *["False 61 61"] * 2,
        "300 100 3.0",
        *["True 100 100"] * 2,
        "300 100 3.0",
    ]


def test_a_tail_that_only_the_generator_made_is_not_the_server_s(start, tmp_path) -> None:
    process = start("--headless", "-t", "6s", *CALM)
    await_load(process, seconds=2.0)
    process.send_signal(signal.SIGSTOP)
    time.sleep(1.5)
    process.send_signal(signal.SIGCONT)
    code, output, run = outcome(process, tmp_path)
    assert code == 0, output
    assert run is not None
    assert (run.histograms["create.latency"].maximum or 0) > 1.0
    for expect, verdict in {
        "create.max < 700ms": 5,
        "create.p50 < 700ms": 0,
        "create.max < 700ms for 2s": 5,
    }.items():
        gates = f'[[gate]]\nname = "one"\nexpect = "{expect}"\nreason = "to see"\n'
        (tmp_path / "gates.toml").write_text(gates)
        judged = flowgauge("gate", "--gates", str(tmp_path / "gates.toml"), "--run-folder", folder=tmp_path)
        assert judged.returncode == verdict, judged.stdout + judged.stderr


@pytest.mark.parametrize(("words", "expected"), [([], 0), (["--exit-code-on-error", "9"], 9)])
def test_failed_requests_end_with_what_was_asked_for(start, tmp_path, words, expected) -> None:
    # One reading in ten is of the version, and fails.
    process = start("--headless", "-t", "2s", "--flowgauge-fault", "info-500", *words, *CALM, "ReadHeavy")
    code, output, run = outcome(process, tmp_path)
    assert run is not None
    assert run.failed > 0
    assert code == expected, output


def test_a_load_of_which_nothing_succeeds_is_not_0(start, tmp_path) -> None:
    process = start("--headless", "-t", "1s", "--flowgauge-fault", "create-200", *CALM)
    code, output, run = outcome(process, tmp_path)
    assert run is not None
    assert code == 3, output
    assert "(nearly) nothing succeeded: 50 of 50 requests failed" in output


def test_a_refused_token_is_a_sentence_and_stays_secret(server, start, tmp_path) -> None:
    environment = {"FLOWGAUGE_URL": server.url, "FLOWGAUGE_TOKEN": "wrong-token"}
    code, output, _ = outcome(start("--headless", environment=environment), tmp_path)
    assert code == 4
    assert "answers 401: the token is not accepted" in output
    assert "wrong-token" not in output


def test_client_credentials_from_the_environment_are_enough(server, start, tmp_path) -> None:
    environment = {
        "FLOWGAUGE_URL": server.url,
        "FLOWGAUGE_CLIENT_ID": server.client_id,
        "FLOWGAUGE_CLIENT_SECRET": server.client_secret,
    }
    process = start("--headless", "-t", "1s", "--processes", "2", *CALM, environment=environment)
    code, output, run = outcome(process, tmp_path)
    assert code == 0, output
    assert run is not None
    assert run.failed == 0
    assert server.client_secret not in output + (tmp_path / "run.json").read_text()


def test_the_web_ui_starts_runs_and_shows_the_true_percentiles(server, start, tmp_path) -> None:
    port = free_port()
    process = start("--web-host", "127.0.0.1", "--web-port", str(port), *with_url(server), *CALM)

    def ask(path: str, form: bytes | None = None) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", form, timeout=10) as answer:
            return answer.read().decode()

    def state_within(wanted: str, seconds: float) -> dict:
        latest = time.monotonic() + seconds
        while time.monotonic() < latest:
            try:
                found = json.loads(ask("/stats/requests"))
            except OSError:
                found = {}
            if found.get("state") == wanted:
                return found
            time.sleep(0.2)
        raise AssertionError(f"the web UI does not get {wanted}")

    state_within("ready", 20)
    page = ask("/")
    assert "True percentiles" in page
    assert server.token not in page
    assert ask("/metrics") == "# EOF\n"
    refused = {
        "rate=abc": "argument --rate: invalid float value: 'abc'",
        "rate=-1": "--rate must be more than 0",
        "plan=ramp": "plan, column 5: expected a rate",
        "stages=@/etc/passwd": "--stages @/etc/passwd is for the command line",
        f"run_folder={tmp_path}/other": f"--run-folder {tmp_path}/other is for the command line",
        "host=http://127.0.0.1:1": "http://127.0.0.1:1 cannot be reached",
    }
    for field, sentence in refused.items():
        answer = json.loads(ask("/swarm", f"user_count=1&spawn_rate=1&{field}".encode()))
        assert (answer["success"], answer["message"].startswith(sentence)) == (False, True), answer
    assert json.loads(ask("/stats/requests"))["state"] == "ready"
    for rate in (20, 30):
        form = f"user_count=1&spawn_rate=1&host={server.url}&rate={rate}&duration=1s".encode()
        assert json.loads(ask("/swarm", form))["success"]
        latest, rows = time.monotonic() + 20, {}
        while time.monotonic() < latest and rows.get("create: latency", {}).get("count") != rate:
            found = state_within("stopped", 20)
            rows = {row["measure"]: row for table in found["extended_stats"] for row in table["data"]}
        assert rows["create: latency"]["count"] == rate
        assert float(rows["schedule lag: the generator's own lateness"]["p99"]) > 0
        assert "create: latency" in ask("/flowgauge/percentiles.csv")
        assert f'flowgauge_requests_total{{operation="create"}} {rate}\n' in ask("/metrics")
    process.send_signal(signal.SIGTERM)
    code, output, run = outcome(process, tmp_path)
    assert code == 0, output
    assert run is not None
    assert run.arrivals_started == 30


def test_live_metrics_go_to_a_collector_by_opentelemetry(server, start, tmp_path) -> None:
    taken: list[tuple[str, bytes]] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as collector:
        Thread(target=collector.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{collector.server_address[1]}"
        words = ["--headless", "-t", "1s", "--otel", *with_url(server), *CALM]
        variables = TELEMETRY | {"OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_EXPORTER_OTLP_COMPRESSION": "none"}
        code, output, _ = outcome(start(*words, environment=variables), tmp_path)
        collector.shutdown()
    assert code == 0, output
    assert {path for path, _ in taken} == {"/v1/metrics"}
    # The last figures too: what is not exported before the end is exported at the end.
    sent = ExportMetricsServiceRequest.FromString(taken[-1][1])
    metrics = {m.name: m for r in sent.resource_metrics for s in r.scope_metrics for m in s.metrics}
    counts = [int(point.as_double) for point in metrics["flowgauge.requests"].sum.data_points]
    assert 50 in counts
    assert metrics["flowgauge.duration"].gauge.data_points
    assert server.token.encode() not in b"".join(body for _, body in taken)
