"""The load's options: Locust arguments, keys of `[tool.locust]` and fields of the web UI."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flowgauge.client.connection import ENVIRONMENT
from flowgauge.durations import parsed_duration
from flowgauge.errors import UsageError
from flowgauge.load.locust_adapter.screen import BRIEF
from flowgauge.load.runs.settings import LoadSettings, flag_of, options

__all__ = ["add_options", "connection_flags", "fault_names", "refuse_idle", "settings_of", "with_defaults"]

_RENAMED = {"wait-share": "wait-ratio", "check-share": "check-ratio"}
_HOW_MUCH = "--rate or --plan says how much load there is, --max-in-flight how many journeys at a time"
_WHICH = "name the scenarios to run: locust -f loadtests/ RunPath"
# Options of Locust's that would do nothing here, and what does what they are for.
_IDLE = {
    "num_users": ("--users", _HOW_MUCH),
    "spawn_rate": ("--spawn-rate", 'a ramp is a plan: --plan "ramp 0..50/s in 30s"'),
    "stop_timeout": ("--stop-timeout", "--drain-timeout says how long to wait at the end"),
    "reset_stats": ("--reset-stats", "--warm-up leaves the first seconds out"),
    "tags": ("--tags", _WHICH),
    "exclude_tags": ("--exclude-tags", _WHICH),
    "config_users": ("--config-users", _WHICH),
    "equal_weights": ("--equal-weights", _WHICH),
}
_TARGET = {
    "url": "Root URL of the server under test (the same as -H); without one an embedded server is started",
    "token": "Bearer token",
    "client_id": "Client credentials to buy a token with",
    "client_secret": "Their secret",
    "token_url": "Where to buy it, if not at the server's own endpoint",
    "proxy": "http://[user:password@]host:port through which the server is asked",
}


def add_options(parser: Any) -> None:
    """Add the options to Locust's parser, whose arguments show in the web UI unless kept out of it."""
    # The web UI hands back what the default's type makes of a field, so that times stay text.
    for name, option in options().items():
        parser.add_argument(flag_of(name), type=type(option.shown), default=option.shown, help=option.about)

    def add(flag: str, about: str, **how: Any) -> None:
        # Secrets and whom they belong to stay off the page; the URL is its Host field.
        parser.add_argument(flag, **({"default": None} | how), help=about, include_in_web_ui=False)

    add("--run-folder", "Where run.json and run.hlog are written", default="reports/out")
    add("--flowgauge-edition", "Edition of the API, where the scenarios have several (default: their first)")
    add("--flowgauge-fault", "Named fault of the embedded server", action="append", default=[])
    # To know whether it was given: what a run of ours ends with is not an error of Locust's.
    parser.set_defaults(exit_code_on_error=None)
    header = "A header to send with each request, such as a gateway's key; its value is kept nowhere"
    add("--flowgauge-header", header, action="append", default=[])
    add(BRIEF, "Show how far it is, and no tables of rounded figures", action="store_true", default=False)
    for old, new in _RENAMED.items():
        add(f"--{old}", f"Renamed: use --{new}")
    for name, purpose in _TARGET.items():
        add(flag_of(f"flowgauge_{name}"), purpose)


def with_defaults(values: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """`values` with a scenario's own defaults where an option stands as it is in the table.

    A rate that was chosen keeps a scenario's plan away: it says how much is wanted.
    """
    table = {name: option.shown for name, option in options().items()}
    if unknown := set(defaults) - set(table):
        raise UsageError(f"the scenario changes options that do not exist: {', '.join(sorted(unknown))}")
    changed = {name: value for name, value in defaults.items() if values[name] == table[name]}
    if values["rate"] != table["rate"]:
        changed.pop("plan", None)
    return dict(values) | changed


def refuse_idle(values: Mapping[str, Any]) -> None:
    """Raise UsageError for an option of Locust's that would do nothing: who gives it expects something."""
    for name, (flag, hint) in _IDLE.items():
        if values.get(name):
            raise UsageError(f"{flag} does nothing here: journeys begin when they are due", hint=hint)


def settings_of(values: Mapping[str, Any]) -> LoadSettings:
    """The settings in Locust's parsed options. Raises UsageError that names the option."""
    for old, new in _RENAMED.items():
        if values.get(old.replace("-", "_")) is not None:
            raise UsageError(f"--{old} is now called --{new}", hint=f"write --{new}")
    given: dict[str, Any] = {}
    for name, option in options().items():
        value = values[name]
        if option.is_time:
            try:
                value = parsed_duration(str(value or "0"))
            except UsageError as error:
                raise UsageError(f"{flag_of(name)}: {error.message}", hint=error.hint) from None
        is_text = option.shown == "" and not option.is_time
        given[name] = _text_of(name, str(value or "")) if is_text else value
    run_time = values.get("run_time")
    given["duration"] = given["duration"] or (float(run_time) if run_time else None)
    return LoadSettings(**given)


def _text_of(name: str, value: str) -> str:
    """The value, or what stands in the file that `@path` names."""
    if not value.startswith("@"):
        return value
    try:
        return Path(value[1:]).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{flag_of(name)}: {value[1:]} cannot be read: {error}") from None


def connection_flags(values: Mapping[str, Any]) -> dict[str, str | None]:
    """The flags of the connection vocabulary; Locust's own `--host` stands for the URL."""
    flags = {name: values.get(f"flowgauge_{name}") or None for name in ENVIRONMENT}
    flags["url"] = flags["url"] or values.get("host") or None
    return flags


def fault_names(values: Mapping[str, Any]) -> tuple[str, ...]:
    """The faults to switch on in the embedded server; each flag may name several, with commas."""
    given = values.get("flowgauge_fault") or []
    return tuple(name.strip() for text in given for name in text.split(",") if name.strip())
