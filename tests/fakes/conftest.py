"""The fakes' tests share the situations of `fixtures/`, and both shells of the client on a fake."""

from fake_fixtures import ask, fake, situations, typed

__all__ = ["ask", "fake", "situations", "typed"]
