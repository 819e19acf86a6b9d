"""What a run of the suites is asked to do."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from flowgauge.client.connection import Connection, connection_from
from flowgauge.errors import UsageError

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
    answer may take `tail` seconds.
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


def settings_from(options: Mapping[str, object], environment: Mapping[str, str], *, root: Path) -> Settings:
    """The settings that pytest's options (by their `flowgauge_` names) and the environment describe."""
    names = ("url", "token", "client_id", "client_secret", "token_url")
    flags = {name: _text(options.get(f"flowgauge_{name}")) for name in names}
    # A target that is asked for by name wins over the environment's URL.
    target = options["flowgauge_target"]
    wants_in_process = target in {"in-process", "fake"}
    connection = None if wants_in_process and not flags["url"] else connection_from(environment, **flags)
    raw_faults = options["flowgauge_fault"]
    assert isinstance(raw_faults, list)
    faults = tuple(name for names in raw_faults for name in str(names).split(",") if name)
    if faults and connection is not None:
        raise UsageError(
            f"faults can only be switched on in an embedded server, not at {connection.url}",
            hint="leave --flowgauge-fault or the URL out",
        )
    seed, examples = options["flowgauge_seed"], options["flowgauge_examples"]
    assert isinstance(seed, int)
    assert examples is None or isinstance(examples, int)
    if examples is not None and examples < 1:
        raise UsageError("--flowgauge-examples must be at least 1")
    return Settings(
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
    )


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
