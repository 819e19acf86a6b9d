"""Puts the tests' own modules on the path: with importlib mode nothing else does."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
