"""Which edition a server speaks is found out where nobody says so: the newest that it answers with."""

from pathlib import Path

import pytest
from sessions import pytest_session
from sites import JSON, Said, site
from small_suites import small_suite

from flowgauge.client.connection import connection_from
from flowgauge.contract.settings import Settings
from flowgauge.contract.targets.spoken_edition import spoken_edition
from flowgauge.editions import EDITIONS, edition_named
from flowgauge.errors import ExitCode, TargetRefused, TargetUnreachable, WrongTarget
from flowgauge.reference.server.embedded import embedded_server
from flowgauge.results import read_contract_report

NEWEST_FIRST = [edition_named(name) for name in reversed(EDITIONS)]
ROOT = "/api/orchestration"
EMPTY = {
    f"{ROOT}/_info": b'{"version":"1"}',
    f"{ROOT}/flows": b'{"data":[]}',
    f"{ROOT}/v2/workflows": b'{"cursor":{"pageSize":15,"hasMore":false,"data":[]}}',
}


def spoken(url: str, token: str = "t0ken", **settings: bool) -> tuple[str, str]:
    connection = connection_from({}, url=url, token=token or None)
    edition, how = spoken_edition(Settings(connection=connection, **settings), NEWEST_FIRST)
    return edition.name, how


@pytest.mark.parametrize("name", EDITIONS)
def test_the_edition_of_each_server_is_found_out(name: str) -> None:
    with embedded_server(edition=name) as server:
        found, how = spoken(server.url, server.token)
    assert found == name
    assert f"held to edition {name}" in how
    assert server.url in how
    assert ("and not with" in how) is (name != EDITIONS[-1])


def test_of_several_the_newest_is_taken() -> None:
    def both(_: str, path: str, __: dict[str, str]) -> Said:
        body = EMPTY.get(path.partition("?")[0])
        return (200, JSON, body) if body is not None else (404, JSON, b"{}")

    with site(both) as (url, _):
        # Its greeting is not there, as on servers of 2026.
        assert spoken(url)[0] == "v2"


def test_who_speaks_none_is_told_so_in_the_words_of_the_oldest() -> None:
    with site(lambda *_: (404, JSON, b"{}")) as (url, _), pytest.raises(WrongTarget, match="edition v0"):
        spoken(url)
    with pytest.raises(TargetUnreachable):
        spoken(url)


def test_without_a_token_nobody_knows() -> None:
    with embedded_server(edition="v2") as server, pytest.raises(TargetRefused):
        spoken(server.url, "")


def test_the_report_says_which_edition_and_how(tmp_path: Path) -> None:
    suite = small_suite(tmp_path / "contracts", "probe.call('v2ListWorkflows')")
    with embedded_server(edition="v2") as server:
        flags = [f"--flowgauge-url={server.url}", f"--flowgauge-token={server.token}", "-s"]
        done = pytest_session(str(suite), "-q", f"--flowgauge-run-folder={tmp_path}", *flags)
    assert done.code == ExitCode.PASSED
    how = f"held to edition v2, the newest that there is: {server.url} answers with it"
    assert how in done.output
    assert how in read_contract_report(tmp_path).notes
