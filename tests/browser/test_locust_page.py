"""The tab in Locust's web UI, in a real browser, while a run goes on."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-sync",
    "--no-first-run",
)
ROOT = Path(__file__).parents[2]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
]


@pytest.fixture
def url(tmp_path) -> Iterator[str]:
    """Locust with its web UI, on an embedded server."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "locust", "-f", "loadtests/", "--run-folder", str(tmp_path)]
    command += ["--web-host", "127.0.0.1", "--web-port", str(port), "--max-schedule-lag", "60s"]
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("FLOWGAUGE_", "LOCUST_"))}
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=clean,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(150):
            try:
                urllib.request.urlopen(address, timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


@pytest.mark.long
def test_a_run_is_started_on_the_page_and_its_true_percentiles_are_shown(url: str) -> None:
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=[*QUIET])
        page = browser.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(url)
        page.locator('input[name="rate"]').wait_for(timeout=10_000)
        for name in ("userCount", "spawnRate"):
            assert page.locator(f'input[name="{name}"]').is_hidden(), name
        for name in ("rate", "plan", "duration", "stages", "pollInterval", "waitRatio", "reuseFlows"):
            assert page.locator(f'input[name="{name}"]').is_visible(), name
        assert page.locator('input[name*="oken"], input[name*="ecret"]').count() == 0
        page.locator('input[name="duration"]').fill("-4s")
        page.get_by_role("button", name="Start").click()
        page.get_by_role("alert").filter(has_text="--duration").wait_for(timeout=10_000)
        page.locator('input[name="duration"]').fill("4s")
        page.get_by_role("button", name="Start").click()
        page.get_by_role("tab", name="True percentiles").click()
        row = page.get_by_role("row").filter(has_text="schedule lag")
        row.wait_for(timeout=20_000)
        assert "create: latency" in page.content()
        cells = [cell.inner_text() for cell in row.get_by_role("cell").all()]
        assert int(cells[1]) > 0
        assert float(cells[2]) > 0
        page.get_by_role("tab", name="Statistics").click()
        page.get_by_role("row").filter(has_text="Aggregated").wait_for(timeout=20_000)
        page.get_by_text("STOPPED").wait_for(timeout=30_000)
        browser.close()
    assert complaints == []
