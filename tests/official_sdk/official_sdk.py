"""The SDK that Formance publishes on PyPI, unmodified, against our server and our fake.

    tox -e official-sdk

Every method of its orchestration part, in both versions, sync and async: on a server in a process of its
own, and on the fake behind respx and as a transport. Each answer must have its status, hold what was asked
for, and be decoded to what stood on the wire. Below the table stands what the SDK cannot do, each line tried.
The exit code is 0 where all of it is as it says here, else 1.
"""

import asyncio
import contextlib
import inspect
import sys
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version

from calls import OK, Visit, visit
from cannot import CANNOT, at_fake, new_fake, security_of
from formance_sdk_python import SDK

from flowgauge.editions import EDITIONS
from flowgauge.reference.server.embedded import embedded_server

VERSIONS = tuple(name for name in ("v1", "v2") if name in EDITIONS)


@contextlib.contextmanager
def on_server(version: str) -> Iterator[tuple[SDK, Callable[[float], None]]]:
    """The SDK, with nothing but a URL and credentials, at a server in a process of its own."""
    with embedded_server(edition=version) as server:
        yield SDK(server_url=server.url, security=security_of(server)), time.sleep


@contextlib.contextmanager
def on_fake(version: str) -> Iterator[tuple[SDK, Callable[[float], None]]]:
    """The same SDK, and respx between it and the network."""
    with new_fake(version) as fake:
        yield SDK(server_url=fake.url, security=security_of(fake)), fake.advance


@contextlib.contextmanager
def on_transport(version: str) -> Iterator[tuple[SDK, Callable[[float], None]]]:
    """The SDK with HTTP clients of one's own, which lead to a fake; nothing is patched."""
    fake = new_fake(version)
    yield at_fake(fake), fake.advance


WAYS = {"server": on_server, "fake": on_fake, "transport": on_transport}


def rows() -> Iterator[tuple[str, dict[str, str]]]:
    """What each call of each version came to, by way."""
    for name in VERSIONS:
        columns: dict[str, dict[str, str]] = {}
        for way, opened in WAYS.items():
            for kind in ("sync", "async"):
                with opened(name) as (sdk, pause), asyncio.Runner() as runner:
                    it = Visit(sdk, name, kind == "async", pause, runner)
                    # What broke it off is among the results.
                    with contextlib.suppress(Exception):
                        visit(it)
                columns[f"{way} {kind}"] = it.results
        calls = dict.fromkeys(called for met in columns.values() for called in met)
        for called in calls:
            yield f"{name} {called}", {c: met.get(called, "not reached") for c, met in columns.items()}
        untried = set(_methods(sdk, name)) - {called.partition(" ")[0] for called in calls}
        if untried:
            raise SystemExit(f"methods of {name} that nobody has called: {sorted(untried)}")


def _methods(sdk: SDK, name: str) -> Iterator[str]:
    for method, _ in inspect.getmembers(getattr(sdk.orchestration, name), inspect.ismethod):
        if not method.startswith(("_", "do_")) and not method.endswith("_async"):
            yield method


def main() -> int:
    """Print the table and the list; 1 where anything is not as it should be."""
    wrong: list[str] = []
    columns = [f"{way} {kind}" for way in WAYS for kind in ("sync", "async")]
    print(f"formance-sdk-python {version('formance-sdk-python')}, unmodified\n")
    print(f"{'call':<40}" + "".join(f"{column:>17}" for column in columns))
    calls = 0
    for called, met in rows():
        calls += len(met)
        wrong += [f"{called}, {column}: {what}" for column, what in met.items() if what != OK]
        print(f"{called:<40}" + "".join(f"{OK if met[c] == OK else 'FAILED':>17}" for c in columns))
    print(f"\n{calls - len(wrong)} of {calls} calls are as they should be\n\nWhat the SDK cannot do:")
    for tried in CANNOT:
        is_so = tried()
        print(f"  {tried.__doc__}{'' if is_so else '  NO LONGER SO'}")
        wrong += [] if is_so else [f"no longer so: {tried.__name__}"]
    print("\n".join(["", *wrong]), file=sys.stderr)
    return 1 if wrong or not calls else 0


if __name__ == "__main__":
    sys.exit(main())
