"""The server under load: found before the first run, and again where the web UI names another."""

import argparse
import logging
import os
from contextlib import ExitStack

from flowgauge.client.connection import ENVIRONMENT
from flowgauge.edition import Edition
from flowgauge.load.locust_adapter.options import connection_flags, fault_names
from flowgauge.load.runs.target import LoadTarget, opened_target

__all__ = ["ServerUnderLoad"]

LOG = logging.getLogger(__name__)


class ServerUnderLoad:
    """The server that options and environment name. The options lose what is secret when it is found."""

    def __init__(self, edition: Edition, options: argparse.Namespace) -> None:
        self._edition = edition
        self._options = options
        self._closing = ExitStack()
        self._target: LoadTarget | None = None

    def settle(self, host: str | None) -> LoadTarget:
        """The server of that URL, where it is not the one there is. Raises UsageError or TargetError."""
        values = vars(self._options)
        flags = connection_flags(values | {"host": host})
        if self._target is not None and flags["url"] in {None, self._target.connection.url}:
            return self._target
        headers = values.get("flowgauge_header") or []
        with ExitStack() as opening:
            opened = opened_target(
                self._edition, os.environ, flags, faults=fault_names(values), headers=headers
            )
            target = opening.enter_context(opened)
            # Only now: where the other one cannot be had, this one stays.
            self._closing.close()
            self._closing = opening.pop_all()
        # Workers get token and URL in their assignment; Locust would send them all options, secrets too.
        for name in (*ENVIRONMENT, "header"):
            setattr(self._options, f"flowgauge_{name}", None)
        self._target = target
        LOG.info("target: %s", target.identity)
        return target

    def close(self) -> None:
        """End it, where it is ours."""
        self._closing.close()
