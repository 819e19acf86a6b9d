"""Record, replay, and hold the fake against the live server."""

import asyncio
import base64
import json
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from flowgauge.correspondence import Correspondence
from flowgauge.editions.v0.faults import FAULTS
from flowgauge.errors import NoDataError, UsageError
from flowgauge.fake import Fake, RequestMismatch
from flowgauge.reference.fake.recordings.comparison import differences
from flowgauge.reference.fake.recordings.recording import RecordedExchange, Recording, scrubbed
from flowgauge.reference.fake.recordings.replay import ExchangeRecorder, replaying
from flowgauge.reference.server.embedded import Embedded

ROOT = "/api/orchestration"
FLOWS = f"{ROOT}/flows"
TOKEN_URL = "/api/auth/oauth/token"
UNKNOWN = "00000000-0000-4000-8000-000000000000"
CONFIGS: list[Any] = [
    {"stages": []},
    {"stages": [{"noop": {}}, {"echo": {"message": "hello ${name}"}}]},
    {"stages": [{"fail": {"message": "no"}}, {"noop": {}}]},
    {"stages": [{"delay": {"duration": "1h"}}]},
    {"stages": [{"unknown": 1}, {"a": 1.0, "b": 12345678901234567890, "c": "\u00e4\u0000"}]},
    None,
]
BROKEN: list[Any] = [{}, {"stages": None}, {"stages": [1]}, [], "x"]
NO_JSON = [
    b"{",
    b'{"stages":[]}x',
    b"\xff",
    b'{"stages":[{"a":NaN}]}',
    b'{"stages":[{"a":"\\ud800"}]}',
    b"[" * 300,
]
ODD_IDS = ["a%2Fb", "a%00b", "%C3%BC", "%ff", "..%2F", "a%20b", "%2525", "%F0%9F%98%80", "x" * 4096]
SCHEMES = [
    "Bearer wrong",
    "Bearer",
    "Basic wrong",
    "bearer {token}",
    "Bearer  {token}",
    "{token}",
    "Bearer {token}x",
]


class Traffic:
    """Random calls of a server, for as long as it is asked to; what it learns decides what it asks."""

    def __init__(self, client: httpx.Client, seed: int) -> None:
        self.client = client
        self.random = Random(seed)
        self.flows: dict[str, list[str]] = {}
        self.is_endless: set[str] = set()

    def steps(self, count: int) -> None:
        kinds = [self.create, self.create, self.run, self.run, self.run, self.read, self.walk, self.err]
        for _ in range(count):
            self.random.choice(kinds)()

    def flow(self) -> str:
        known = [*self.flows] if self.random.random() > 0.2 else []
        return self.random.choice(known or [UNKNOWN, *ODD_IDS])

    def create(self) -> None:
        config = self.random.choice(CONFIGS)
        answer = self.client.post(FLOWS, json=config) if config is not None else self.client.post(FLOWS)
        self.flows[answer.json()["data"]["id"]] = []
        if config == CONFIGS[3]:
            self.is_endless.add(answer.json()["data"]["id"])

    def run(self) -> None:
        flow = self.flow()
        wait = self.random.choice([None, "true", "false"]) if flow not in self.is_endless else None
        body = self.random.choice([None, {}, {"name": "Ada", "x": ""}])
        answer = self.client.post(
            f"{FLOWS}/{flow}/runs", params={"wait": wait} if wait else None, json=body or None
        )
        if answer.status_code == 201:
            self.flows[flow].append(answer.json()["data"]["id"])

    def read(self) -> None:
        flow = self.flow()
        other = self.flow()
        run = self.random.choice([*self.flows.get(other, []), UNKNOWN])
        target = self.random.choice(
            [f"{ROOT}/_info", FLOWS, f"{FLOWS}/{flow}", f"{FLOWS}/{flow}/runs/{run}", f"{FLOWS}/{flow}/runs"]
        )
        self.client.request(self.random.choice(["GET", "GET", "GET", "HEAD", "OPTIONS"]), target)

    def walk(self) -> None:
        flow, query = self.flow(), {"pageSize": str(self.random.randint(1, 3))}
        for _ in range(4):
            answer = self.client.get(f"{FLOWS}/{flow}/runs", params=query)
            if answer.status_code != 200 or "next" not in answer.json()["cursor"]:
                return
            query = {"cursor": answer.json()["cursor"]["next"]}

    def err(self) -> None:
        flow = self.flow()
        match self.random.randrange(7):
            case 0:
                self.client.post(FLOWS, json=self.random.choice(BROKEN))
            case 1:
                self.client.post(f"{FLOWS}/{flow}/runs", json={"n": 1})
            case 2:
                self.client.request(self.random.choice(["PUT", "DELETE", "PATCH"]), f"{FLOWS}/{flow}")
            case 3:
                self.client.get(f"{ROOT}/nowhere")
            case 4:
                token = self.client.headers["Authorization"].removeprefix("Bearer ")
                said = self.random.choice(SCHEMES).format(token=token)
                self.client.get(FLOWS, headers={"Authorization": said})
            case 5:
                kind = self.random.choice(
                    ["application/json", "application/json;charset=utf-8", "text/plain"]
                )
                content = self.random.choice([*NO_JSON, b'{"stages":[]}'])
                self.client.post(f"{FLOWS}/{flow}/runs", content=content, headers={"Content-Type": kind})
            case _:
                self.client.get(f"{FLOWS}/{flow}/runs", params={"pageSize": "0"})


