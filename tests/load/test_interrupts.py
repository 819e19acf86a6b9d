"""Ctrl-C while the hub is in the middle of something."""

import subprocess
import sys

import pytest

# The signal comes while the hub runs a callback, where Python would raise KeyboardInterrupt.
SCRIPT = """
import os, signal, gevent
from flowgauge.load.locust_adapter.interrupts import heed_interrupts

signal.signal(signal.SIGINT, {before})
heed_interrupts(repeatedly={repeatedly})
done, caught = [], 0

def work():
    os.kill(os.getpid(), signal.SIGINT)
    done.extend(range(1000))

for _ in range(2):
    gevent.get_hub().loop.run_callback(work)
    try:
        gevent.sleep(0.3)
    except KeyboardInterrupt:
        caught += 1
print(caught, len(done))
"""


@pytest.mark.parametrize(
    ("repeatedly", "before", "caught"),
    [
        (True, "signal.default_int_handler", 2),
        (False, "signal.default_int_handler", 1),
        (True, "signal.SIG_IGN", 0),
    ],
    ids=["each time", "once", "switched off"],
)
def test_an_interrupt_waits_for_what_the_hub_is_at(repeatedly, before, caught) -> None:
    script = SCRIPT.format(repeatedly=repeatedly, before=before)
    ended = subprocess.run(
        [sys.executable, "-c", script], check=False, capture_output=True, text=True, timeout=60
    )
    assert ended.stdout == f"{caught} 2000\n", ended.stderr
    assert "Traceback" not in ended.stderr
