"""Every operation, with generated requests: Schemathesis' examples, coverage and fuzzing, and its links."""

from schemathesis import Case

from flowgauge.contract.exploration import exploring
from flowgauge.contract.probe import Probe
from flowgauge.contract.schemathesis_door import contract_schema, machine_for, real_ids, send_case
from flowgauge.contract.session import ContractSession

schema = contract_schema()


@schema.parametrize()
def test_operation(case: Case, probe: Probe) -> None:
    """Two of three cases carry ids that exist: generated ones almost only meet 404."""
    send_case(case, probe, ids=real_ids(probe))


def test_links(probe: Probe, contract: ContractSession) -> None:
    """Schemathesis' state machine over the links: create, run, read, list, in every order."""
    machine_for(schema, probe).run(settings=exploring(contract.settings.examples, steps=8))
