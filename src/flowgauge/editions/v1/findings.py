"""What can be found on this edition alone: what can be on v2, but for tests of triggers."""

from flowgauge.editions.v2.findings import FINDINGS as NEWER
from flowgauge.results import FindingCatalogue

__all__ = ["FINDINGS"]

FINDINGS = FindingCatalogue(each for each in NEWER if each.check != "trigger-test")
