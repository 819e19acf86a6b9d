"""Every operation, with generated requests: Schemathesis' examples, coverage and fuzzing, and its links."""

from schemathesis import Case

from flowgauge.contract.probe import Probe
from flowgauge.contract.session.session import ContractSession
from flowgauge.contract.traffic.exploration import exploring
from flowgauge.contract.traffic.schemathesis_cases import contract_schema, machine_for, real_ids, send_case

schema = contract_schema()


@schema.parametrize()
def test_operation(case: Case, probe: Probe) -> None:
    """Two of three cases carry ids that exist: generated ones almost only meet 404."""
    send_case(case, probe, ids=real_ids(probe))


def test_links(probe: Probe, contract: ContractSession) -> None:
    """Schemathesis' state machine over the links: create, run, read, list, in every order."""
    machine_for(schema, probe).run(settings=exploring(contract.settings.examples, steps=8))
