"""The seven examples of the seed document, run as they are printed.

`examples/` holds them as they stand there, but for one mended syntax error (`dict("key": None,)`). Host and
token are replaced when they run.
"""

import re
from pathlib import Path

import pytest

import Formance
from Formance.apis.tags.orchestration_api import OrchestrationApi

EXAMPLES = {path.stem: path.read_text("utf-8") for path in (Path(__file__).parent / "examples").iterdir()}
METHODS = {
    "create_workflow": 201,
    "get_flow": 200,
    "get_workflow_occurrence": 200,
    "list_flows": 200,
    "list_runs": 200,
    "orchestrationget_server_info": 200,
    "run_workflow": 201,
}


@pytest.fixture(scope="module")
def ids(backend):
    """The ids of a workflow and of a run of it."""
    configuration = Formance.Configuration(host=backend.host, access_token=backend.token)
    with Formance.ApiClient(configuration) as api_client:
        api = OrchestrationApi(api_client)
        flow = api.create_workflow(body={"stages": [{"noop": {}}]}).body.data
        run = api.run_workflow(path_params={"flowId": flow.id}, query_params={"wait": True}).body.data
        return flow.id, run.id


@pytest.fixture
def printed(backend, capsys):
    """Runs an example and answers with what it prints."""

    def run(name, replacements=()):
        text = EXAMPLES[name].replace("http://localhost", backend.host)
        text = text.replace("YOUR_ACCESS_TOKEN", backend.token)
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new)
        exec(compile(text, name, "exec"), {})
        return capsys.readouterr().out

    return run


def with_ids(name, ids):
    replacements = [("'flowId': \"xxx\"", f"'flowId': \"{ids[0]}\"")] if "'flowId'" in EXAMPLES[name] else []
    if "'runId'" in EXAMPLES[name]:
        replacements.append(("'runId': \"xxx\"", f"'runId': \"{ids[1]}\""))
    return replacements


def test_all_seven_examples_are_here():
    assert set(EXAMPLES) == set(METHODS)
    for name, text in EXAMPLES.items():
        assert f"api_instance.{name}(" in text
        assert "import Formance\n" in text


@pytest.mark.parametrize("name", METHODS)
def test_an_example_prints_the_answer(printed, ids, name):
    out = printed(name, with_ids(name, ids))
    assert out.startswith(f"ApiResponseFor{METHODS[name]}(response=<HTTPResponse [{METHODS[name]}]>")
    assert "headers=unset)" in out
    assert "Exception" not in out


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("create_workflow", [r"'config': \{'stages': \(\{'key': None\},\)\}", r"'createdAt': '\d{4}-"]),
        ("get_flow", [r"'id': '{flow}'", r"'stages': \(\{'noop': \{\}\},\)"]),
        ("get_workflow_occurrence", [r"'id': '{run}'", r"'workflowID': '{flow}'", r"'stage': 0"]),
        ("list_flows", [r"body=\{'data': \(\{", r"'id': '{flow}'"]),
        ("list_runs", [r"'cursor': \{'data': \(\{", r"'id': '{run}'", r"'pageSize': \d+"]),
        ("orchestrationget_server_info", [r"body=\{'version': '.+'\}"]),
        ("run_workflow", [r"'workflowID': '{flow}'", r"'statuses': \("]),
    ],
)
def test_the_printed_answer_holds_what_was_asked_for(printed, ids, name, parts):
    out = printed(name, with_ids(name, ids))
    for part in parts:
        pattern = part.replace("{flow}", ids[0]).replace("{run}", ids[1])
        assert re.search(pattern, out), pattern


def test_the_example_of_a_run_makes_two_one_of_them_awaited(printed, ids):
    out = printed("run_workflow", with_ids("run_workflow", ids))
    assert out.count("ApiResponseFor201(") == 2
    assert "terminatedAt" in out.split("ApiResponseFor201(")[2]


@pytest.mark.parametrize("name", [name for name, text in EXAMPLES.items() if '"xxx"' in text])
def test_an_example_with_its_placeholder_ids_prints_the_refusal(printed, name):
    out = printed(name)
    assert out.startswith(f"Exception when calling OrchestrationApi->{name}: (404)\nReason: Not Found\n")
    assert "HTTP response headers:" in out
    assert "VALIDATION" in out


@pytest.mark.parametrize("name", METHODS)
def test_an_example_with_its_placeholder_token_prints_the_refusal(printed, backend, name):
    out = printed(name, [(backend.token, "YOUR_ACCESS_TOKEN")])
    assert f"Exception when calling OrchestrationApi->{name}: (401)" in out
    assert "YOUR_ACCESS_TOKEN" not in out
