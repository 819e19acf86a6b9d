"""Which edition of an API a server speaks: found out with the questions that are asked of any target."""

import contextlib
from collections.abc import Sequence

from flowgauge.contract.settings import Settings
from flowgauge.contract.targets.first_question import PATIENCE, check_what_answers
from flowgauge.contract.targets.opening import opened
from flowgauge.edition import Edition
from flowgauge.errors import WrongTarget

__all__ = ["spoken_edition"]


def spoken_edition(settings: Settings, newest_first: Sequence[Edition]) -> tuple[Edition, str]:
    """The newest edition with which the server at the settings' URL answers, and how that was found out.

    Raises what `open_target` raises where it answers with none of them: that of the oldest.
    """
    assert settings.connection is not None
    url, absent = settings.connection.url, list[str]()
    with contextlib.closing(opened(settings, settings.connection)) as target:
        for edition in newest_first:
            try:
                with contextlib.closing(target.at(target.url, timeout=PATIENCE)) as asker:
                    check_what_answers(asker, edition, has_token=settings.has_credential)
            except WrongTarget:
                absent.append(edition.name)
                if len(absent) == len(newest_first):
                    raise
            else:
                others = f", and not with {' nor '.join(absent)}" if absent else ""
                newest = "" if others else ", the newest that there is"
                return edition, f"held to edition {edition.name}{newest}: {url} answers with it{others}"
    raise WrongTarget(f"there is no edition to hold {url} to")
