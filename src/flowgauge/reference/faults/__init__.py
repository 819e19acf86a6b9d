"""Named faults, one module per class of defect; importing this package fills the table."""

from flowgauge.reference.faults import state, status
from flowgauge.reference.faults.table import FAULTS, Fault, FaultKind, install_faults, known_faults

__all__ = ["FAULTS", "Fault", "FaultKind", "install_faults", "known_faults", "state", "status"]
