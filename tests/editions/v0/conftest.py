"""The edition's tests ask its world and its servers, and clients of its fake."""

from fake_fixtures import ask, fake, situations, typed
from reference_fixtures import caller, caller_of, clean, server

__all__ = ["ask", "caller", "caller_of", "clean", "fake", "server", "situations", "typed"]
