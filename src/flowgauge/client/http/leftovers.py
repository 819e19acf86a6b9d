"""What came behind an answer, which nobody asked for."""

import ssl
from typing import Any

__all__ = ["has_surplus"]

# The streams between a response and the connection below, by the names that httpx and httpcore give them.
_INNER = ("_inner", "_httpcore_stream", "_stream", "_connection")


def has_surplus(stream: Any, network: Any) -> bool:
    """Whether more was read than the answer, whose body `stream` has just ended.

    httpcore keeps it with the connection, and takes it for the answer to the next request. It looks at what
    the system has for a connection before it uses it again; what was read already, only its insides show.
    """
    while stream is not None and not hasattr(stream, "_h11_state"):
        inner = vars(stream) if hasattr(stream, "__dict__") else {}
        stream = next((inner[name] for name in _INNER if name in inner), None)
    if stream is not None and stream._h11_state.trailing_data[0]:  # noqa: SLF001 - there is no public way
        return True
    # Under asyncio, TLS keeps the next record to itself.
    secure = network.get_extra_info("ssl_object") if network is not None else None
    if isinstance(secure, ssl.SSLObject):
        try:
            return bool(secure.read(1))
        except ssl.SSLError:
            return False
    return False
