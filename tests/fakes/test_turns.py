"""Fakes at the same time: nested as ever, in threads and tasks by their transports, and otherwise refused."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from flowgauge.errors import UsageError
from flowgauge.fake import Fake

FLOWS = "/api/orchestration/flows"


def test_each_thread_has_its_own_by_its_transport() -> None:
    def use(_: int) -> int:
        fake = Fake()
        with httpx.Client(base_url=fake.url, headers=fake.headers, transport=fake.transport()) as client:
            for _ in range(5):
                assert client.post(FLOWS, json={"stages": []}).status_code == 201
            return len(client.get(FLOWS).json()["data"])

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(use, range(100))) == {5}


def test_a_fake_that_is_entered_answers_the_clients_of_all_threads() -> None:
    with Fake() as fake, ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(httpx.get, fake.url + FLOWS, headers=fake.headers) for _ in range(40)]
        assert {each.result().status_code for each in asked} == {200}


def test_two_threads_that_enter_fakes_are_told_what_to_do_instead() -> None:
    said: list[str] = []

    def enter() -> None:
        try:
            with Fake():
                pass
        except UsageError as error:
            said.append(str(error))

    with Fake() as fake:
        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()
        assert httpx.get(fake.url + FLOWS, headers=fake.headers).status_code == 200
    assert "another thread" in said[0]
    assert "transport=fake.transport()" in said[0]
    # It is over: another thread may.
    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    assert len(said) == 1


def test_so_are_two_tasks() -> None:
    async def hold(begun: asyncio.Event, end: asyncio.Event) -> None:
        async with Fake():
            begun.set()
            await end.wait()

    async def both() -> None:
        begun, end = asyncio.Event(), asyncio.Event()
        holding = asyncio.create_task(hold(begun, end))
        await begun.wait()
        with pytest.raises(UsageError, match="another task"):
            Fake().__enter__()
        end.set()
        await holding
        with Fake():
            pass

    asyncio.run(both())


def test_nested_ones_are_as_before() -> None:
    async def inner() -> int:
        async with Fake(url="http://two.test") as two, httpx.AsyncClient() as client:
            return (await client.get(two.url + FLOWS, headers=two.headers)).status_code

    with Fake(url="http://one.test") as one:
        assert asyncio.run(inner()) == 200
        assert httpx.get(one.url + FLOWS, headers=one.headers).status_code == 200
