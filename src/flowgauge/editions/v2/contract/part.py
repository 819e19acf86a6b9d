"""What the suites need of this edition."""

from functools import cache

from flowgauge.contract.edition_part import ContractPart
from flowgauge.editions.v2.contract.cases import CASES
from flowgauge.editions.v2.contract.checks.history import seen_history
from flowgauge.editions.v2.contract.checks.instances import seen_instances
from flowgauge.editions.v2.contract.checks.triggers import seen_running, seen_trigger_test
from flowgauge.editions.v2.contract.execution import abilities
from flowgauge.editions.v2.contract.journeys import with_trigger_tests
from flowgauge.editions.v2.contract.scenarios import SCENARIOS
from flowgauge.editions.v2.edition import edition
from flowgauge.editions.v2.findings import FINDINGS

__all__ = ["contract_part"]


@cache
def contract_part() -> ContractPart:
    """The part; made once."""
    return ContractPart(
        edition(),
        cases=CASES,
        checks=(seen_instances, seen_history, seen_trigger_test, seen_running),
        scenarios=SCENARIOS,
        machine=with_trigger_tests,
        abilities=abilities,
        findings=FINDINGS,
    )
