"""Run by `tox -e wheel` outside of the source tree: the built wheel holds what it must, and works."""

import json
import subprocess
import sys
from pathlib import Path

import flowgauge
from flowgauge.editions.v0.edition import DOCUMENT_PATH, edition
from flowgauge.reference.server.embedded import embedded_server

assert "site-packages" in flowgauge.__file__, flowgauge.__file__
assert DOCUMENT_PATH.is_file()
assert Path(flowgauge.__file__).with_name("py.typed").is_file()
assert len(edition().operations) == 7

with embedded_server() as server:
    suite = Path("suite")
    suite.mkdir(exist_ok=True)
    # A second project needs no more than this for suites of its own.
    (suite / "conftest.py").write_text(
        "from pathlib import Path\n"
        "from flowgauge.contract.session.pytest_suite import ContractSuite\n"
        "from flowgauge.editions import contract_part, world_part\n"
        "def pytest_configure(config):\n"
        "    suite = ContractSuite(config, Path(__file__).parent, contract_part(), world_part())\n"
        "    config.pluginmanager.register(suite, 'flowgauge-contract')\n"
    )
    (suite / "test_it.py").write_text(
        "def test_it(pytestconfig):\n"
        "    probe = pytestconfig.pluginmanager.get_plugin('flowgauge-contract').session.probe\n"
        "    probe.call('listFlows')\n"
    )
    flags = [
        f"--flowgauge-url={server.url}",
        f"--flowgauge-token={server.token}",
        f"--flowgauge-run-folder={Path('out').resolve()}",
    ]
    done = subprocess.run([sys.executable, "-m", "pytest", "suite", "-q", *flags], check=False)
    assert done.returncode == 0
    report = json.loads(Path("out/contract.json").read_text())
    [listed] = [row for row in report["operations"] if row["cases"]]
    assert listed["operation"] == "listFlows"
for command in (["--version"], ["faults"], ["gate", "--measures"]):
    subprocess.run([sys.executable, "-m", "flowgauge", *command], check=True, stdout=subprocess.DEVNULL)
print("the wheel works")