def recorded(server: Embedded, seed: int, count: int) -> Recording:
    recorder = ExchangeRecorder(server.url)
    with httpx.Client(
        base_url=server.url,
        headers={"Authorization": f"Bearer {server.token}"},
        transport=recorder.transport(httpx.HTTPTransport()),
    ) as client:
        credentials = {"client_id": server.client_id, "client_secret": server.client_secret}
        client.headers.pop("Authorization")
        client.post(TOKEN_URL, data={"grant_type": "client_credentials", **credentials})
        client.headers["Authorization"] = f"Bearer {server.token}"
        Traffic(client, seed).steps(count)
    return recorder.recording


@pytest.mark.parametrize("seed", range(4))
def test_server_and_fake_answer_the_same_random_traffic_alike(flowgauge_server: Embedded, seed: int) -> None:
    recording = recorded(flowgauge_server, seed, 200)
    assert len(recording.exchanges) > 100
    assert {e.status for e in recording.exchanges} >= {200, 201, 204, 400, 401, 404, 405}
    assert list(map(str, differences(recording, Fake(strict=False)))) == []


SHOWN = (
    "info-500",
    "create-200",
    "unknown-flow-500",
    "405-without-allow",
    "success-text-plain",
    "created-at-not-rfc3339",
    "no-updated-at",
    "page-size-string",
    "missing-stages-accepted",
    "non-string-variable-accepted",
    "create-not-persisted",
    "last-stage-dropped",
    "numbers-become-strings",
    "list-misses-newest",
    "same-config-same-id",
    "wrong-workflow-id",
    "list-runs-mixes-flows",
    "next-loops",
    "page-overfull",
    "auth-ignored",
)


@pytest.fixture(scope="session")
def long_recording(flowgauge_server_process: Embedded) -> Recording:
    flowgauge_server_process.reset()
    return recorded(flowgauge_server_process, 1, 400)


@pytest.mark.parametrize("fault", SHOWN)
def test_a_fake_that_differs_is_found_out(long_recording: Recording, fault: str) -> None:
    assert fault in FAULTS
    assert differences(long_recording, Fake(strict=False, faults=[fault]))


def test_a_recording_survives_the_file_and_holds_no_secret(
    flowgauge_server: Embedded, tmp_path: Path
) -> None:
    recording = recorded(flowgauge_server, 5, 20)
    path = tmp_path / "live.har"
    recording.write(path)
    again = Recording.read(path)
    assert [(e.method, e.target, e.request_body, e.status, e.response_body) for e in again.exchanges] == [
        (e.method, e.target, e.request_body, e.status, e.response_body) for e in recording.exchanges
    ]
    assert again.url == recording.url
    assert [e.at for e in again.exchanges] == pytest.approx([e.at for e in recording.exchanges], abs=1e-5)
    text = path.read_text()
    for secret in (flowgauge_server.token, flowgauge_server.client_secret, "Bearer wrong"):
        assert secret not in text
        assert base64.b64encode(secret.encode()).decode() not in text
    token = json.loads(again.exchanges[0].response_body)["access_token"]
    assert token == "scrubbed"


