"""Commands that are pasted into a shell: each word arrives as it was, and nothing leaves its quotes."""

import os
import subprocess
from pathlib import Path
from urllib.parse import quote

import pytest

from flowgauge.results import Expansion, Request, curl

HOSTILE = """it's "$HOME" `id` $(id) \\ ${FLOWGAUGE_TOKEN} ID1"""


def words(command: str, folder: Path) -> list[str]:
    """The arguments that curl would get."""
    fake = folder / "curl"
    fake.write_text("""#!/bin/sh\nfor word in "$@"; do printf '%s\\0' "$word"; done\n""")
    fake.chmod(0o755)
    environment = {
        "PATH": f"{folder}:{os.environ['PATH']}",
        "FLOWGAUGE_TOKEN": "s3cret",
        "ID1": "new",
        "ROOT": "r",
    }
    done = subprocess.run(["sh", "-c", command], env=environment, capture_output=True, check=True)
    return done.stdout.decode().split("\0")[:-1]


@pytest.mark.parametrize("id_", ["old", "it's", "a b", "a'\"$(id)"])
@pytest.mark.parametrize("rest", ["", "/runs", "/runs?cursor=$(id)&x='"])
def test_a_captured_id_takes_the_place_of_a_whole_segment(id_: str, rest: str, tmp_path: Path) -> None:
    request = Request("GET", f"/flows/{quote(id_, safe='')}{rest}")
    command = curl(request, url=Expansion("$ROOT"), ids={id_: Expansion("$ID1")})
    assert words(command, tmp_path)[-1] == f"r/flows/new{rest}"


def test_a_part_of_a_segment_is_no_id(tmp_path: Path) -> None:
    command = curl(Request("GET", "/v1/1?page=1&size=11"), url="http://h", ids={"1": Expansion("$ID1")})
    assert words(command, tmp_path)[-1] == "http://h/v1/new?page=new&size=11"


def test_only_the_placeholder_of_a_token_is_expanded(tmp_path: Path) -> None:
    request = Request(
        "POST",
        "/a?t=$FLOWGAUGE_TOKEN&x=$HOME",
        (("A", f"Bearer $FLOWGAUGE_TOKEN {HOSTILE}"),),
        HOSTILE.encode(),
    )
    given = words(curl(request, url="http://h"), tmp_path)
    assert given[-1] == "http://h/a?t=s3cret&x=$HOME"
    assert f"A: Bearer s3cret {HOSTILE}" in given
    assert HOSTILE in given


def test_a_body_is_never_taken_for_the_name_of_a_file(tmp_path: Path) -> None:
    given = words(curl(Request("POST", "/", (), b"@/etc/passwd"), url="http://h"), tmp_path)
    assert given[-3:-1] == ["--data-raw", "@/etc/passwd"]
