"""How often an address was refused, so that whoever guesses credentials guesses slowly."""

from dataclasses import dataclass

__all__ = ["Refusals"]

WAIT_SECONDS = 1.0
_WINDOW = 60.0
# As many addresses are remembered; the one that was refused first is forgotten first.
_MOST_ADDRESSES = 4096


@dataclass(slots=True)
class _Window:
    begun: float
    count: int = 0


class Refusals:
    """Refused credentials by address: more than `most` within a minute, and every answer waits for a second.

    Right or wrong: an answer that came at once would tell that a guess was right. A sound client is refused
    now and then; the suites, which try what must be refused, are about a hundred times.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._windows: dict[str, _Window] = {}

    def seconds_to_wait(self, address: str, now: float) -> float:
        """How long a request from there has to wait before anybody looks at it."""
        window = self._windows.get(address)
        is_over = window is not None and window.count > self._most and now - window.begun < _WINDOW
        return WAIT_SECONDS if is_over else 0.0

    def note(self, address: str, now: float) -> None:
        """A credential from there was refused."""
        window = self._windows.get(address)
        if window is None or now - window.begun >= _WINDOW:
            self._windows.pop(address, None)
            window = self._windows[address] = _Window(now)
            if len(self._windows) > _MOST_ADDRESSES:
                del self._windows[next(iter(self._windows))]
        window.count += 1
