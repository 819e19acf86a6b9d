"""The ways of bare requests to a fake: respx and transport, sync and async."""

from fake_fixtures import ask

__all__ = ["ask"]
