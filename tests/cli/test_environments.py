"""Places in which little can be written: it is used as far as it goes, or refused before anything is sent."""

import json
import os
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from asking import ROOT as API
from calling import eventually

ROOT = Path(__file__).parents[2]
PYTHON = sys.executable
ASK = f"GET {API}/_info HTTP/1.1\r\nhost: x\r\nauthorization: Bearer t\r\nconnection: close\r\n\r\n".encode()
FINE = b"HTTP/1.1 200"
PYTEST = f"{sys.executable} -m pytest contracts/ -q"
FLAGS = "--flowgauge-target in-process --flowgauge-examples 2 -k journeys"
LOAD = f"{sys.executable} -m locust -f loadtests/ --headless -t 1s --rate 5"
READ_ONLY = "mount --bind {0} {0} && mount -o remount,ro,bind {0} && ! touch {0}/x 2>/dev/null && cd {0} && "


def sh(command: str, *, inside: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    names = ("HOME", "PYTHONDONTWRITEBYTECODE", "XDG_CACHE_HOME")
    bare = {k: v for k, v in os.environ.items() if k not in names and not k.startswith("FLOWGAUGE_")}
    return subprocess.run(
        [*inside, "bash", "-c", command],
        cwd=ROOT,
        env=bare,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def test_a_read_only_checkout_without_a_home_will_do(tmp_path: Path) -> None:
    if sh("true", inside=("unshare", "-m")).returncode != 0:
        pytest.skip("no mount of our own can be made here")
    read_only = READ_ONLY.format(ROOT)
    suites = sh(f"{read_only}{PYTEST} {FLAGS} --flowgauge-run-folder {tmp_path}", inside=("unshare", "-m"))
    assert suites.returncode == 0, suites.stdout + suites.stderr
    load = sh(f"{read_only}{LOAD} --run-folder {tmp_path}", inside=("unshare", "-m"))
    assert load.returncode == 0, load.stdout + load.stderr
    report = sh(f"{read_only}{sys.executable} -m flowgauge report {tmp_path}", inside=("unshare", "-m"))
    assert report.returncode == 0, report.stderr
    assert {"contract.json", "run.json", "report.html"} <= {path.name for path in tmp_path.iterdir()}


@pytest.mark.parametrize(
    "command",
    [
        f"{PYTEST} -p no:cacheprovider {FLAGS} --flowgauge-run-folder {{}}",
        f"{LOAD} --run-folder {{}}",
        f"{sys.executable} -m flowgauge run --run-folder {{}}",
    ],
    ids=["suites", "load", "run"],
)
def test_a_disk_that_takes_no_report_is_known_before_anything_is_sent(command: str, tmp_path: Path) -> None:
    """A limit on the size of files is what a full disk is: it takes the first bytes, and no more."""
    done = sh(f"ulimit -f 100; {command.format(tmp_path)}")
    assert done.returncode == 2, done.stdout + done.stderr
    assert "cannot be written: File too large" in done.stdout + done.stderr
    assert "requests" not in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    for command in (f"{PYTEST} {FLAGS} -p no:cacheprovider --flowgauge-run-folder", f"{LOAD} --run-folder"):
        done = sh(f"{command} {tmp_path}/out")
        assert done.returncode == 2, done.stdout + done.stderr
        assert f"{tmp_path}/out" in done.stdout + done.stderr
        assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("descriptors", [30, 60, 75])
def test_a_load_without_file_descriptors_says_so_and_is_invalid(descriptors: int, tmp_path: Path) -> None:
    plan = f'--plan "closed 120 for 1s" --run-folder {tmp_path}'
    done = sh(f"ulimit -n {descriptors}; {PYTHON} -m locust -f loadtests/ --headless {plan}")
    assert done.returncode == 5, done.stdout + done.stderr
    assert "generator out of file descriptors" in done.stdout + done.stderr
    assert "found no free file descriptor: raise `ulimit -n`" in done.stdout
    # What was measured is on the disk: that much is kept for it.
    assert {"run.json", "run.hlog"} <= {path.name for path in tmp_path.iterdir()}


def test_a_server_without_file_descriptors_sends_some_away_and_goes_on() -> None:
    command = ["bash", "-c", f"ulimit -n 40; exec {PYTHON} -m flowgauge serve --port 0 --token t"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            assert server.stdout is not None
            place = urlsplit(json.loads(server.stdout.readline())["url"])
            address = (str(place.hostname), int(place.port or 0))
            many = [socket.create_connection(address, timeout=10) for _ in range(60)]
            assert asked(many[0]).startswith(FINE)
            for each in many:
                each.close()
            assert eventually(lambda: asked_anew(address).startswith(FINE))
        finally:
            server.kill()


def asked_anew(address: tuple[str, int]) -> bytes:
    with socket.create_connection(address, timeout=10) as peer:
        return asked(peer)


def asked(peer: socket.socket) -> bytes:
    with suppress(OSError):
        peer.sendall(ASK)
        return peer.recv(100)
    return b""