ECHOED = RecordedExchange(
    "POST", "/x?access_token=s3cret&a=b", (("Authorization", "Bearer t0ken"), ("Cookie", "c00kie")),
    b'{"client_secret": "s3c\\"ret", "note": "t0ken"}', 200, (("Set-Cookie", "c00kie"),),
    b'{"you_said": "Bearer t0ken", "refresh_token":"s3cret"}\xff',
)  # fmt: skip


def test_secrets_are_scrubbed_wherever_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "foreign.har"
    Recording("http://server.test", (ECHOED,)).write(path)
    Recording.read(path).write(path)
    text = path.read_text() + str(Recording.read(path).exchanges[0].response_body)
    assert [secret for secret in ("s3cret", "t0ken", "c00kie", "s3c") if secret in text] == []
    assert Recording.read(path).exchanges[0].response_body.endswith(b"\xff")


def test_secrets_of_every_kind_are_scrubbed_whoever_repeats_them() -> None:
    basic = base64.b64encode(b"client:s3cret%2Fp4ss").decode()
    exchange = RecordedExchange(
        "POST",
        "/api/auth/oauth/token?api_key=s3cretkey&x=1",
        (
            ("Authorization", f"Basic {basic}"),
            ("X-Api-Key", "s3cretapi"),
            ("X-Auth-Token", "s3crettok"),
            ("Referer", "http://a.test/?access_token=s3cretref"),
        ),
        b"grant_type=client_credentials&client_secret=s3cret%2Fp4ss&Password=s3cretpw",
        401,
        (
            ("Location", "http://a.test/#id_token=s3cretid"),
            ("WWW-Authenticate", f'Basic realm="{basic}"'),
            ("X-Echo", "s3cretapi"),
        ),
        b'{"error_description": "s3cret/p4ss and s3crettok are wrong", "token": "s3cretx", "secret": 1234.5}',
    )
    text = repr(scrubbed(exchange))
    assert [s for s in ("s3cret", "p4ss", basic, "1234") if s in text] == []
    assert "grant_type=client_credentials" in text
    assert json.loads(scrubbed(exchange).response_body)["secret"] == "scrubbed"


def test_what_is_a_secret_in_one_exchange_is_none_of_the_others_to_tell(tmp_path: Path) -> None:
    token = "MARK/t0k-9e8d7c6b5a"
    spelt = token.replace("/", "\\/"), token.replace("/", "%2F"), base64.b64encode(token.encode()).decode()

    def bought(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/token":
            return httpx.Response(200, json={"jwt": token, "again": list(spelt)})
        body = f'{{"a": "{spelt[0]}", "b": "{token[:10]}", "c": "{token[10:]}"}}'
        return httpx.Response(200, headers={"x-echo": " ".join(spelt)}, text=body)

    recorder = ExchangeRecorder("http://a.test")
    with httpx.Client(transport=recorder.transport(httpx.MockTransport(bought))) as client:
        client.post("http://a.test/token")
        client.get(f"http://a.test/x?y={spelt[1]}", headers={"Authorization": f"Bearer {token}"})
    recorder.recording.write(tmp_path / "r.har")
    text = (tmp_path / "r.har").read_text()
    assert [s for s in (*spelt, token, "9e8d7c6b5a", token[:10]) if s in text] == []
    assert text.count("scrubbed") >= 8


def test_a_har_file_names_its_queries_and_no_user(tmp_path: Path) -> None:
    def handle(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200)

    recorder = ExchangeRecorder("http://user:s3cret@server.test/")
    with httpx.Client(transport=recorder.transport(httpx.MockTransport(handle))) as client:
        client.get("http://server.test/x?a=1&b=%20&access_token=s3cret")
    recorder.recording.write(tmp_path / "x.har")
    text = (tmp_path / "x.har").read_text()
    assert "s3cret" not in text
    request = json.loads(text)["log"]["entries"][0]["request"]
    assert request["url"] == "http://server.test/x?a=1&b=%20&access_token=scrubbed"
    assert request["queryString"][:2] == [{"name": "a", "value": "1"}, {"name": "b", "value": " "}]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"log": {"entries": [{}]}}', '{"log": {"entries": 3}}']
)
def test_a_file_that_is_no_recording_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.har").write_text(text)
    with pytest.raises(UsageError, match="no HAR file"):
        Recording.read(tmp_path / "x.har")


