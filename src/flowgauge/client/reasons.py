"""Why there was no answer, in the same few words wherever somebody is told."""

import socket
import ssl

import httpx

from flowgauge.errors import TargetRefused, TargetUnreachable

__all__ = ["no_answer_because", "refused", "unreachable"]


def unreachable(url: str, error: BaseException | str) -> TargetUnreachable:
    """The error for a server that gave no answer, from what was raised or from words that say why."""
    because = error if isinstance(error, str) else no_answer_because(error)
    return TargetUnreachable(
        f"{url} cannot be reached: {because}",
        hint="check FLOWGAUGE_URL, or leave it out to test the embedded server",
    )


def refused(url: str, status: int, *, has_token: bool) -> TargetRefused:
    """The error for a server that wants other credentials."""
    reason = "the token is not accepted" if has_token else "it wants a token and none was given"
    return TargetRefused(
        f"{url} answers {status}: {reason}",
        hint="set FLOWGAUGE_TOKEN, or FLOWGAUGE_CLIENT_ID and FLOWGAUGE_CLIENT_SECRET",
    )


def no_answer_because(error: BaseException) -> str:
    """The reason, which libraries put at the end of a chain of errors of their own."""
    last: BaseException | None = error
    while last is not None:
        match last:
            case TimeoutError() | httpx.TimeoutException():
                return "no answer in time"
            case ConnectionRefusedError():
                return "connection refused"
            case ConnectionResetError():
                return "connection reset"
            case socket.gaierror():
                return "unknown host"
            case ssl.SSLError():
                return f"TLS failed: {last}"
        last = last.__cause__ or last.__context__
    return str(error) or type(error).__name__
