"""The deploy files against the commands and variables that they use."""

import argparse
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from flowgauge.cli import serve
from flowgauge.client.connection import ENVIRONMENT
from flowgauge.load.locust_adapter.options import add_options

DEPLOY = Path(__file__).parents[2] / "deploy"
# Options of Locust itself.
LOCUST = {
    "-f",
    "-t",
    "--master",
    "--worker",
    "--headless",
    "--master-host",
    "--expect-workers",
    "--expect-workers-max-wait",
}


def compose() -> dict[str, Any]:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def manifests() -> list[dict[str, Any]]:
    named = yaml.safe_load((DEPLOY / "kubernetes/kustomization.yaml").read_text())["resources"]
    assert set(named) == {p.name for p in (DEPLOY / "kubernetes").iterdir()} - {"kustomization.yaml"}
    return [each for name in named for each in yaml.safe_load_all((DEPLOY / "kubernetes" / name).read_text())]


def containers() -> list[dict[str, Any]]:
    found = [m["spec"]["template"]["spec"]["containers"] for m in manifests() if "template" in m["spec"]]
    return [container for group in found for container in group]


def commands() -> list[list[str]]:
    plain = [re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", s["command"]) for s in compose()["services"].values()]
    return [shlex.split(text) for text in plain] + [c["command"] + c.get("args", []) for c in containers()]


class Options(argparse.ArgumentParser):
    def add_argument(self, *args, include_in_web_ui=True, **kwargs):
        return super().add_argument(*args, **kwargs)


def ours() -> set[str]:
    parser = Options()
    add_options(parser)
    return {flag for action in parser._actions for flag in action.option_strings}


@pytest.mark.parametrize("command", commands(), ids=lambda command: " ".join(command[:4]))
def test_every_command_uses_options_that_exist(command: list[str]) -> None:
    if command[0] == "locust":
        assert {word for word in command if word.startswith("-")} <= LOCUST | ours()
        return
    parser = argparse.ArgumentParser()
    serve.add_arguments(parser)
    parsed = parser.parse_args(command[2:])
    assert (parsed.host, parsed.port) == ("0.0.0.0", 8080)


def test_every_variable_is_of_the_one_vocabulary() -> None:
    used = {name for service in compose()["services"].values() for name in service.get("environment", {})}
    used |= {variable["name"] for container in containers() for variable in container.get("env", [])}
    assert used <= set(ENVIRONMENT.values())
    assert {"FLOWGAUGE_URL", "FLOWGAUGE_TOKEN"} <= used


def test_the_master_expects_as_many_workers_as_there_are() -> None:
    services = compose()["services"]
    assert services["worker"]["deploy"]["replicas"] == 2
    assert "--expect-workers ${WORKERS:-2}" in services["master"]["command"]
    (replicas,) = [m["spec"]["replicas"] for m in manifests() if m["metadata"]["name"] == "flowgauge-worker"]
    (master,) = [container for container in containers() if container["name"] == "master"]
    assert master["args"][master["args"].index("--expect-workers") + 1] == str(replicas)


def test_services_are_found_under_the_names_that_are_used() -> None:
    by_name = {m["metadata"]["name"]: m for m in manifests() if m["kind"] == "Service"}
    used = " ".join(" ".join(c["command"]) + str(c.get("env", "")) for c in containers())
    for name, service in by_name.items():
        assert name in used
        (port,) = service["spec"]["ports"]
        role = service["spec"]["selector"]["role"]
        (container,) = [c for c in containers() if c["name"] == role]
        assert [p["name"] for p in container["ports"]] == [port["targetPort"]]
        assert container["ports"][0]["containerPort"] == port["port"]


def test_the_image_holds_what_the_commands_need() -> None:
    lines = (DEPLOY / "Dockerfile").read_text().splitlines()
    copied = {word for line in lines if line.startswith("COPY") for word in line.split()[1:-1]}
    root = DEPLOY.parent
    assert all((root / name).exists() for name in copied)
    assert {"src", "loadtests", "pyproject.toml"} <= copied
    assert "USER flowgauge" in lines
