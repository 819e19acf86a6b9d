"""What the suites need of the seed's edition."""

from functools import cache

from flowgauge.contract.edition_part import ContractPart
from flowgauge.editions.v0.contract.cases import CASES
from flowgauge.editions.v0.contract.execution import abilities
from flowgauge.editions.v0.contract.journeys import with_runs
from flowgauge.editions.v0.contract.run_checks import seen_runs
from flowgauge.editions.v0.contract.scenarios import SCENARIOS
from flowgauge.editions.v0.edition import edition
from flowgauge.editions.v0.findings import FINDINGS

__all__ = ["contract_part"]


@cache
def contract_part() -> ContractPart:
    """The part; made once."""
    return ContractPart(
        edition(),
        cases=CASES,
        checks=(seen_runs,),
        scenarios=SCENARIOS,
        machine=with_runs,
        abilities=abilities,
        findings=FINDINGS,
    )
