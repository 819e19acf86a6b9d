"""What a run of the suites is asked to do."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from flowgauge.client.connection import Connection, connection_from
from flowgauge.errors import UsageError
from flowgauge.extra_headers import extra_headers
from flowgauge.limits import PeerLimits, limits_of
from flowgauge.results.exchange import Headers

__all__ = ["Settings", "settings_from"]

# The same for every target: what one is asked, the others are asked too.
EXAMPLES = 30
TAIL = 1.0


@dataclass(frozen=True, slots=True)
class Settings:
    """One run.

    `edition` is the name or path that was asked for, None for the default one. `connection` is None for an
    embedded target; `faults` are only for that one. `budget` is how many seconds the suites may take, or
    None. `workers` is how many processes share the tests, None for as many as fit the target. Hardly any
    answer may take `tail` seconds. `needs_auth` is False for a server that asks for no token; `headers` go
    with every request, and their values are secrets. `allowed` are the sets of guarded cases that may be sent
    to a server of others; `limits` are what an answer may cost.
    """

    edition: str | None = None
    connection: Connection | None = None
    embedded: Literal["server", "in-process", "fake"] = "server"
    faults: tuple[str, ...] = ()
    seed: int = 1
    examples: int = EXAMPLES
    run_folder: Path = Path("reports/out")
    read_only: bool = False
    budget: float | None = None
    workers: int | None = None
    tail: float = TAIL
    needs_auth: bool = True
    headers: Headers = field(default=(), repr=False)
    allowed: frozenset[str] = frozenset()
    limits: PeerLimits = field(default_factory=PeerLimits)

    @property
    def has_credential(self) -> bool:
        """Whether there is a token to show, or something to buy one with."""
        return self.connection is not None and bool(self.connection.token or self.connection.client_id)


def settings_from(options: Mapping[str, object], environment: Mapping[str, str], *, root: Path) -> Settings:
    """The settings that pytest's options (by their `flowgauge_` names) and the environment describe."""
    names = ("url", "token", "client_id", "client_secret", "token_url", "proxy")
    flags = {name: _text(options.get(f"flowgauge_{name}")) for name in names}
    # A target that is asked for by name wins over the environment's URL.
    target = options["flowgauge_target"]
    wants_in_process = target in {"in-process", "fake"}
    connection = None if wants_in_process and not flags["url"] else connection_from(environment, **flags)
    faults = tuple(_named(options["flowgauge_fault"]))
    if faults and connection is not None:
        raise UsageError(
            f"faults can only be switched on in an embedded server, not at {connection.url}",
            hint="leave --flowgauge-fault or the URL out",
        )
    needs_auth = not options.get("flowgauge_no_auth")
    if not needs_auth and connection is None:
        raise UsageError("--flowgauge-no-auth is for a server of yours: name it with --flowgauge-url")
    seed, examples = options["flowgauge_seed"], options["flowgauge_examples"]
    assert isinstance(seed, int)
    assert examples is None or isinstance(examples, int)
    if examples is not None and examples < 1:
        raise UsageError("--flowgauge-examples must be at least 1")
    settings = Settings(
        edition=_text(options.get("flowgauge_edition")),
        connection=connection,
        embedded="fake" if target == "fake" else "in-process" if wants_in_process else "server",
        faults=faults,
        seed=seed,
        examples=examples or EXAMPLES,
        run_folder=root / str(options["flowgauge_run_folder"]),
        read_only=bool(options.get("flowgauge_read_only")),
        budget=_seconds("--flowgauge-budget", options.get("flowgauge_budget")),
        workers=_workers(options.get("flowgauge_workers")),
        tail=_seconds("--flowgauge-tail", options.get("flowgauge_tail")) or TAIL,
        needs_auth=needs_auth,
        headers=tuple(extra_headers(options.get("flowgauge_header"), environment)),
        allowed=frozenset(_named(options.get("flowgauge_allow"))),
        limits=limits_of(_text(options.get("flowgauge_limits")) or environment.get("FLOWGAUGE_LIMITS", "")),
    )
    if not needs_auth and settings.has_credential:
        raise UsageError(
            "--flowgauge-no-auth and a credential contradict each other", hint="leave one of them out"
        )
    return settings


def _named(values: object) -> Iterator[str]:
    """The names in the values of a flag that may be given more than once, each `NAME[,NAME]`."""
    assert values is None or isinstance(values, list)
    yield from (name.strip() for names in values or () for name in str(names).split(",") if name.strip())


def _workers(value: object) -> int | None:
    if value is None:
        return None
    assert isinstance(value, int)
    if value < 1:
        raise UsageError("--flowgauge-workers must be at least 1")
    return value


def _seconds(option: str, value: object) -> float | None:
    if value is None:
        return None
    assert isinstance(value, float)
    if not 0 < value < math.inf:
        raise UsageError(f"{option} must be more than 0 seconds")
    return value


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
