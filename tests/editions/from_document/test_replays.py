"""What is shown once more where each thing must have a name of its own."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace

import pytest

from flowgauge.contract.edition_part import ContractPart
from flowgauge.contract.findings.recorder import Recorder
from flowgauge.contract.probe import Probe
from flowgauge.contract.reproductions.script import script
from flowgauge.contract.session.replay import replayed
from flowgauge.contract.target import Capability
from flowgauge.contract.targets.http import HttpTarget
from flowgauge.edition import Edition
from flowgauge.editions.from_document.inference import inferred
from flowgauge.openapi import Document
from flowgauge.results import Finding

from .cups import DOCUMENT, serving

LABEL = "label-1000003"


def edition(*unique: str) -> Edition:
    found = inferred(Document(DOCUMENT), "cups").edition
    return replace(found, resources=tuple(replace(each, unique=unique) for each in found.resources))


@contextlib.contextmanager
def found_on(port: int, of: Edition, label: str) -> Iterator[tuple[HttpTarget, Finding]]:
    """A server that breaks at reads, and the finding that a cup of that label leads to."""
    url = f"http://127.0.0.1:{port}"
    with contextlib.closing(HttpTarget(url, tokens={}, capabilities=frozenset(Capability))) as target:
        probe = Probe(target, Recorder(url, of), ContractPart(of))
        cup = probe.made(of.resources[0].kind, body={"label": label})
        assert cup is not None
        probe.call("read", cup.ids)
        [finding] = probe.recorder.findings()
        yield target, finding


@pytest.mark.parametrize("unique", [("/label",), ()])
def test_a_name_of_which_there_may_be_one_is_another_each_time(unique: tuple[str, ...]) -> None:
    of = edition(*unique)
    with serving() as broken, serving() as sound:
        broken.has_unique_labels = sound.has_unique_labels = broken.breaks_at_reads = True
        with found_on(broken.server_port, of, LABEL) as (target, finding):
            again = [replayed([finding], target, of, ends_at=float("inf"))[0].reproduced for _ in range(2)]
        assert again == [bool(unique)] * 2
        shown = script(finding, target.url, of)
        codes = [
            code for _ in range(2) for code in (ran(shown, broken.server_port), ran(shown, sound.server_port))
        ]
        assert codes == ([1, 0, 1, 0] if unique else [0, 0, 0, 0])
        made = [each["label"] for each in broken.cups.values()]
        assert len(set(made)) == len(made) == (5 if unique else 1)
        assert all(name == LABEL or name.startswith(f"{LABEL}-") for name in made)


def ran(text: str, port: int) -> int:
    environment = {**os.environ, "FLOWGAUGE_URL": f"http://127.0.0.1:{port}"}
    done = subprocess.run(["bash", "-c", text], env=environment, capture_output=True, timeout=60, check=False)
    return done.returncode


@pytest.mark.parametrize(
    "name",
    ["8c9d6b2e-1d7e-4a53-9d0c-0f4c2d7b8a11", "1000003-a@cups.example", "short", "12345678", "a b c d e f g"],
)
def test_a_name_that_not_anything_may_follow_stays(name: str) -> None:
    of = edition("/label")
    with serving() as broken:
        broken.breaks_at_reads = True
        with found_on(broken.server_port, of, name) as (target, finding):
            [again] = replayed([finding], target, of, ends_at=float("inf"))
        assert again.reproduced
        assert {each["label"] for each in broken.cups.values()} == {name}
