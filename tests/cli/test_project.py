"""What a project owns, what ships, and what `flowgauge init` writes."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from flowgauge.cli import main
from flowgauge.cli.project import extras
from flowgauge.cli.project.shipped import contracts_folder, gates_file, loadtests_folder, shipped
from flowgauge.errors import ExitCode, UsageError

ROOT = Path(__file__).parents[2]
OURS = "from flowgauge.editions import contract_part\n"


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("files", "own"),
    [
        ({}, False),
        ({"contracts/conftest.py": OURS}, True),
        # Folders of that name are others' too: of a chain's contracts, for one.
        ({"contracts/Token.sol": "contract Token {}", "contracts/conftest.py": "import brownie\n"}, False),
        ({"contracts/waivers.toml": ""}, False),
    ],
)
def test_the_suites_are_the_projects_own_only_where_they_are_suites(
    files: dict[str, str], own: bool, tmp_path: Path
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert contracts_folder(None) == (Path("contracts") if own else ROOT / "contracts")


def test_scenarios_and_gates_are_those_that_ship_where_there_are_none(tmp_path: Path) -> None:
    assert loadtests_folder(None) == ROOT / "loadtests"
    assert gates_file(None) == ROOT / "reports" / "gates.toml"
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "gates.toml").touch()
    assert gates_file(None) == Path("reports/gates.toml")


@pytest.mark.parametrize(("name", "says"), [("none", "does not exist"), ("file", "is not a folder")])
def test_a_folder_that_is_named_must_be_one(name: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=f"^{name} {says}"):
        contracts_folder(Path(name))


def test_init_writes_what_ships_and_overwrites_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "conftest.py").write_text(OURS)
    assert main(["init", "--ci", "github"]) == ExitCode.PASSED
    said = capsys.readouterr().out
    assert "kept   contracts/conftest.py" in said
    assert (tmp_path / "contracts" / "conftest.py").read_text() == OURS
    for name in (
        "contracts/test_input.py",
        "contracts/waivers.toml",
        "loadtests/run_path.py",
        "reports/gates.toml",
    ):
        assert (tmp_path / name).read_text() == shipped(Path(name)).read_text()
    assert (
        "pull_request"
        in yaml.load((tmp_path / ".github/workflows/flowgauge.yml").read_text(), yaml.BaseLoader)["on"]
    )
    written = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert main(["init", "--ci", "github"]) == ExitCode.PASSED
    assert "wrote" not in capsys.readouterr().out
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == written


def test_init_leaves_a_folder_to_whoever_has_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "conftest.py").write_text("import brownie\n")
    assert main(["init", "--ci", "none"]) == ExitCode.PASSED
    assert [path.name for path in (tmp_path / "contracts").iterdir()] == ["conftest.py"]
    assert "left   contracts/" in capsys.readouterr().out


def test_init_for_gitlab_is_included_or_says_how(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / ".gitlab-ci.yml").write_text("stages: [test]\n")
    assert main(["init"]) == ExitCode.PASSED
    assert (tmp_path / ".gitlab-ci.yml").read_text() == "stages: [test]\n"
    assert "Add to .gitlab-ci.yml: include: ci/gitlab/flowgauge.gitlab-ci.yml" in capsys.readouterr().out
    assert "FLOWGAUGE_PACKAGE" in (tmp_path / "ci/gitlab/flowgauge.gitlab-ci.yml").read_text()


def test_init_asks_the_server_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--url", "http://127.0.0.1:9", "--ci", "github"]) == ExitCode.UNREACHABLE
    assert "cannot be reached: connection refused" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_example_of_the_fake_passes(tmp_path: Path) -> None:
    assert main(["init", "--ci", "none"]) == ExitCode.PASSED
    words = ["-q", "-W", "error", "-p", "no:cacheprovider", "-p", "no:locust", "tests"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


REQUIRES = [
    "httpx>=0.28",
    'flowgauge[fake]; extra == "contract"',
    'no-such-package>=1; extra == "fake"',
    'pytest>=8; extra == "contract"',
    'no-such-loop; sys_platform == "win32" and extra == "contract"',
]


def test_what_an_extra_lacks_is_read_off_the_metadata(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "requires", lambda _: REQUIRES)
    assert extras.missing_from("contract") == extras.missing_from("fake") == ["no-such-package"]
    assert extras.missing_from("load") == []
    with pytest.raises(UsageError, match="`x` needs no-such-package, which is not installed") as refused:
        extras.require("`x`", ("contract",))
    assert refused.value.hint == 'pip install "flowgauge[contract]"'


@pytest.mark.parametrize("words", [["serve"], ["serve", "--help"], ["serve", "--nonsense"]])
def test_a_command_without_its_packages_says_so_whatever_follows(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(extras, "requires", lambda _: ['no-such-package; extra == "server"'])
    assert main(words) == ExitCode.USAGE
    said = capsys.readouterr().err
    assert said == (
        "flowgauge: `flowgauge serve` needs no-such-package, which is not installed\n"
        '  hint: pip install "flowgauge[server]"\n'
    )
    with pytest.raises(SystemExit):
        main(["--help"])
    assert '(needs pip install "flowgauge[server]")' in " ".join(capsys.readouterr().out.split())
