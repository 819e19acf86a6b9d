"""The load's options: Locust arguments, keys of `[tool.locust]`, fields of the web UI - one table."""

from collections.abc import Mapping
from typing import Any

from flowgauge.client.connection import ENVIRONMENT
from flowgauge.durations import parsed_duration
from flowgauge.errors import UsageError
from flowgauge.load.runs.settings import LoadSettings

__all__ = ["add_options", "connection_flags", "fault_names", "settings_of", "with_defaults"]

# Name, default, help. Durations are text: the web UI hands back what the default's type makes of a field.
_TIMES = (
    ("duration", "", "How long arrivals last, such as 30s; without it -t, or the plan's own length"),
    ("warm-up", "0s", "Arrivals of the first so many seconds are made but not measured"),
    ("poll-interval", "25ms", "Between two polls of one run"),
    ("connect-timeout", "5s", "After so long a connection attempt has failed"),
    ("response-timeout", "10s", "After so long without its whole answer a request has failed"),
    ("capacity-step", "10s", "How long each step of a --capacity search lasts"),
    ("drain-timeout", "15s", "How long to wait, at the end, for journeys under way"),
    (
        "max-schedule-lag",
        "25ms",
        "The run is invalid if the p99 of the generator's own lateness exceeds this",
    ),
)
_NUMBERS: tuple[tuple[str, float, str], ...] = (
    ("rate", 50.0, "Arrivals per second, where there is no --plan"),
    ("seed", 1, "Of everything that is drawn at random"),
    ("wait-ratio", 0.0, "Ratio (0..1) of the runs that ask the server to wait for their end"),
    ("reuse-flows", 0, "Make so many things beforehand and reuse those, instead of one for each journey"),
    ("check-ratio", 0.05, "Ratio (0..1) of the answers that are validated against the document"),
    ("verify-runs", 2000, "Read back at most so many acknowledged runs at the end"),
    ("max-in-flight", 5000, "Journeys under way at a time; arrivals beyond are dropped, and counted"),
)
_TEXTS = (
    ("plan", "", 'When journeys begin, such as "ramp 0..200/s in 30s, hold 2m, spike 1000/s for 5s"'),
    (
        "stages",
        "",
        "What the journeys make, in the edition's words; without it, what it makes by itself",
    ),
    (
        "capacity",
        "",
        'Search for the highest rate at which this holds, such as "all(run.p99 < 250ms, create.p99 < 1s)"',
    ),
    (
        "autostop",
        "",
        (
            'End the run early when this holds, as "any(latency.p99 > 2s for 10s, run.p50 > 1s for 5s)"; '
            "an expression as in gates, where `latency` is that of all operations, and `for 10s` each of ten "
            "seconds in a row"
        ),
    ),
)
_RENAMED = {"wait-share": "wait-ratio", "check-share": "check-ratio"}
_TARGET = {
    "url": "Root URL of the server under test (the same as -H); without one an embedded server is started",
    "token": "Bearer token",
    "client_id": "Client credentials to buy a token with",
    "client_secret": "Their secret",
    "token_url": "Where to buy it, if not at the server's own endpoint",
}


def add_options(parser: Any) -> None:
    """Add the options to Locust's parser, whose arguments show in the web UI unless kept out of it."""
    for name, text, purpose in _TEXTS + _TIMES:
        parser.add_argument(f"--{name}", type=str, default=text, help=purpose)
    for name, number, purpose in _NUMBERS:
        parser.add_argument(f"--{name}", type=type(number), default=number, help=purpose)
    parser.add_argument(
        "--run-folder",
        default="reports/out",
        help="Where run.json and run.hlog are written",
        include_in_web_ui=False,
    )
    for old, new in _RENAMED.items():
        parser.add_argument(f"--{old}", default=None, help=f"Renamed: use --{new}", include_in_web_ui=False)
    for name, purpose in _TARGET.items():
        # Secrets and whom they belong to stay off the page; the URL is its Host field.
        parser.add_argument(
            f"--flowgauge-{name.replace('_', '-')}", default=None, help=purpose, include_in_web_ui=False
        )
    parser.add_argument(
        "--flowgauge-fault",
        action="append",
        default=[],
        help="Named fault of the embedded server",
        include_in_web_ui=False,
    )


def with_defaults(values: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """`values` with a scenario's own defaults where an option stands as it is in the table.

    A rate that was chosen keeps a scenario's plan away: it says how much is wanted.
    """
    table = {name.replace("-", "_"): default for name, default, _ in (*_TEXTS, *_TIMES, *_NUMBERS)}
    if unknown := set(defaults) - set(table):
        raise UsageError(f"the scenario changes options that do not exist: {', '.join(sorted(unknown))}")
    changed = {name: value for name, value in defaults.items() if values[name] == table[name]}
    if values["rate"] != table["rate"]:
        changed.pop("plan", None)
    return dict(values) | changed


def settings_of(values: Mapping[str, Any]) -> LoadSettings:
    """The settings in Locust's parsed options. Raises UsageError that names the option."""
    for old, new in _RENAMED.items():
        if values.get(old.replace("-", "_")) is not None:
            raise UsageError(f"--{old} is now called --{new}", hint=f"write --{new}")

    def seconds(name: str) -> float:
        text = str(values[name.replace("-", "_")] or "0")
        try:
            return parsed_duration(text)
        except UsageError as error:
            raise UsageError(f"--{name}: {error.message}", hint=error.hint) from None

    times = {name.replace("-", "_"): seconds(name) for name, _, _ in _TIMES}
    duration = times.pop("duration") or values.get("run_time") or None
    given: dict[str, Any] = {name: str(values[name] or "") for name, _, _ in _TEXTS}
    given |= {name.replace("-", "_"): values[name.replace("-", "_")] for name, _, _ in _NUMBERS}
    return LoadSettings(duration=float(duration) if duration else None, **(given | times))


def connection_flags(values: Mapping[str, Any]) -> dict[str, str | None]:
    """The flags of the connection vocabulary; Locust's own `--host` stands for the URL."""
    flags = {name: values.get(f"flowgauge_{name}") or None for name in ENVIRONMENT}
    flags["url"] = flags["url"] or values.get("host") or None
    return flags


def fault_names(values: Mapping[str, Any]) -> tuple[str, ...]:
    """The faults to switch on in the embedded server; each flag may name several, with commas."""
    given = values.get("flowgauge_fault") or []
    return tuple(name.strip() for text in given for name in text.split(",") if name.strip())
