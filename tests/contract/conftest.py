"""Puts the tests' own modules on the path: with importlib mode nothing else does."""

import sys
from pathlib import Path

# The toy edition is a package of its own.
sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]
