"""What the suites need of this edition."""

from functools import cache

from flowgauge.contract.edition_part import ContractPart
from flowgauge.editions.v2.edition import edition

__all__ = ["contract_part"]


@cache
def contract_part() -> ContractPart:
    """The part; made once."""
    return ContractPart(edition())
