"""Named faults, one module per class of defect; importing this package fills the table."""

from flowgauge.reference.faults import (
    auth,
    inputs,
    pages,
    runs,
    schema,
    shipped_inputs,
    shipped_replies,
    shipped_runs,
    state,
    status,
    timing,
)
from flowgauge.reference.faults.table import (
    FAULTS,
    Fault,
    FaultKind,
    fault_names,
    install_faults,
    known_faults,
)

__all__ = [
    "FAULTS",
    "Fault",
    "FaultKind",
    "auth",
    "fault_names",
    "inputs",
    "install_faults",
    "known_faults",
    "pages",
    "runs",
    "schema",
    "shipped_inputs",
    "shipped_replies",
    "shipped_runs",
    "state",
    "status",
    "timing",
]
