"""The fixtures and the marker, as a project that has flowgauge installed meets them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

FAKE_TESTS = """
import httpx, pytest
FLOWS = "/api/orchestration/flows"

@pytest.mark.parametrize("round", range(2))
def test_state_is_fresh(flowgauge_fake, round):
    assert flowgauge_fake.flows() == []
    httpx.post(flowgauge_fake.url + FLOWS, headers=flowgauge_fake.headers)

def test_client_and_transport_share_the_fake(flowgauge_client, flowgauge_transport, flowgauge_unpatched):
    flow = flowgauge_client.create_workflow({"stages": [{"delay": {"duration": "1h"}}]})
    run = flowgauge_client.run_and_wait(flow.id, polling=POLLING)
    assert run.is_terminal(1)
    with httpx.Client(transport=flowgauge_transport, headers=flowgauge_unpatched.headers) as client:
        assert len(client.get(flowgauge_unpatched.url + FLOWS).json()["data"]) == 1

@pytest.mark.flowgauge(seed=3, token=None, url="http://other.test")
def test_marker(flowgauge_fake):
    assert httpx.get("http://other.test" + FLOWS).status_code == 200

@pytest.mark.flowgauge(edition="v2")
def test_the_fake_of_another_edition(flowgauge_fake):
    workflow = flowgauge_fake.create_workflow([{"noop": {}}])
    url = flowgauge_fake.url + "/api/orchestration/v2/workflows"
    assert httpx.get(url, headers=flowgauge_fake.headers).json()["cursor"]["data"] == [workflow]

@pytest.mark.flowgauge(seed=5)
class TestNearestMarkerWins:
    @pytest.mark.flowgauge(seed=6)
    def test_it(self, flowgauge_unpatched):
        from flowgauge.fake import Fake
        assert flowgauge_unpatched.create_flow() == Fake(seed=6, strict=False).create_flow()

def test_settings_are_a_fixture(flowgauge_fake):
    assert httpx.get(flowgauge_fake.url + "/nowhere").status_code == 404

def test_respx_stands_beside_it(flowgauge_fake, respx_mock):
    respx_mock.get("http://third.test/").respond(204)
    assert httpx.get("http://third.test/").status_code == 204
    assert httpx.get(flowgauge_fake.url + FLOWS, headers=flowgauge_fake.headers).status_code == 200
""".replace("POLLING", "__import__('flowgauge.client').client.Polling(limit=4000)")

CONFTEST = """
import pytest

@pytest.fixture
def flowgauge_settings():
    return {"strict": False}
"""

SERVER_TESTS = """
import httpx, pytest

@pytest.mark.parametrize("round", range(3))
def test_the_server_is_emptied(flowgauge_server, flowgauge_url, round):
    headers = {"Authorization": f"Bearer {flowgauge_server.token}"}
    assert httpx.get(flowgauge_url + "/api/orchestration/flows", headers=headers).json() == {"data": []}
    assert httpx.post(flowgauge_url + "/api/orchestration/flows", headers=headers).status_code == 201

PIDS = set()

@pytest.mark.parametrize("round", range(2))
def test_the_server_is_the_sessions(flowgauge_server, round):
    PIDS.add(flowgauge_server.pid)
    assert len(PIDS) == 1
"""

FAILING_TESTS = """
import httpx, pytest

def test_swallowed(flowgauge_fake):
    try:
        httpx.get(flowgauge_fake.url + "/nowhere")
    except Exception:
        pass

def test_raised(flowgauge_client, flowgauge_transport):
    httpx.Client(transport=flowgauge_transport).get("http://flowgauge.test/nowhere")

def test_its_own_failure_comes_first(flowgauge_fake):
    try:
        httpx.get(flowgauge_fake.url + "/nowhere")
    except Exception:
        pass
    assert False, "mine"
"""


# What is installed beside us takes seconds to load; that our own entry point works, the wheel's test shows.
ENVIRONMENT = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
PLUGINS = ["-p", "flowgauge.pytest_plugin", "-p", "respx.plugin", "-p", "no:cacheprovider"]


def run(folder: Path, *flags: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "pytest", "-q", "--strict-markers", "-W", "error", *PLUGINS]
    return subprocess.run(
        [*command, *flags],
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("flags", [[], ["-p", "xdist.plugin", "-n", "2"]], ids=["alone", "xdist"])
def test_the_fixtures_do_what_they_promise(tmp_path: Path, flags: list[str]) -> None:
    for name, conftest, tests in (("fake", CONFTEST, FAKE_TESTS), ("server", "", SERVER_TESTS)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "conftest.py").write_text(conftest)
        (tmp_path / name / f"test_{name}.py").write_text(tests)
    done = run(tmp_path, *flags)
    assert done.returncode == 0, done.stdout
    assert "13 passed" in done.stdout


def test_a_mismatch_fails_the_test_itself_and_only_once(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(FAILING_TESTS)
    done = run(tmp_path)
    assert "3 failed" in done.stdout, done.stdout
    assert "error" not in done.stdout.splitlines()[-1]
    assert done.stdout.count("no operation answers this") >= 2
    assert "AssertionError: mine" in done.stdout


def test_a_session_that_uses_none_of_it_imports_none_of_it(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import sys\n"
        "def test_it():\n"
        "    loaded = {m for m in sys.modules if m.startswith('flowgauge.')}\n"
        "    assert loaded == {'flowgauge.pytest_plugin'}\n"
    )
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout


def test_a_marker_that_says_nothing_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import pytest\n"
        "@pytest.mark.flowgauge('http://other.test')\n"
        "def test_by_position(flowgauge_fake): ...\n"
        "@pytest.mark.flowgauge(sed=1)\n"
        "def test_misspelt(flowgauge_fake): ...\n"
    )
    done = run(tmp_path)
    assert "2 errors" in done.stdout, done.stdout
    assert "takes keywords only, not ('http://other.test',)" in done.stdout
    assert "unexpected keyword argument 'sed'" in done.stdout


def test_the_marker_is_documented(tmp_path: Path) -> None:
    assert "@pytest.mark.flowgauge(" in run(tmp_path, "--markers").stdout


def test_whoever_runs_the_server_pays_nothing_for_the_fake() -> None:
    program = (
        "import sys, flowgauge.cli, flowgauge.reference, flowgauge.reference.server.server;"
        "loaded = {m for m in sys.modules if m.startswith(('flowgauge.reference.fake', 'respx'))};"
        "sys.exit(repr(loaded) if loaded else 0)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_transport_does_without_respx() -> None:
    program = (
        "import sys; from flowgauge.fake import Fake; Fake().transport();sys.exit('respx' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
