"""Ctrl-C, and the end of the terminal, while gevent's hub does our work."""

import logging
import os
import signal

import gevent

from flowgauge.errors import ExitCode

__all__ = ["end_forked_with_parent", "heed_interrupts"]

LOG = logging.getLogger(__name__)


def heed_interrupts(*, repeatedly: bool) -> None:
    """Let Ctrl-C end the main greenlet from between two callbacks of the hub.

    Python raises KeyboardInterrupt wherever it happens to be, which under load is the middle of a journey: it
    would read as a fault of the journey's. Without `repeatedly` the first one counts and no other, so that
    whoever is told to stop more than once is not broken off while stopping. Where the process was started
    with SIGINT switched off it stays so.

    SIGHUP does what SIGTERM does, unless it is switched off, as under nohup.
    """
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
        gevent.signal_handler(signal.SIGHUP, os.kill, os.getpid(), signal.SIGTERM)
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        return
    hub = gevent.get_hub()
    has_come = False

    def interrupt() -> None:
        nonlocal has_come
        if repeatedly or not has_come:
            has_come = True
            hub.handle_system_error(KeyboardInterrupt, KeyboardInterrupt())

    gevent.signal_handler(signal.SIGINT, interrupt)


def end_forked_with_parent() -> None:
    """Have each process forked from here end with this one: Locust would let it go on for a minute."""
    # Not its parent's id in there: whoever died while it forked is no parent any more.
    started_in = os.getpid()
    os.register_at_fork(after_in_child=lambda: gevent.spawn(_end_with_parent, started_in))


def _end_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        gevent.sleep(0.5)
    LOG.error("the master died")
    os._exit(int(ExitCode.INVALID))
