"""Puts the tests' own modules on the path: with importlib mode nothing else does."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from asking import Asking


@pytest.fixture
def server() -> Asking:
    """A clean world on a virtual clock, and a way to ask it."""
    return Asking()
