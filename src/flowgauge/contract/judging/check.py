"""What a check is."""

from collections.abc import Callable, Iterator

from flowgauge.contract.findings.sighting import Sighting
from flowgauge.contract.judging.knowledge import Knowledge
from flowgauge.contract.judging.reading import Reading

__all__ = ["Check"]

Check = Callable[[Reading, Knowledge], Iterator[Sighting]]
"""Looks at one sound answer, with what is known. It may correct what is known, so that one fault does not
echo through everything that follows."""
