"""Whom we trust over TLS, and as whom we come: one rule for suites, load, token endpoint and doctor.

Authorities are those of the system, or those that SSL_CERT_FILE and SSL_CERT_DIR name, as everywhere. A
server that asks for a certificate gets the one of FLOWGAUGE_CERT, a PEM file with its chain, whose key is in
the same file or in that of FLOWGAUGE_KEY. Under FLOWGAUGE_INSECURE no server has to prove who it is: for a
certificate that it signed itself. Every report says so.
"""

import os
import ssl
from collections.abc import Mapping
from pathlib import Path

from flowgauge.errors import UsageError

__all__ = ["CERTIFICATE", "INSECURE", "KEY", "is_insecure", "trust"]

CERTIFICATE, KEY, INSECURE = "FLOWGAUGE_CERT", "FLOWGAUGE_KEY", "FLOWGAUGE_INSECURE"
AUTHORITIES, AUTHORITIES_FOLDER = "SSL_CERT_FILE", "SSL_CERT_DIR"
_NO = {"", "0", "no", "false"}


def trust(environment: Mapping[str, str] = os.environ) -> ssl.SSLContext:
    """A context of that rule. Raises UsageError for a certificate that cannot be used."""
    context = ssl.create_default_context()
    if _is_insecure(environment):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    else:
        _check_authorities(environment, context)
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


def is_insecure(url: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether a server at this URL goes unverified."""
    return url.startswith("https:") and _is_insecure(environment)


def _is_insecure(environment: Mapping[str, str]) -> bool:
    return environment.get(INSECURE, "").lower() not in _NO


def _check_authorities(environment: Mapping[str, str], context: ssl.SSLContext) -> None:
    """OpenSSL passes over a file or a folder that it cannot read, and then trusts nobody."""
    path, folder = environment.get(AUTHORITIES), environment.get(AUTHORITIES_FOLDER)
    # Several may be named, as in PATH; one that is there will do.
    if folder and not any(Path(each).is_dir() for each in folder.split(os.pathsep) if each):
        raise UsageError(f"{AUTHORITIES_FOLDER} names {folder}, which is no folder")
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
