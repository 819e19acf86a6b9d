"""The fake behind respx: a router whose own routes come first, and whose catch-all is the fake.

The only module that imports respx.
"""

import httpcore
import httpx
from respx import MockRouter
from respx.models import AllMockedAssertionError, Route

from flowgauge.reference.fake.adapter import Adapter
from flowgauge.reference.fake.recordings.mismatch import RequestMismatch, for_the_caller

__all__ = ["FakeRouter", "ForeignRequest"]

__tracebackhide__ = for_the_caller


_FOREIGN = (
    "give that server a fake of its own, or let it through with fake.router.route(host=...).pass_through()"
)


class ForeignRequest(RequestMismatch, AllMockedAssertionError):
    """A request for a server that no fake stands for; respx asks its other routers before it raises this."""


class FakeRouter(MockRouter):
    """Answers what its routes do not. `route()`, `get()` and so on put single overrides before the fake."""

    def __init__(self, adapter: Adapter, *, journal_limit: int) -> None:
        super().__init__(assert_all_called=False)
        self._adapter = adapter
        self._limit = journal_limit

    def handler(self, request: httpx.Request) -> httpx.Response:
        """A route's answer, or else the fake's."""
        # Not a route of its own: respx would match a pattern and record each call without bound.
        if self.routes:
            try:
                return super().handler(request)
            except AllMockedAssertionError:
                pass
        return self._faked(request)

    async def async_handler(self, request: httpx.Request) -> httpx.Response:
        """`handler` for async clients."""
        if self.routes:
            try:
                return await super().async_handler(request)
            except AllMockedAssertionError:
                pass
        return self._faked(request)

    def record(
        self,
        request: httpx.Request,
        *,
        response: httpx.Response | None = None,
        route: Route | None = None,
    ) -> None:
        """Remember a call of a route, and forget the oldest where there are too many."""
        super().record(request, response=response, route=route)
        for calls in (self.calls, route.calls if route else []):
            if len(calls) > self._limit:
                del calls[0]

    def _faked(self, request: httpx.Request) -> httpx.Response:
        try:
            # respx stands below the client's library, which turns the core's errors into its own.
            response: httpx.Response = self._adapter.response(
                request, httpx, lambda cause: getattr(httpcore, cause.kind)(cause.message)
            )
        except RequestMismatch as mismatch:
            if self._adapter.is_ours(request):
                raise
            raise ForeignRequest(mismatch.message, hint=_FOREIGN) from None
        return response
