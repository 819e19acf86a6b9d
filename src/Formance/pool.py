"""From a Configuration to what the client needs: a transport, limits, a retry."""

import math
import ssl

import httpx

from flowgauge.client import Retry, Timeout
from flowgauge.client.answers.refusal import REDACTED
from flowgauge.client.errors import InvalidRequest
from flowgauge.client.opening import KEEP_ALIVE, trust
from Formance.configuration import Configuration
from Formance.exceptions import ApiInputError, ApiTypeError
from Formance.outcome import input_error

__all__ = ["limits_of", "retry_of", "transport_of"]

# The original waits for ever. A run may be waited for, so this is long; a call without an end is a defect.
_DEFAULT = Timeout(total=300.0, connect=10.0)


def transport_of(configuration: Configuration) -> httpx.BaseTransport:
    """A pool of connections. Raises ApiInputError for a certificate or a proxy that cannot be used."""
    if configuration.transport is not None:
        return configuration.transport
    from flowgauge.client.http.transport import DeadlineTransport  # noqa: PLC0415 - httpcore is heavy

    # As with urllib3, this many are kept; a burst may open more.
    limits = httpx.Limits(
        max_keepalive_connections=configuration.connection_pool_maxsize, keepalive_expiry=KEEP_ALIVE
    )
    proxy = None
    # Outside of the try: what is wrong with a certificate is no fault of the proxy.
    verify = _trust_of(configuration)
    try:
        if configuration.proxy:
            proxy = httpx.Proxy(configuration.proxy, headers=dict(configuration.proxy_headers or {}))
        return DeadlineTransport(verify, limits, proxy)
    except RuntimeError:
        raise ApiInputError("a SOCKS proxy needs the package socksio: pip install 'httpx[socks]'") from None
    except (ValueError, httpx.InvalidURL) as error:
        # httpx quotes the URL in some of its messages, or the piece of a password that it took for a port.
        text = str(configuration.proxy)
        scheme, _, rest = text.rpartition("//") if "//" in text.partition("@")[0] else ("", "", text)
        hidden, at, place = rest.rpartition("@")
        shown = f"{scheme}{'//' if scheme else ''}{REDACTED if hidden else ''}{at}{place}"
        why = "" if hidden else f": {error}"
        raise ApiInputError(f"the proxy {shown!r} cannot be used{why}") from None


def _trust_of(configuration: Configuration) -> ssl.SSLContext:
    has_own = configuration.ssl_ca_cert or configuration.cert_file
    if configuration.verify_ssl and not has_own:
        return trust()
    try:
        context = ssl.create_default_context(cafile=configuration.ssl_ca_cert)
        if configuration.cert_file:
            context.load_cert_chain(configuration.cert_file, configuration.key_file)
    except OSError as error:
        files = [configuration.ssl_ca_cert, configuration.cert_file, configuration.key_file]
        named = ", ".join(name for name in files if name)
        raise ApiInputError(f"cannot load the certificates {named}: {error}") from None
    if not configuration.verify_ssl:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def retry_of(retries: object) -> Retry | None:
    """The retry that `Configuration.retries` means. Raises ApiTypeError and ApiInputError."""
    if retries is None or isinstance(retries, Retry):
        return retries
    if isinstance(retries, bool) or not isinstance(retries, int):
        raise ApiTypeError(f"retries is a number or a flowgauge.client.Retry, not {retries!r}")
    try:
        return Retry(attempts=retries + 1)
    except InvalidRequest as error:
        raise input_error(error) from None


def limits_of(timeout: object) -> Timeout:
    """The limits that a `timeout` means: a total, or (connect, read). Raises ApiTypeError, ApiInputError."""
    if timeout is None:
        return _DEFAULT
    if isinstance(timeout, Timeout):
        return timeout
    try:
        if isinstance(timeout, int | float) and not isinstance(timeout, bool):
            return Timeout(total=timeout, connect=timeout)
        if isinstance(timeout, tuple) and len(timeout) == 2:
            connect, read = timeout
            return Timeout(
                total=math.inf,
                connect=_DEFAULT.connect if connect is None else connect,
                read=_DEFAULT.total if read is None else read,
            )
    except InvalidRequest as error:
        raise input_error(error) from None
    raise ApiTypeError(f"timeout is a number of seconds or a pair (connect, read), not {timeout!r}")
