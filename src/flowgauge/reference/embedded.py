"""The reference server as a child process: started on a free port, stopped when the block ends.

The child also stops when its standard input ends, so it never outlives its parent, not even a killed one.
"""

import json
import select
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from flowgauge.errors import HarnessError

__all__ = ["Embedded", "embedded_server"]

READY_WITHIN = 30.0
STOPPED_WITHIN = 10.0


@dataclass(frozen=True, slots=True)
class Embedded:
    """A running reference server.

    `token` and `other_token` are two accepted bearer tokens, `expired_token` one that has ended;
    `client_id` and `client_secret` buy more.
    """

    url: str
    pid: int
    token: str = field(repr=False)
    other_token: str = field(repr=False)
    expired_token: str = field(repr=False)
    client_id: str
    client_secret: str = field(repr=False)


@contextmanager
def embedded_server(*, faults: Sequence[str] = (), extra: Sequence[str] = ()) -> Iterator[Embedded]:
    """Run `flowgauge serve` with random credentials on a free port of the loopback interface.

    `extra` are more of its flags. Raises HarnessError where it does not start.
    """
    command = [sys.executable, "-m", "flowgauge", "serve", "--port", "0", "--embedded"]
    command += ["--fault", ",".join(faults)] if faults else []
    # A session of its own: Ctrl-C at the terminal goes to the parent, which then stops the child in order.
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*command, *extra],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        ready, _, _ = select.select([process.stdout], [], [], READY_WITHIN)
        line = process.stdout.readline() if ready else b""
        if not line:
            raise HarnessError(f"the embedded server did not start (exit code {process.poll()})")
        fields = json.loads(line)
        yield Embedded(**{name: fields[name] for name in Embedded.__dataclass_fields__})
    finally:
        process.stdin.close()
        try:
            process.wait(STOPPED_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
