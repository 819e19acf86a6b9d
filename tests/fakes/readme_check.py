"""Run outside of the source tree with the wheel installed: the README's test passes as a downstream test.

Usage: python readme_check.py README.md. It needs pytest and the `fake` extra, and nothing of this repository.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

MOST_LINES = 15
FENCED = re.compile(r"```python\n(.*?def test_my_client\(.*?)```", re.DOTALL)


def main(readme: Path) -> int:
    [snippet] = FENCED.findall(readme.read_text(encoding="utf-8"))
    lines = snippet.strip().splitlines()
    assert len(lines) < MOST_LINES, f"the test has {len(lines)} lines"
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "test_downstream.py").write_text(snippet)
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-W",
            "error",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:locust",
        ]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    print(done.stdout)
    return 0 if done.returncode == 0 and "1 passed" in done.stdout else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
