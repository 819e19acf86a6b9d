"""The beginning of a run: what the target knows and shows is found out before it is judged."""

from collections.abc import Sequence

from flowgauge.contract.edition_part import ContractPart
from flowgauge.contract.session.additions import learn_additions, skip_additions
from flowgauge.contract.session.fit import fitted
from flowgauge.contract.session.session import ContractSession
from flowgauge.contract.settings import Settings
from flowgauge.contract.target import Target
from flowgauge.results.waivers import Waiver

__all__ = ["begun"]


def begun(
    settings: Settings, target: Target, part: ContractPart, waivers: Sequence[Waiver]
) -> ContractSession:
    """A run on a target, in whose report stands what is not looked at there."""
    learn_additions(target, part)
    part, unfit = fitted(target, part)
    session = ContractSession(settings, target, part, waivers)
    for each in unfit:
        session.recorder.skip(f"{each.kind}: {each.what}", f"not looked at: {each.why}", each.operations)
    for operation_id, why in part.left_alone.items():
        session.recorder.skip(f"{operation_id}: all of it", f"left alone: {why}", (operation_id,))
    skip_additions(session.probe, session.recorder)
    return session
