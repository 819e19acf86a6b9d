"""What `flowgauge load` shows: how far it is, now and then, and our own table at the end.

Locust's tables are of rounded figures and do not fit 80 columns; `locust -f loadtests/` shows them as ever.
"""

import logging
import time
from typing import Any

import gevent

from flowgauge.durations import duration_text
from flowgauge.inert import inert
from flowgauge.redaction import guard_logs

__all__ = ["BRIEF", "prepare_screen"]

BRIEF = "--flowgauge-brief"
"""The option that asks for it."""
_EVERY = 5.0


def prepare_screen(environment: Any) -> None:
    """Make ready what is logged and shown, as the options of Locust's environment have it."""
    options = environment.parsed_options
    is_brief = getattr(options, "flowgauge_brief", False) and options.headless and not options.worker
    if is_brief:
        # What Locust itself logs, the command has set the level of; ours tells how a search goes.
        logging.getLogger("locust.stats_logger").setLevel(logging.WARNING)
        logging.getLogger("flowgauge").setLevel(logging.INFO)
        for handler in logging.getLogger().handlers:
            handler.setFormatter(logging.Formatter("flowgauge: %(message)s"))
    guard_logs()
    if is_brief:
        gevent.spawn(_tell, environment)


def _tell(environment: Any) -> None:
    # Looked up each time: a start makes all of Locust's counts anew.
    stats = environment.stats
    while not stats.total.num_requests:
        gevent.sleep(0.2)
    begun = time.monotonic()
    while True:
        gevent.sleep(_EVERY)
        passed = duration_text(round(time.monotonic() - begun))
        print(inert(f"  {passed:>8}   {stats.total.num_requests:,} requests"), flush=True)
