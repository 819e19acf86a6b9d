"""What servers in the field were seen to do in several editions: with their input, and with times."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import msgspec
import yaml

from flowgauge.reference.faults import wrap
from flowgauge.reference.faults.rewriting import with_leaves
from flowgauge.reference.world.inputs import Refused
from flowgauge.reference.world.message import Reply, WorldRequest
from flowgauge.reference.world.wire import encoded
from flowgauge.reference.world.world import World

__all__ = ["create_in_other_precision", "in_small_letters", "nul_shown", "read_yaml"]

# Where the process stood. West of Greenwich no time that the server can write leaves the calendar.
_ZONE = timezone(timedelta(hours=-5))
_NANOSECONDS = "789"
_YAML = "text/vnd.yaml"


def create_in_other_precision(world: World) -> None:
    """A 201 has nanoseconds, and the process' zone; reads have neither."""

    def local(text: str) -> str:
        at = datetime.fromisoformat(text).astimezone(_ZONE)
        return f"{at:%Y-%m-%dT%H:%M:%S.%f}{_NANOSECONDS}-05:00"

    def created(create: Callable[..., Reply], value: Any, *, due: float | None = None) -> Reply:
        view = value["data"]
        times = {name: local(view[name]) for name in ("createdAt", "updatedAt") if name in view}
        return create({"data": view | times}, due=due)

    wrap(world.created, created)


def read_yaml(world: World) -> None:
    """A body that says it is YAML is read so."""

    def reads_yaml(json_body: Callable[[WorldRequest], Any], request: WorldRequest) -> Any:
        media_type = (request.header("content-type") or "").partition(";")[0].strip().lower()
        world.inputs.limit_body(request)
        return _from_yaml(request.body) if media_type == _YAML else json_body(request)

    wrap(world.inputs.json_body, reads_yaml)


def _from_yaml(body: bytes) -> Any:
    try:
        # Aliases could make a small text a huge value.
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(body, Loader=yaml.SafeLoader)):
            raise Refused(400, "aliases are not supported")
        # Through JSON: dates, sets and member names that are no strings become what JSON has for them.
        return msgspec.json.decode(encoded(yaml.safe_load(body)))
    except (yaml.YAMLError, msgspec.MsgspecError, ValueError, TypeError, RecursionError):
        raise Refused(400, "the body is not valid YAML") from None


def in_small_letters(body: Any, name: str) -> Any:
    """The body with a member under its name, where it has it in capitals alone."""
    if not isinstance(body, dict) or name in body:
        return body
    return {name if key.lower() == name else key: value for key, value in body.items()}


def nul_shown(value: Any) -> Any:
    """The value with each NUL written out as six characters, in names as well."""

    def shown(text: str) -> str:
        return text.replace("\0", "\\u0000")

    return with_leaves(value, lambda leaf: shown(leaf) if isinstance(leaf, str) else leaf, name=shown)
