"""Faults that are on at once, and what they hide of each other today.

Each of them must be caught beside the others, by a finding of its own, unless it is named as hidden.
"""

from flowgauge.reference.faults import FaultsTogether

__all__ = ["TOGETHER"]

TOGETHER = (FaultsTogether(("as-shipped-2026",)),)
