"""What the suites need of this edition."""

from dataclasses import replace
from functools import cache

from flowgauge.contract.edition_part import Cases, ContractPart
from flowgauge.editions.v1.edition import edition, name_here
from flowgauge.editions.v1.findings import FINDINGS
from flowgauge.editions.v2.contract import part as v2
from flowgauge.editions.v2.contract.journeys import with_instances
from flowgauge.editions.v2.contract.scenarios import triggers_on_events

__all__ = ["contract_part"]


@cache
def contract_part() -> ContractPart:
    """The part; made once."""
    newer, here = v2.contract_part(), edition()
    paged = ("pageSize=",)
    cases = Cases(
        bodies={here.aliases[op]: each for op, each in newer.cases.bodies.items() if op in here.aliases},
        queries={
            here.aliases[op]: tuple(query for query in queries if not any(p in query for p in paged))
            for op, queries in newer.cases.queries.items()
        },
    )
    return replace(
        newer,
        edition=here,
        cases=cases,
        scenarios=tuple(
            replace(each, operations=tuple(map(name_here, each.operations)))
            for each in newer.scenarios
            # No trigger is tested here.
            if each.run is not triggers_on_events
        ),
        machine=with_instances,
        findings=FINDINGS,
        accepted={},
    )
