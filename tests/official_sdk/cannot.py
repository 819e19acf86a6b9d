"""What the SDK cannot do: each is tried, so that the list is true of the release that is installed."""

import asyncio
import itertools
import json
from typing import Any

import httpx
from calls import STAGES, payload
from formance_sdk_python import SDK
from formance_sdk_python.models.errors import SDKBaseError
from formance_sdk_python.models.shared import Security

from flowgauge.fake import FakeServer, fake_of

__all__ = ["CANNOT", "at_fake", "new_fake", "security_of"]

_NUMBERS = itertools.count()


def security_of(server: Any, **changed: Any) -> Security:
    """The credentials of a client at a server."""
    return Security(**{"client_id": server.client_id, "client_secret": server.client_secret} | changed)


def new_fake(version: str, **settings: Any) -> FakeServer[Any]:
    """A fake with a client that no other has: the SDK would take the token of one for that of the other."""
    fake = fake_of(version, **settings)
    fake.client_secret = f"secret {next(_NUMBERS)}"
    fake.reset()
    return fake


def at_fake(fake: FakeServer[Any], **options: Any) -> SDK:
    """An SDK with both of its clients at a fake."""
    clients: dict[str, Any] = {
        "client": httpx.Client(transport=fake.transport()),
        "async_client": httpx.AsyncClient(transport=fake.transport()),
    }
    return SDK(**{"server_url": fake.url, "security": security_of(fake)} | clients | options)


def no_token_for_async_alone() -> bool:
    """The async calls buy their token with the sync client: one alone that is not there breaks both."""

    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("the sync client was asked", request=request)

    sdk = at_fake(new_fake("v2"), client=httpx.Client(transport=httpx.MockTransport(refuse)))
    with asyncio.Runner() as runner:
        try:
            runner.run(sdk.orchestration.v2.list_workflows_async(request={}))
        except httpx.ConnectError as error:
            return "sync client" in str(error)
    return False


def no_error_of_its_own_for_a_refused_token() -> bool:
    """A token that is refused is a bare Exception, which no `except SDKBaseError` meets."""
    fake = new_fake("v2")
    try:
        at_fake(fake, security=security_of(fake, client_secret="wrong")).orchestration.v2.list_workflows(
            request={}
        )
    except SDKBaseError:
        return False
    except Exception as error:  # noqa: BLE001 - no other class is raised
        return "401" in str(error)
    return False


def no_bearer_token_of_ones_own() -> bool:
    """A token that one has already has no place in its settings; it goes as a header of each call."""
    fake = new_fake("v2")
    answer = at_fake(fake, security=None).orchestration.v2.list_workflows(
        request={}, http_headers=fake.headers
    )
    return answer.status_code == 200 and "token" not in Security.model_fields


def no_two_servers_of_one_client() -> bool:
    """A token is kept by client, not by server: of two that know one client, one refuses it."""
    first, second = new_fake("v2"), new_fake("v2")
    second.client_secret = first.client_secret
    second.reset()
    at_fake(first).orchestration.v2.list_workflows(request={})
    try:
        at_fake(second).orchestration.v2.list_workflows(request={})
    except SDKBaseError as error:
        return error.status_code == 401
    return False


def no_members_beyond_the_document() -> bool:
    """What a server sends beyond the document is gone, such as `deletedAt` of the release of 2026."""
    answer = at_fake(new_fake("v2", faults=["as-shipped-2026"])).orchestration.v2.create_workflow()
    sent = json.loads(answer.raw_response.content)["data"]
    return "deletedAt" in sent and "deletedAt" not in payload(answer).data.model_dump(by_alias=True)


def no_difference_between_a_default_and_what_was_sent() -> bool:
    """Where nothing stood, a history shows the document's defaults as if the server had sent them."""
    fake = new_fake("v2")
    workflow = fake.create_workflow(STAGES[3:4])
    instance = fake.create_instance(workflow["id"])["id"]
    answer = at_fake(fake).orchestration.v2.get_instance_history(request={"instance_id": instance})
    read = payload(answer).data[0].model_dump_json(by_alias=True)
    return "throughAccount" in read and "throughAccount" not in answer.raw_response.text


def no_pages_by_itself() -> bool:
    """It follows no pages: `next` of an answer goes into the next call by hand."""
    answer = at_fake(new_fake("v2")).orchestration.v2.list_workflows(request={"page_size": 1})
    return not any(hasattr(answer, name) for name in ("next", "__next__", "pages"))


CANNOT = (
    no_token_for_async_alone,
    no_error_of_its_own_for_a_refused_token,
    no_bearer_token_of_ones_own,
    no_two_servers_of_one_client,
    no_members_beyond_the_document,
    no_difference_between_a_default_and_what_was_sent,
    no_pages_by_itself,
)