def test_a_recording_of_nothing_is_no_data(tmp_path: Path) -> None:
    Recording("http://server.test", ()).write(tmp_path / "x.har")
    for path in (tmp_path / "x.har", tmp_path / "missing.har"):
        with pytest.raises(NoDataError):
            Recording.read(path)
    with pytest.raises(NoDataError):
        differences(Recording("http://server.test", ()), Fake())


def small_recording() -> Recording:
    fake, recorder = Fake(token=None), ExchangeRecorder("http://flowgauge.test", now=lambda: 0.0)
    with httpx.Client(base_url=fake.url, transport=recorder.transport(fake.transport())) as client:
        client.get(FLOWS)
        client.post(FLOWS, json={"stages": []})
        client.get(FLOWS)
    return recorder.recording


def test_a_replay_gives_each_answer_in_its_order() -> None:
    recording = small_recording()
    with httpx.Client(base_url=recording.url, transport=replaying(recording)) as client:
        counts = [len(client.get(FLOWS).json()["data"]) for _ in range(3)]
        # The body is compared as JSON, not as text.
        assert client.post(FLOWS, content=b'{ "stages" :[]}').status_code == 201
    assert counts == [0, 1, 1]


def test_a_replay_serves_async_clients_too() -> None:
    recording = small_recording()

    async def main() -> int:
        async with httpx.AsyncClient(base_url=recording.url, transport=replaying(recording)) as client:
            return (await client.get(FLOWS)).status_code

    assert asyncio.run(main()) == 200


def test_what_was_not_recorded_is_told_with_the_nearest() -> None:
    recording = small_recording()
    with (
        httpx.Client(base_url=recording.url, transport=replaying(recording)) as client,
        pytest.raises(RequestMismatch) as raised,
    ):
        client.post(FLOWS, json={"stages": [{}]})
    assert "✓ method" in str(raised.value)
    assert "+ /stages/0: {} is not expected" in str(raised.value)


def test_async_clients_are_recorded_too() -> None:
    fake, recorder = Fake(token=None), ExchangeRecorder("http://flowgauge.test")

    async def main() -> None:
        transport = recorder.async_transport(fake.transport())
        async with httpx.AsyncClient(base_url=fake.url, transport=transport) as client:
            assert (await client.post(FLOWS, json={"stages": []})).status_code == 201

    asyncio.run(main())
    assert [e.status for e in recorder.recording.exchanges] == [201]


ID, OTHER = "5b2ef2a0-6f06-4d0c-8d3b-1d1f5e0c9a01", "0d1c7f8e-50c9-4c5c-9c62-6f1f5ad7a102"


@pytest.mark.parametrize(
    ("live", "fake", "is_same"),
    [
        ({"id": ID}, {"id": OTHER}, True),
        ([ID, ID], [OTHER, OTHER], True),
        ([ID, ID], [OTHER, ID], False),
        ([ID, OTHER], [OTHER, OTHER], False),
        ({"at": "2023-01-01T00:00:00.123456Z"}, {"at": "2024-01-01T00:00:00.000000Z"}, True),
        ({"at": "2023-01-01T00:00:00.123456Z"}, {"at": "2024-01-01T00:00:00.0Z"}, False),
        ({"at": "2023-01-01T00:00:00Z"}, {"at": "2023-01-01T00:00:00+00:00"}, False),
        (1, 1.0, False),
        ({"a": None}, {}, False),
        ([1], [1, 1], False),
        ({"id": ID}, {"id": "x"}, False),
    ],
)
def test_ids_are_paired_and_times_compared_by_form(live: Any, fake: Any, is_same: bool) -> None:
    assert (not list(Correspondence().differing(live, fake))) is is_same
