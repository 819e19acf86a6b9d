"""The reference server as a child process: started on a free port, stopped when the block ends.

The child also stops when its standard input ends, so it never outlives its parent, not even a killed one.
"""

import json
import select
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields

from flowgauge.errors import HarnessError, UsageError
from flowgauge.redaction import keep_secret

__all__ = ["Embedded", "embedded_server"]

ANSWER_WITHIN = 30.0
STOPPED_WITHIN = 10.0
_PLACEHOLDERS = {
    "token": "$FLOWGAUGE_TOKEN",
    "other_token": "$FLOWGAUGE_OTHER_TOKEN",
    "expired_token": "$FLOWGAUGE_EXPIRED_TOKEN",
    "client_secret": "$FLOWGAUGE_CLIENT_SECRET",
}


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
    _process: "subprocess.Popen[bytes]" = field(repr=False)

    def reset(self) -> None:
        """Empty the server's store; done when this returns. Raises HarnessError where the server is gone."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(b"reset\n")
            self._process.stdin.flush()
        except (OSError, ValueError):
            # A pipe whose other end is closed, or one that was closed here at the end of the block.
            raise HarnessError("the embedded server is gone") from None
        _line_of(self._process)


@contextmanager
def embedded_server(
    *, edition: str | None = None, faults: Sequence[str] = (), extra: Sequence[str] = ()
) -> Iterator[Embedded]:
    """Run `flowgauge serve` with random credentials on a free port of the loopback interface.

    It serves the named edition, or its own default; `extra` are more of its flags. Raises UsageError for an
    edition or a fault that does not exist, and HarnessError where the server does not start.
    """
    command = [sys.executable, "-m", "flowgauge", "serve", "--port", "0", "--embedded"]
    command += ["--edition", edition] if edition else []
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
        answer = json.loads(_line_of(process))
        if "refused" in answer:
            # Only the child knows which editions and faults there are.
            raise UsageError(answer["refused"], hint=answer["hint"])
        shown = {f.name: answer[f.name] for f in fields(Embedded) if not f.name.startswith("_")}
        for name, placeholder in _PLACEHOLDERS.items():
            keep_secret(shown[name], placeholder)
        yield Embedded(**shown, _process=process)
    finally:
        with suppress(OSError):
            process.stdin.close()
        try:
            process.wait(STOPPED_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def _line_of(process: "subprocess.Popen[bytes]") -> bytes:
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], ANSWER_WITHIN)
    line = process.stdout.readline() if ready else b""
    if not line:
        with suppress(subprocess.TimeoutExpired):
            # Its output ends a moment before the process does, and the exit code says why it ended.
            process.wait(1.0)
        raise HarnessError(f"the embedded server does not answer (exit code {process.poll()})")
    return line
