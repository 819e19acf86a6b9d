"""Whether members are what their names say: the time of the create, the id of the parent."""

from email.utils import parsedate_to_datetime

from flowgauge.contract.date_times import moment
from flowgauge.edition import Resource, member
from flowgauge.openapi import Json
from flowgauge.results import Exchange

__all__ = ["is_time_of", "names_parent"]

# Seconds: what is further from the create is the time of something else.
_NEAR = 3600.0
# Characters: no two ids are the same by chance from here on.
_LONG = 16


def names_parent(resource: Resource, view: Json, above: str | None) -> bool:
    """Whether a view names its parent where its name says so, or might have to.

    A thing that names itself there and its parent nowhere is wrong, where its id is too long to be another's.
    """
    named, own = str(member(view, (resource.parent_id or "",))), resource.id_in(view)
    if named == above:
        return True
    is_own = named == own and len(named) >= _LONG and resource.parent_id != resource.id
    return is_own and all(str(value) != above for value in view.values())


def is_time_of(created: Exchange, value: Json) -> bool:
    """Whether a time may be that of a create, by the server's own clock where it tells it."""
    at = moment(value) if isinstance(value, str) else None
    told = created.response.header("date") if created.response is not None else None
    if at is None or told is None:
        return at is not None
    try:
        return abs(at - parsedate_to_datetime(told).timestamp()) < _NEAR
    except ValueError:
        return True
