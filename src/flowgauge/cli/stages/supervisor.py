"""`python -m flowgauge.cli.stages.supervisor COMMAND...`: a command that does not outlive whoever started it.

When standard input ends, because the parent closed it or died of anything, even of SIGKILL,
the command is interrupted as by Ctrl-C, and what is left of its process group after a while is killed.
Otherwise the exit code is the command's.
"""

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress

__all__ = ["STOPPED_WITHIN", "main"]

STOPPED_WITHIN = 15.0
# What shells say of a command that died of a signal.
_SIGNALLED = 128


def main(command: list[str]) -> int:
    """Run the command to its end, or to the end of standard input."""
    # Ctrl-C at a terminal goes to the parent, which closes our standard input. A handler, not SIG_IGN: the
    # command begins with the default again, even where a shell has switched SIGINT off.
    signal.signal(signal.SIGINT, lambda *_: None)
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True) as process:  # noqa: S603
        let_go = threading.Event()
        holding = threading.Thread(target=_hold, args=(process, let_go), daemon=True)
        holding.start()
        code = process.wait()
    if let_go.is_set():
        holding.join()
    return code if code >= 0 else _SIGNALLED - code


def _hold(process: "subprocess.Popen[bytes]", let_go: threading.Event) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    let_go.set()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOPPED_WITHIN)
        os.killpg(process.pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
