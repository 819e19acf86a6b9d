"""Which classes of defects the suites looked for, and why others were out of sight.

A class that was never looked for is blind: it can neither be found nor be said not to be there.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping

from flowgauge.contract.findings.sightings import Sightings
from flowgauge.edition import Edition, Resource
from flowgauge.results import LOAD_CHECK, BlindCheck, FindingCatalogue, FindingClass

__all__ = ["Looks", "applicable"]

_NO_LOOK = "no answer let it be looked at"


class Looks:
    """What was looked for, by the ids of the classes, and what kept others out of sight."""

    def __init__(self) -> None:
        self._ran: set[str] = set()
        self._reasons: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def note(self, sightings: Sightings) -> None:
        """Count the checks on an exchange, made and blind."""
        self._ran.update(sightings.ran)
        for finding_id, reason in sightings.blind.items():
            self._reasons[finding_id][reason] += 1

    def blind(
        self, among: tuple[FindingClass, ...], why: Callable[[str], str | None]
    ) -> tuple[BlindCheck, ...]:
        """Those that were never looked for, each with what kept it out of sight most often, else by `why`."""
        return tuple(
            BlindCheck(each.id, each.title, self._reason(each.id) or why(each.id) or _NO_LOOK)
            for each in among
            if each.id not in self._ran
        )

    def _reason(self, finding_id: str) -> str | None:
        reasons = self._reasons[finding_id].most_common(1)
        return reasons[0][0] if reasons else None


def applicable(catalogue: FindingCatalogue, edition: Edition) -> tuple[FindingClass, ...]:
    """The classes of defects that the suites can look for on that edition."""
    return tuple(
        each
        for each in catalogue
        if each.check not in {LOAD_CHECK, "waivers"} and _APPLIES.get(each.id, _always)(edition)
    )


def _always(edition: Edition) -> bool:
    return bool(edition.operations)


def _has(wanted: Callable[[Resource], object]) -> Callable[[Edition], bool]:
    return lambda edition: any(wanted(resource) for resource in edition.resources)


def _is_secured(edition: Edition) -> bool:
    return any(op.is_secured for op in edition.operations)


def _takes_input(edition: Edition) -> bool:
    return any(op.request_schema is not None or op.query_parameters for op in edition.operations)


def _has_paths_below(edition: Edition) -> bool:
    """Whether some path says what a thing with an id is below."""
    return any(
        resource.id
        and operation_id is not None
        and resource.parent in edition.takes(edition.operation(operation_id))
        for resource in edition.resources
        for operation_id in (resource.read, resource.list)
    )


_APPLIES: Mapping[str, Callable[[Edition], bool]] = {
    **dict.fromkeys(("FG-108", "FG-601", "FG-602"), _is_secured),
    "FG-106": lambda edition: not edition.is_inferred and _always(edition),
    "FG-110": lambda edition: (
        not edition.is_inferred and any(op.method == "GET" for op in edition.operations)
    ),
    "FG-111": lambda edition: any(op.method == "GET" for op in edition.operations),
    "FG-201": _has(lambda r: r.create or r.read),
    **dict.fromkeys(("FG-202", "FG-203", "FG-208"), _has(lambda r: r.list and r.create)),
    "FG-204": _has(lambda r: r.ids),
    "FG-205": _has_paths_below,
    "FG-206": _has(lambda r: r.parent_id),
    "FG-207": _has(lambda r: r.create),
    "FG-209": _has(lambda r: r.create and r.ids),
    "FG-211": _takes_input,
    "FG-212": _has(lambda r: r.delete),
    "FG-301": _has(lambda r: r.created_at and (r.updated_at or r.periods)),
    "FG-302": _has(lambda r: r.created_at or r.updated_at),
    "FG-303": _has(lambda r: r.created_at or r.updated_at),
    **dict.fromkeys(("FG-501", "FG-504"), _has(lambda r: r.pages)),
    **dict.fromkeys(("FG-502", "FG-505"), _has(lambda r: r.pages or r.steps)),
    "FG-506": _has(lambda r: r.filters),
    "FG-503": _has(lambda r: r.is_newest_first),
    **dict.fromkeys(("FG-701", "FG-702"), _has(lambda r: r.create)),
}
