import json
from datetime import UTC, datetime

import pytest

from flowgauge.client.answers import models
from flowgauge.client.answers.reading import UnreadableBody, checked, decoded, reader
from flowgauge.editions import edition_named

DOCUMENT = edition_named("v0").document

TIME = "2023-02-14T09:30:00Z"
STATUS = {"stage": 0, "occurrenceID": "o", "startedAt": TIME}
RUN = {"id": "r", "workflowID": "w", "createdAt": TIME, "updatedAt": TIME, "statuses": [STATUS]}
FLOW = {"id": "w", "config": {"stages": [{"a": 1}]}, "createdAt": TIME, "updatedAt": TIME}
read_run, read_runs, read_flow = (
    reader(shape) for shape in (models.RunReply, models.RunsReply, models.WorkflowReply)
)


def without(value, *names):
    return {name: member for name, member in value.items() if name not in names}


def bytes_of(value):
    return json.dumps(value).encode()


@pytest.mark.parametrize("name", ["ServerInfo", "Workflow", "StageStatus", "WorkflowOccurrence"])
def test_the_document_s_own_examples_are_read(name):
    for example in DOCUMENT.root["components"]["schemas"][name]["examples"]:
        assert reader(getattr(models, name))(bytes_of(example)) is not None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2023-02-14T09:30:00Z", datetime(2023, 2, 14, 9, 30, tzinfo=UTC)),
        ("2023-02-14T10:30:00.25+01:00", datetime(2023, 2, 14, 9, 30, 0, 250_000, tzinfo=UTC)),
        ("2023-02-14T09:30:00.123456789Z", datetime(2023, 2, 14, 9, 30, 0, 123_457, tzinfo=UTC)),
        ("2023-02-14t09:30:00z", datetime(2023, 2, 14, 9, 30, tzinfo=UTC)),
        ("2016-12-31T23:59:60.5Z", datetime(2016, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
        ("2017-01-01T00:59:60+01:00", datetime(2016, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
    ],
)
def test_times_are_read_with_any_precision_and_offset(text, moment):
    assert read_flow(bytes_of({"data": FLOW | {"createdAt": text}})).data.created_at == moment


@pytest.mark.parametrize(
    "status", [STATUS | {"terminatedAt": None, "error": None}, STATUS | {"stage": 0.0}, STATUS | {"new": [1]}]
)
def test_null_for_an_absent_member_and_undeclared_members_are_tolerated(status):
    assert read_run(bytes_of({"data": RUN | {"statuses": [status]}})).data.statuses[0].error is None


@pytest.mark.parametrize(
    ("data", "count"),
    [
        (without(RUN, "statuses") | {"status": [STATUS]}, 1),
        (without(RUN, "statuses"), 0),
        (RUN | {"status": "ignored"}, 1),
    ],
)
def test_runs_of_the_servers_of_2023_are_read(data, count):
    assert len(read_run(bytes_of({"data": data})).data.statuses) == count


def test_lists_of_the_servers_of_2023_are_read_as_one_page():
    page = read_runs(bytes_of({"data": [without(RUN, "statuses"), RUN]})).cursor
    assert [len(run.statuses) for run in page.data] == [0, 1]
    assert (page.page_size, page.has_more, page.next) == (2, False, None)


def test_plain_values_keep_undeclared_members_and_get_the_contract_s_names():
    old = {"data": without(RUN, "statuses") | {"status": [], "more": {"a": 2**70}}, "meta": 1}
    value = checked(old, models.RunReply)
    assert value == {"data": without(RUN, "statuses") | {"more": {"a": 2**70}, "statuses": []}, "meta": 1}
    assert checked({"data": RUN, "meta": 1}, models.RunReply) == {"data": RUN, "meta": 1}


@pytest.mark.parametrize(
    ("body", "detail", "is_shape"),
    [
        (b"", "the body is empty", False),
        (b"<html>", "not JSON", False),
        (b'{"data":', "not JSON", False),
        (b'{"data":NaN}', "not JSON", False),
        (b"{} x", "not JSON", False),
        (b"\xff\xfe", "not JSON", False),
        (b"[" * 100_000, "not JSON", False),
        (b'{"data":' + b"1" * 5000 + b"}", "not JSON", False),
        (b"null", "Expected `object`", True),
        (b"[]", "Expected `object`", True),
        (b"{}", "missing required field `data`", True),
        (bytes_of({"data": without(FLOW, "id")}), "missing required field `id` - at `$.data`", True),
        (bytes_of({"data": FLOW | {"id": 7}}), "Expected `str`, got `int` - at `$.data.id`", True),
        (bytes_of({"data": FLOW | {"id": None}}), "Expected `str`", True),
        (bytes_of({"data": FLOW | {"config": {"stages": None}}}), "$.data.config.stages", True),
        (bytes_of({"data": FLOW | {"config": {"stages": [1]}}}), "$.data.config.stages[0]", True),
        (bytes_of({"data": FLOW | {"createdAt": "yesterday"}}), "Invalid RFC3339", True),
        (bytes_of({"data": FLOW | {"createdAt": "2023-02-14T09:30:00"}}), "timezone", True),
    ],
)
def test_a_body_that_breaks_the_contract_says_where(body, detail, is_shape):
    with pytest.raises(UnreadableBody) as caught:
        read_flow(body)
    assert detail in caught.value.detail
    assert caught.value.is_shape is is_shape


@pytest.mark.parametrize(
    "body",
    [
        {"data": RUN | {"statuses": None}},
        {"data": RUN | {"statuses": [STATUS | {"stage": "0"}]}},
        {"data": RUN | {"statuses": [without(STATUS, "startedAt")]}},
        {"data": [RUN]},
        {"data": None},
    ],
)
def test_tolerance_ends_at_what_cannot_be_told(body):
    with pytest.raises(UnreadableBody):
        read_run(bytes_of(body))


@pytest.mark.parametrize(
    "body",
    [{"cursor": {"data": []}}, {"cursor": {"pageSize": "15", "data": []}}, {"data": None}, {"cursor": None}],
)
def test_a_page_without_its_members_is_refused(body):
    with pytest.raises(UnreadableBody):
        read_runs(bytes_of(body))


def test_integers_stay_exact():
    assert decoded(b"[123456789012345678901234567890]") == [123456789012345678901234567890]
