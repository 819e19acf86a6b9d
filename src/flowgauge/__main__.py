"""`python -m flowgauge` is the `flowgauge` command."""

import sys

from flowgauge.cli import main

if __name__ == "__main__":
    sys.exit(main())
