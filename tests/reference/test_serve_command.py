"""`flowgauge serve` as a process: its readiness line, how it stops, and what it refuses."""

import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import httpx
import pytest
from asking import ROOT
from serving import PATIENCE, SERVE, bare_environment, serving


def refused(*flags: str, **environment: str) -> tuple[int, str]:
    """The exit code and the standard error of a server that does not start."""
    done = subprocess.run(
        [*SERVE, *flags],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        env=bare_environment() | environment,
    )
    assert done.stdout == ""
    return done.returncode, done.stderr


def status_of(url: str, token: str) -> int:
    headers = {"authorization": f"Bearer {token}"}
    return httpx.get(f"{url}{ROOT}/flows", headers=headers, timeout=PATIENCE).status_code


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_server_with_exit_code_0(number: signal.Signals) -> None:
    with serving() as (process, ready):
        assert status_of(ready["url"], ready["token"]) == 200
        # A dash in front would make an option of it.
        assert ready["token"].isalnum()
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE)
        assert (process.returncode, out) == (0, "")
        # A person is told in words; a program has `durable` in the line before.
        [said] = err.splitlines()
        assert said.startswith(f"flowgauge: serving {ready['url']}; everything is kept in memory")


def test_whoever_waits_is_told_when_the_server_stops() -> None:
    with (
        serving() as (process, ready),
        httpx.Client(base_url=ready["url"] + ROOT, timeout=PATIENCE) as client,
    ):
        client.headers["authorization"] = f"Bearer {ready['token']}"
        created = client.post("/flows", json={"stages": [{"delay": {"duration": "1h"}}]})
        path = f"/flows/{created.json()['data']['id']}/runs"
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(client.post, path, params={"wait": "true"})
            while not client.get(path).json()["cursor"]["data"]:
                time.sleep(0.01)
            process.send_signal(signal.SIGTERM)
            assert waiting.result(PATIENCE).status_code == 503
        assert process.wait(PATIENCE) == 0


def test_the_end_of_its_input_stops_an_embedded_server() -> None:
    with serving("--embedded") as (process, _):
        assert process.stdin
        process.stdin.close()
        assert process.wait(PATIENCE) == 0


def test_the_end_of_its_input_does_not_stop_another_server() -> None:
    with serving() as (process, ready):
        assert process.stdin
        process.stdin.close()
        assert status_of(ready["url"], ready["token"]) == 200
        assert process.poll() is None


def test_an_embedded_server_does_not_outlive_a_killed_parent() -> None:
    program = (
        "import time\nfrom flowgauge.reference.server.embedded import embedded_server\n"
        "with embedded_server() as server:\n    print(server.pid, flush=True)\n    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        parent.kill()
    ends = time.monotonic() + PATIENCE
    while _is_running(pid) and time.monotonic() < ends:
        time.sleep(0.05)
    assert not _is_running(pid)


def _is_running(pid: int) -> bool:
    with suppress(OSError):
        os.kill(pid, 0)
        # A process that nobody has waited for is still listed, as a zombie.
        with suppress(FileNotFoundError), Path(f"/proc/{pid}/stat").open() as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
        return False
    return False


def test_the_readiness_line_says_what_a_caller_needs() -> None:
    with serving("--fault", "create-200, list-misses-newest,", "--fault", "info-500") as (process, ready):
        assert ready.keys() == {"flowgauge", "url", "pid", "durable", "editions", "faults", "token"}
        assert (ready["flowgauge"], ready["pid"], ready["durable"]) == ("serve", process.pid, False)
        assert ready["url"].startswith("http://127.0.0.1:")
        assert ready["faults"] == ["create-200", "list-misses-newest", "info-500"]
        assert status_of(ready["url"], ready["token"]) == 200


TOLD_OF_V0 = "flowgauge: these faults are of v0; a run takes v2 unless --edition v0 is given\n"


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--fault", "as-shipped-2023"], TOLD_OF_V0),
        (["--fault", "as-shipped-2023", "--edition", "v0"], ""),
        (["--fault", "create-200"], ""),
        (["--fault", "as-shipped-2023,create-200"], ""),
        ([], ""),
    ],
)
def test_faults_that_a_run_would_not_meet_are_told_of(flags: list[str], told: str) -> None:
    with serving(*flags) as (process, ready):
        assert status_of(ready["url"], ready["token"]) == 200
        process.terminate()
        _, said = process.communicate(timeout=PATIENCE)
    first, *rest = said.splitlines(keepends=True)
    assert first.startswith(f"flowgauge: serving {ready['url']}; ")
    assert "".join(rest) == told


@pytest.mark.parametrize("place", ["flag", "environment"])
def test_a_token_that_was_given_is_used_and_not_shown(place: str) -> None:
    flags = ["--token", "s3cret-token"] if place == "flag" else []
    environment = {"FLOWGAUGE_TOKEN": "s3cret-token"} if place == "environment" else {}
    with serving(*flags, **environment) as (process, ready):
        assert "token" not in ready
        assert status_of(ready["url"], "s3cret-token") == 200
        assert status_of(ready["url"], "another") == 401
        process.terminate()
        assert "s3cret" not in "".join(process.communicate(timeout=PATIENCE))


def test_a_seed_makes_ids_repeatable() -> None:
    ids = []
    for _ in range(2):
        with serving("--seed", "7") as (_, ready):
            headers = {"authorization": f"Bearer {ready['token']}"}
            ids.append(httpx.post(f"{ready['url']}{ROOT}/flows", headers=headers).json()["data"]["id"])
    assert ids[0] == ids[1]


def test_a_port_in_use_is_said_in_one_sentence() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        code, said = refused("--port", str(port))
    assert code == 2
    first, hint = said.splitlines()
    assert first.startswith(f"flowgauge: cannot listen on 127.0.0.1:{port}: ")
    assert hint.strip() == "hint: use --port 0 for a free port"


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--port", "70000"], "--port 70000 is not a port"),
        (["--port", "-1"], "--port -1 is not a port"),
        (["--port", "http"], "invalid int value"),
        (["--host", "no such host"], "cannot resolve 'no such host'"),
        (["--host", "203.0.113.1"], "cannot listen on 203.0.113.1"),
        (["--token-lifetime", "0"], "--token-lifetime must be more than 0"),
        (["--token-lifetime", "nan"], "--token-lifetime must be more than 0"),
        (["--token-lifetime", "inf"], "--token-lifetime must be more than 0"),
        (["--token", "s3cret word"], "the token holds characters that no request can carry"),
        (["--token", "s3cret-ключ"], "the token holds characters that no request can carry"),
        (["--fault", "info-501"], "there is no fault named 'info-501'"),
        (["--client-id", "me"], "a client needs an id and a secret"),
        (["--client-secret", "x"], "a client needs an id and a secret"),
    ],
)
def test_wrong_usage_is_exit_code_2_and_no_traceback(flags: list[str], says: str) -> None:
    code, said = refused(*flags)
    assert code == 2
    assert says in said
    assert "Traceback" not in said
    assert "s3cret" not in said
