"""The same calls over and over: what fails once in a while is met if it is asked often enough."""

from flowgauge.contract.probe import Probe
from flowgauge.openapi.v0_shim import operations

__all__ = ["CALLS", "read_again"]

# A failure at every n-th call of an operation is met for every n up to this.
CALLS = 200


def read_again(probe: Probe, ids: dict[str, str]) -> None:
    """Call each operation that only reads, and for which there are ids, CALLS times."""
    reads = [op for op in operations() if op.method == "GET" and set(op.path_parameters) <= set(ids)]
    for _ in range(CALLS):
        for op in reads:
            probe.call(op.id, **{name: ids[name] for name in op.path_parameters})
