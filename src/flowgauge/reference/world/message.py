"""What goes into the world and what comes out of it."""

from dataclasses import dataclass

__all__ = ["Headers", "Reply", "Request"]

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it stood on the wire.

    `path` and `query` are percent-encoded; `headers` have lower-case names. `body` is everything that
    was sent, or just over the world's limit where more was.
    """

    method: str
    path: str
    query: str = ""
    headers: Headers = ()
    body: bytes = b""

    def header_values(self, name: str) -> list[str]:
        """All values of the header with this lower-case name."""
        return [value for key, value in self.headers if key == name]

    def header(self, name: str) -> str | None:
        """The first value of the header with this lower-case name, or None."""
        for key, value in self.headers:
            if key == name:
                return value
        return None


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, and when it is due (seconds on the world's clock; None: at once).

    `headers` have lower-case names and lack Content-Length, which the door knows. `head_only` keeps the
    body's length but not the body, for HEAD.
    """

    status: int
    headers: Headers
    body: bytes
    due: float | None = None
    head_only: bool = False
