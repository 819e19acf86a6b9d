"""Suites of one test, and an edition in a file, for whoever asks how suites are run."""

import shutil
from pathlib import Path

ROOT = Path(__file__).parents[2]
UNKNOWN_FLOW = "probe.call('getFlow', {'workflow': 'nope'})"
ADOPTION = "probe.call('adoptPet', body={'name': 'Rex'})"


def small_suite(folder: Path, *calls: str) -> Path:
    """A folder of suites that do what these lines say."""
    folder.mkdir()
    shutil.copy(ROOT / "contracts" / "conftest.py", folder)
    (folder / "waivers.toml").write_text("")
    body = "".join(f"    {call}\n" for call in calls)
    (folder / "test_it.py").write_text(f"def test_it(probe):\n{body}")
    return folder


def pet_edition(folder: Path, *always_on: str) -> Path:
    """A file with the edition of pets, in whose clean world these faults are on all the same."""
    path = folder / "pets.py"
    path.write_text(
        "from dataclasses import replace\n"
        "from pet_world import PET_EDITION, PET_FAULTS, PET_PART\n"
        "def edition():\n    return PET_EDITION\n"
        "def new_world(access, random):\n"
        "    world = PET_PART.new_world(access, random)\n"
        f"    PET_FAULTS.install(world, {list(always_on)})\n"
        "    return world\n"
        "def world_part():\n    return replace(PET_PART, new_world=new_world)\n"
    )
    return path
