"""One pool of connections to a server, and the way of a call through it."""

import logging
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from flowgauge import __version__
from flowgauge.client.answers.refusal import REDACTED, redacted
from flowgauge.client.errors import ApiError, InvalidRequest, TransportError, UnexpectedReply
from flowgauge.client.exchange import Blocking, Endpoint, Sender, exchange
from flowgauge.client.http.timing import Clock, finished
from flowgauge.client.http.wire import Call, parsed
from flowgauge.client.opening import root_url
from flowgauge.redaction import is_secret_header
from Formance.configuration import Configuration
from Formance.inputs import Inputs, accept_of, call_of, check_header
from Formance.outcome import body_error, connection_error, input_error, refused, stream_error
from Formance.pool import limits_of, retry_of, transport_of
from Formance.responses import (
    ApiResponse,
    ApiResponseFor200,
    ApiResponseFor201,
    ApiResponseForDefault,
    ApiResponseWithoutDeserialization,
)
from Formance.rest import HTTPResponse
from Formance.schemas import Model

__all__ = [
    "Api",
    "ApiClient",
    "ApiResponse",
    "ApiResponseFor200",
    "ApiResponseFor201",
    "ApiResponseForDefault",
    "ApiResponseWithoutDeserialization",
    "Wanted",
]

M = TypeVar("M", bound=Model)

_LOGGER = logging.getLogger("Formance")


@dataclass(frozen=True, slots=True)
class Wanted:
    """How the answer to a call is wanted: the four keywords that every method takes."""

    accept_content_types: object
    stream: bool
    timeout: object
    skip_deserialization: bool


class ApiClient:
    """Sends calls, over connections that are kept and shared. Safe to share between threads.

    `header_name` and `header_value` go with each call, as does `cookie`. As a context manager it closes its
    connections at the end; a call after that makes new ones.
    """

    def __init__(
        self,
        configuration: Configuration | None = None,
        header_name: str | None = None,
        header_value: str | None = None,
        cookie: str | None = None,
    ) -> None:
        self.configuration = Configuration.get_default_copy() if configuration is None else configuration
        self.cookie = cookie
        self._headers: dict[str, tuple[str, str]] = {}
        self._open: Sender | None = None
        self._process, self._lock = os.getpid(), threading.Lock()
        self.user_agent = f"Formance-flowgauge/{__version__}"
        if header_name is not None:
            self.set_default_header(header_name, header_value or "")

    def __getstate__(self) -> dict[str, Any]:
        # Connections and locks belong to this process; the copy makes its own.
        own = {"_open", "_lock", "_process"}
        return {name: value for name, value in vars(self).items() if name not in own}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._open, self._process, self._lock = None, os.getpid(), threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Drop all connections."""
        with self._lock:
            sender, self._open = self._open, None
        if sender is not None:
            finished(sender.aclose())

    @property
    def user_agent(self) -> str:
        """The User-Agent header."""
        return self._headers["user-agent"][1]

    @user_agent.setter
    def user_agent(self, value: str) -> None:
        self.set_default_header("User-Agent", value)

    @property
    def default_headers(self) -> Mapping[str, str]:
        """The headers that go with each call."""
        return dict(self._headers.values())

    def set_default_header(self, header_name: str, header_value: str) -> None:
        """Send this header with each call, unless the call has its own. Raises ApiInputError."""
        check_header(header_name, header_value)
        # A new dict: another thread may be reading the old one.
        self._headers = self._headers | {header_name.lower(): (header_name, header_value)}

    def send(self, call: Call[Any], wanted: Wanted) -> httpx.Response:
        """The success of a call; a stream is left unread.

        Raises ApiException for everything else that comes or does not come, and ApiTypeError or
        ApiValueError for settings that make no request.
        """
        accept, timeout = accept_of(wanted.accept_content_types), limits_of(wanted.timeout)
        token = self.configuration.access_token
        try:
            endpoint = self._endpoint(accept, token)
            if self.configuration.debug:
                self._log_request(call, endpoint)
            response = finished(exchange(call, endpoint, timeout, self._sender(), is_streamed=wanted.stream))
        except ApiError as error:
            raise self._logged(refused(error)) from error
        except UnexpectedReply as error:
            raise self._logged(body_error(error)) from error
        except TransportError as error:
            raise self._logged(connection_error(error)) from error
        except InvalidRequest as error:
            raise input_error(error) from None
        if self.configuration.debug:
            _LOGGER.debug("answered %s", response.status_code)
        return response

    def _endpoint(self, accept: str | None, token: str | None) -> Endpoint:
        own = {"accept"} if accept else set()
        if token is not None:
            own.add("authorization")
        headers = [header for name, header in self._headers.items() if name not in own]
        if accept:
            headers.append(("Accept", accept))
        if self.cookie:
            check_header("Cookie", self.cookie)
            headers.append(("Cookie", self.cookie))
        configuration = self.configuration
        retry = retry_of(configuration.retries)
        return Endpoint(root_url(configuration.host), tuple(headers), token, retry, follow_redirects=True)

    def _sender(self) -> Sender:
        if self._process != os.getpid():
            # In a fork: whoever held the lock has stayed behind.
            self._process, self._lock = os.getpid(), threading.Lock()
        sender = self._open
        if sender is None:
            with self._lock:
                sender = self._open
                if sender is None:
                    transport = Blocking(transport_of(self.configuration))
                    sender = self._open = Sender(
                        transport, None, Clock().awaited(), self.configuration.limits
                    )
        return sender

    def _log_request(self, call: Call[Any], endpoint: Endpoint) -> None:
        headers = {name: REDACTED if is_secret_header(name) else value for name, value in endpoint.headers}
        if endpoint.token is not None:
            headers["Authorization"] = REDACTED
        body = (call.body or b"").decode("utf-8", "replace")
        text = f"{call.method} {endpoint.url}{call.target} {headers} {body}"
        _LOGGER.debug("%s", redacted(text, endpoint.token))

    def _logged(self, error: Exception) -> Exception:
        if self.configuration.debug:
            _LOGGER.debug("failed: %s", error)
        return error


class Api:
    """Methods of an API over an ApiClient; without one, over one of its own."""

    def __init__(self, api_client: ApiClient | None = None) -> None:
        self.api_client = api_client if api_client is not None else ApiClient()

    def _read(
        self, model: type[M], inputs: Inputs, wanted: Wanted
    ) -> "ApiResponseFor200[M] | ApiResponseWithoutDeserialization":
        response, body = self._asked(model, inputs, wanted)
        if body is None:
            return ApiResponseWithoutDeserialization(response)
        return ApiResponseFor200(response, body)

    def _made(
        self, model: type[M], inputs: Inputs, wanted: Wanted
    ) -> "ApiResponseFor201[M] | ApiResponseWithoutDeserialization":
        response, body = self._asked(model, inputs, wanted)
        if body is None:
            return ApiResponseWithoutDeserialization(response)
        return ApiResponseFor201(response, body)

    def _asked(self, model: type[M], inputs: Inputs, wanted: Wanted) -> tuple[HTTPResponse, M | None]:
        call = call_of(inputs, model.from_body)
        response = self.api_client.send(call, wanted)
        raw = HTTPResponse(response, failed=stream_error if wanted.stream else None)
        if wanted.skip_deserialization:
            return raw, None
        if wanted.stream:
            raw.load()
        try:
            return raw, parsed(call, response)
        except UnexpectedReply as error:
            raise body_error(error) from error
