"""What can be found on this edition alone."""

from flowgauge.results import GENERIC

__all__ = ["FINDINGS"]

FINDINGS = GENERIC
