"""Whom we trust over TLS, and as whom we come: one rule for suites, load, token endpoint and doctor.

Authorities are those of the system, or those that SSL_CERT_FILE and SSL_CERT_DIR name, as everywhere. A
server that asks for a certificate gets the one of FLOWGAUGE_CERT, a PEM file with its chain, whose key is in
the same file or in that of FLOWGAUGE_KEY.
"""

import os
import ssl
from collections.abc import Mapping
from pathlib import Path

from flowgauge.errors import UsageError

__all__ = ["CERTIFICATE", "KEY", "trust"]

CERTIFICATE, KEY = "FLOWGAUGE_CERT", "FLOWGAUGE_KEY"
AUTHORITIES = "SSL_CERT_FILE"


def trust(environment: Mapping[str, str] = os.environ) -> ssl.SSLContext:
    """A context of that rule. Raises UsageError for a certificate that cannot be used."""
    context = ssl.create_default_context()
    _check_authorities(environment.get(AUTHORITIES), context)
    certificate, key = environment.get(CERTIFICATE) or None, environment.get(KEY) or None
    if certificate is None:
        if key is not None:
            raise UsageError(f"{KEY} is the key of a certificate", hint=f"name it with {CERTIFICATE}")
        return context
    for name, path in ((CERTIFICATE, certificate), (KEY, key)):
        if path is not None and not Path(path).is_file():
            raise UsageError(f"{name} names {path}, which does not exist")
    try:
        # A key with a passphrase would be asked for at the terminal.
        context.load_cert_chain(certificate, key, password="")
    except (ssl.SSLError, OSError) as error:
        raise UsageError(
            f"{CERTIFICATE} cannot be used: {error}",
            hint="it is a PEM file of a certificate and its chain; its key, without a passphrase, is there"
            f" too, or in the file of {KEY}",
        ) from None
    return context


def _check_authorities(path: str | None, context: ssl.SSLContext) -> None:
    """OpenSSL passes over a file that it cannot read, and then trusts nobody."""
    if not path:
        return
    if not Path(path).is_file():
        raise UsageError(f"{AUTHORITIES} names {path}, which does not exist")
    try:
        context.load_verify_locations(path)
    except (ssl.SSLError, OSError) as error:
        raise UsageError(
            f"{AUTHORITIES} names {path}, which cannot be used: {error}",
            hint="it is a PEM file of the certificates of authorities",
        ) from None
