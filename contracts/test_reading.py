"""What is on the server already, whoever made it: all that a run can look at that must not write."""

from flowgauge.contract.probe import Probe
from flowgauge.contract.session.session import ContractSession
from flowgauge.contract.target import Capability
from flowgauge.contract.traffic.page_walk import browse


def test_what_is_there(probe: Probe, contract: ContractSession) -> None:
    """It reads in a list as it reads by itself, and the pages of a list end."""
    looked_at = browse(probe)
    for resource in probe.edition.resources if not probe.can(Capability.WRITE) else ():
        if not looked_at[resource.kind] and (resource.list or resource.read):
            operations = tuple(filter(None, (resource.list, resource.read)))
            contract.recorder.skip(f"reading a {resource.kind}", "there is none to read", operations)
