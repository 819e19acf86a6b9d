"""The reference's tests start servers."""

from reference_fixtures import caller, caller_of, clean, server

__all__ = ["caller", "caller_of", "clean", "server"]
