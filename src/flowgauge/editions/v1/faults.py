"""The edition's named faults: those of v2 under its own names, without those of what there is not."""

from dataclasses import replace

from flowgauge.editions.v1.edition import edition, name_here
from flowgauge.editions.v2.faults import FAULTS as NEWER
from flowgauge.editions.v2.faults import pages
from flowgauge.editions.v2.world.world import InstanceWorld
from flowgauge.reference.faults import ANY, FaultGroup, FaultTable

__all__ = ["FAULTS"]

# Of pages and their cursors; and the root, where this edition stands, does tell the version.
_NOT_HERE = {fault.name for fault in pages.SEEDED.faults} | {
    "page-size-string",
    "no-has-more",
    "bad-cursor-500",
    "page-size-0-accepted",
    "cursor-forgets-filter",
    "2026-page-size-clamped",
    "2026-page-size-any-number",
    "2026-info-not-routed",
}


def _here() -> FaultGroup[InstanceWorld]:
    ours = {op.id for op in edition().operations} | {ANY}
    group = FaultGroup[InstanceWorld]("v2")
    for fault in NEWER.values():
        operation = name_here(fault.operation)
        if operation in ours and fault.name not in _NOT_HERE:
            findings = tuple(map(name_here, fault.findings))
            group.faults.append(replace(fault, operation=operation, findings=findings))
    return group


FAULTS: FaultTable[InstanceWorld] = FaultTable(_here())
