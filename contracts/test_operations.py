"""Every operation, with generated requests: Schemathesis' examples, coverage and fuzzing, and its links."""

import hypothesis
from schemathesis import Case

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
    settings = hypothesis.settings(
        max_examples=contract.settings.examples,
        stateful_step_count=8,
        deadline=None,
        database=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    machine_for(schema, probe).run(settings=settings)
