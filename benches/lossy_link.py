"""A network between one host and several others that delays and loses packets, and can be cut.

Each host gets a TAP device, in its own network namespace; this process carries frames between them. The
kernel's netem does that better, where it is there; this needs CONFIG_TUN alone.

    python lossy_link.py DELAY LOSS SEED NAMESPACE:DEVICE...     seconds, a ratio; the first is the centre

A line on standard input cuts those whose numbers it names (1 is the first after the centre), and heals the
others: "2 3", or an empty line. It ends with its standard input.
"""

import fcntl
import heapq
import os
import random
import selectors
import struct
import subprocess
import sys
import time

__all__: list[str] = []

_SET_INTERFACE, _TAP = 0x400454CA, 0x0002 | 0x1000
_BROADCAST = 0x01


def _tap(namespace: str, device: str) -> int:
    """A TAP device in that namespace; its descriptor."""
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(descriptor, _SET_INTERFACE, struct.pack("16sH", device.encode(), _TAP))
    subprocess.run(["/sbin/ip", "link", "set", device, "netns", namespace], check=True)  # noqa: S603
    return descriptor


class Link:
    """Carries frames. `cut` are the numbers of those that nothing reaches or leaves."""

    def __init__(self, descriptors: list[int], delay: float, loss: float, seed: int) -> None:
        self.cut: set[int] = set()
        self._descriptors = descriptors
        self._delay, self._loss = delay, loss
        self._rng = random.Random(seed)
        self._places: dict[bytes, int] = {}
        self._under_way: list[tuple[float, int, int, bytes]] = []
        self._order = 0

    def take(self, source: int) -> None:
        """Read what lies ready at a host."""
        while True:
            try:
                frame = os.read(self._descriptors[source], 4096)
            except BlockingIOError:
                return
            to, self._places[frame[6:12]] = frame[:6], source
            others = [0] if source else range(1, len(self._descriptors))
            if not frame[0] & _BROADCAST and to in self._places:
                others = [self._places[to]]
            for place in others:
                if place != source and self._rng.random() >= self._loss:
                    self._order += 1
                    entry = (time.monotonic() + self._delay, self._order, source << 8 | place, frame)
                    heapq.heappush(self._under_way, entry)

    def deliver(self) -> float:
        """Hand over what is due; seconds until the next."""
        now = time.monotonic()
        while self._under_way and self._under_way[0][0] <= now:
            _, _, ends, frame = heapq.heappop(self._under_way)
            if not {ends >> 8, ends & 0xFF} & self.cut:
                try:
                    os.write(self._descriptors[ends & 0xFF], frame)
                except OSError:
                    # A host that is not up, or does not read: lost, as on any network.
                    continue
        return max(self._under_way[0][0] - now, 0.0) if self._under_way else 1.0


def main(words: list[str]) -> None:
    """Carry frames until standard input ends."""
    delay, loss, seed, *ends = words
    descriptors = [_tap(*end.split(":")) for end in ends]
    link = Link(descriptors, float(delay), float(loss), int(seed))
    waiting = selectors.DefaultSelector()
    for number, descriptor in enumerate(descriptors):
        waiting.register(descriptor, selectors.EVENT_READ, number)
    waiting.register(sys.stdin, selectors.EVENT_READ, None)
    print("up", flush=True)
    while True:
        for key, _ in waiting.select(link.deliver()):
            if key.data is not None:
                link.take(key.data)
                continue
            line = sys.stdin.readline()
            if not line:
                return
            link.cut = {int(word) for word in line.split()}


if __name__ == "__main__":
    main(sys.argv[1:])
