"""The machinery of named faults: what one is, how it gets into a world, and how it is found by name."""

from flowgauge.reference.faults.fault import (
    ANY,
    Fault,
    FaultGroup,
    FaultKind,
    FaultTable,
    Mask,
    fault_names,
    masked,
)
from flowgauge.reference.faults.wrapping import wrap, wrap_answer

__all__ = [
    "ANY",
    "Fault",
    "FaultGroup",
    "FaultKind",
    "FaultTable",
    "Mask",
    "fault_names",
    "masked",
    "wrap",
    "wrap_answer",
]
