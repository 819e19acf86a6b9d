"""Make `failing-run.svg` and `report.png` anew: `python docs/images/make.py`.

A server with a fault is tested as in the tutorial, in a terminal of 80 columns. The picture is what stood on
the screen, without the bars that move; the page is the report of that run, seen in chromium.
"""

import fcntl
import io
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
from pathlib import Path

from rich.console import Console
from rich.text import Text

__all__ = ["main"]

FOLDER = Path(__file__).parent
COMMAND = ("flowgauge", "run", "--fault", "unknown-flow-500")
COLUMNS = 80
PAGE = (1200, 900)
_BAR = "\N{BOX DRAWINGS HEAVY HORIZONTAL}"
# What moves the cursor: a line that was written over again and again is told by its last state.
_MOVES = re.compile(r"\x1b\[[0-9;?]*[A-HJKSTfhlsu]")


def screen_of(folder: Path) -> str:
    """What the command leaves on a terminal, with its colours."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 60, COLUMNS, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in {"CI", "NO_COLOR"}}
    command = [sys.executable, "-m", *COMMAND]
    process = subprocess.Popen(
        command, cwd=folder, env=environment | {"TERM": "xterm-256color"}, stdout=follower, stderr=follower
    )
    os.close(follower)
    written = bytearray()
    while True:
        try:
            piece = os.read(leader, 65_536)
        except OSError:
            break
        if not piece:
            break
        written += piece
    assert process.wait() == 1, "a faulty server is found"
    lines = (line.split("\r")[-1] for line in written.decode().replace("\r\n", "\n").split("\n"))
    return "\n".join(_MOVES.sub("", line) for line in lines if _BAR not in line).strip("\n")


def picture_of(screen: str) -> str:
    """The screen as SVG."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text(f"$ {' '.join(COMMAND)}", style="bold"))
    console.print(Text.from_ansi(screen))
    svg = console.export_svg(title="flowgauge", unique_id="failing-run")
    # A picture that fetches fonts from elsewhere is none.
    return re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL).replace("Fira Code, ", "")


def main() -> None:
    """Run it, and write both pictures."""
    with tempfile.TemporaryDirectory() as folder:
        screen = screen_of(Path(folder))
        (FOLDER / "failing-run.svg").write_text(picture_of(screen), encoding="utf-8")
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        if chromium is None:
            sys.exit("there is no chromium to see the report with: report.png stays as it is")
        page = Path(folder) / "reports" / "out" / "report.html"
        flags = ["--headless", "--no-sandbox", "--hide-scrollbars", f"--window-size={PAGE[0]},{PAGE[1]}"]
        picture = f"--screenshot={FOLDER / 'report.png'}"
        subprocess.run([chromium, *flags, picture, page.as_uri()], check=True, capture_output=True)


if __name__ == "__main__":
    main()
