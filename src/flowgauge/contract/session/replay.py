"""Findings shown once more before they are told: the same requests, the same comparison as in their scripts.

A replay makes no findings, and tells the suites nothing: it says of a finding whether it shows again.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from flowgauge.contract.reproductions.reproduction import replay_of
from flowgauge.contract.requests import SAFE_METHODS
from flowgauge.contract.target import Capability, Target
from flowgauge.edition import Edition
from flowgauge.errors import TargetUnreachable
from flowgauge.results import Finding

__all__ = ["LONGEST", "replayed"]

LONGEST = 8.0
"""Seconds for all of them."""
_NO_ANSWER = "FG-100"
_NOT_SHOWN_BY_ONE: Mapping[str, str] = {
    "FG-701": "it takes calls at the same time",
    "FG-702": "it takes calls at the same time",
    "FG-801": "it takes many calls to see",
    "FG-802": "it takes many calls to see",
}


def replayed(
    findings: Sequence[Finding], target: Target, edition: Edition, *, ends_at: float
) -> tuple[Finding, ...]:
    """The findings, each with whether it showed again; done by `ends_at` on the monotonic clock."""
    ends_at = min(ends_at, time.monotonic() + LONGEST)
    again: dict[int, Finding] = {}
    # What gets no answer takes the time of all others.
    for place in sorted(range(len(findings)), key=lambda place: findings[place].id == _NO_ANSWER):
        again[place] = _replayed(findings[place], target, edition, ends_at)
    return tuple(again[place] for place in range(len(findings)))


def _replayed(finding: Finding, target: Target, edition: Edition, ends_at: float) -> Finding:
    reason = _reason(finding, target, ends_at)
    if reason:
        return replace(finding, not_replayed=reason)
    replay = replay_of(finding.id, finding.exchanges, edition)
    try:
        return replace(finding, reproduced=replay.shows(lambda request: target.send(request).response))
    except TargetUnreachable as error:
        return replace(finding, not_replayed=error.message)


def _reason(finding: Finding, target: Target, ends_at: float) -> str:
    """Why a finding is not sent again, if it is not."""
    if not finding.exchanges:
        return "nothing was sent"
    if finding.id in _NOT_SHOWN_BY_ONE:
        return _NOT_SHOWN_BY_ONE[finding.id]
    writes = any(e.request.method not in SAFE_METHODS for e in finding.exchanges)
    if writes and Capability.WRITE not in target.capabilities:
        return "it takes a write"
    return "there was no time left" if time.monotonic() > ends_at else ""
