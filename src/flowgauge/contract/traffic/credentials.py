"""Requests with every kind of credential: missing, broken, expired, doubled; and the legal spellings."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from flowgauge.contract.edition_part import ContractPart
from flowgauge.contract.probe import Probe
from flowgauge.contract.requests import built, deletes
from flowgauge.contract.tokens import EXPIRED_TOKEN, NEAR_TOKENS, OTHER_TOKEN, TOKEN
from flowgauge.contract.traffic.identities import UNKNOWN_ID
from flowgauge.openapi import Operation
from flowgauge.results import Request

__all__ = [
    "REFUSED",
    "open_operations",
    "with_authorizations",
    "with_expired_token",
    "with_legal_spellings",
]

# Each is the list of Authorization headers that the request carries.
REFUSED: tuple[tuple[str, ...], ...] = (
    (),
    ("",),
    ("Bearer",),
    ("Bearer ",),
    ("Bearer null",),
    ("Bearer undefined",),
    ("Bearer x",),
    (f"Bearer x{TOKEN}",),
    (f"Bearer {TOKEN}x",),
    (f"Bearer {TOKEN} x",),
    *((f"Bearer {near}",) for near in NEAR_TOKENS),
    (f"Bearer Bearer {TOKEN}",),
    (f"Bearer {TOKEN},",),
    (f"Bearer {TOKEN};",),
    (f"Bearer {TOKEN}%00",),
    ("Bearer true",),
    ("Bearer admin",),
    ("Bearer *",),
    (f"Bearer{TOKEN}",),
    (f"Bearer: {TOKEN}",),
    (f"Bearer,{TOKEN}",),
    (f'Bearer "{TOKEN}"',),
    (TOKEN,),
    (f"Basic {TOKEN}",),
    ("Basic dXNlcjpwYXNzd29yZA==",),
    (f"Token {TOKEN}",),
    (f"JWT {TOKEN}",),
    (f"Digest {TOKEN}",),
    ("Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.",),
    ("Bearer \xff\xfe",),
    ("Bearer " + "x" * 4000,),
    (f"Bearer {TOKEN}", f"Bearer {TOKEN}"),
    (f"Bearer {TOKEN}", "Bearer x"),
    ("Bearer x", f"Bearer {TOKEN}"),
)
# Where a token does not belong, and what must not stand for one.
ELSEWHERE: tuple[tuple[str, str], ...] = (
    ("Cookie", f"token={TOKEN}; access_token={TOKEN}; session={TOKEN}"),
    ("Proxy-Authorization", f"Bearer {TOKEN}"),
    ("X-Authorization", f"Bearer {TOKEN}"),
    ("X-Auth-Token", TOKEN),
    ("X-API-Key", TOKEN),
    ("X-Forwarded-User", "admin"),
    ("X-Forwarded-For", "127.0.0.1"),
    ("X-Original-URL", "/"),
)
# RFC 6750, 2.3, advises against a token in the query, where logs keep it; the document knows the header only.
IN_QUERY: tuple[str, ...] = (
    *(
        f"{name}={TOKEN}"
        for name in ("access_token", "token", "auth_token", "bearer_token", "jwt", "api_key")
    ),
    f"authorization=Bearer%20{TOKEN}",
    f"Authorization=Bearer+{TOKEN}",
)


def open_operations(probe: Probe, real: Mapping[str, str]) -> frozenset[str]:
    """The operations that the target carries out for whoever shows no credential.

    Nobody can be let in twice: which credential is refused there need not be asked.
    """
    found = set()
    for op, request in _succeeding(probe.part, real):
        response = probe.send(_authorized(request)).response
        if response is not None and 200 <= response.status < 300:
            found.add(op.id)
    return frozenset(found)


def with_authorizations(
    part: ContractPart, real: Mapping[str, str], but: Collection[str] = ()
) -> Iterator[Request]:
    """Each operation with each of the refused credentials, on things that exist and on such as do not.

    All but the credential is as it must be, so that one that is ignored shows in what was done. What deletes
    comes last: a server that obeys leaves nothing for the others to be asked about. The operations `but`
    these.
    """
    for op, request in _succeeding(part, real):
        yield from _refused(request) if op.id not in but else ()
    # Nor are they told what exists.
    for ids in _unknown(part, real):
        for op, request in _succeeding(part, ids):
            if op.id not in but:
                yield _authorized(request)
                yield _authorized(request, "Bearer x")
    for op in part.edition.operations:
        if deletes(part.edition, op) and part.edition.takes(op) <= real.keys():
            yield from _refused(built(part.edition, op.id, real))


def with_expired_token(part: ContractPart, real: Mapping[str, str]) -> Iterator[Request]:
    """Each operation with a token that was good once."""
    for _, request in _succeeding(part, real):
        yield _authorized(request, f"Bearer {EXPIRED_TOKEN}")


def with_legal_spellings(
    part: ContractPart, real: Mapping[str, str], *, has_other: bool
) -> Iterator[Request]:
    """Each operation with the scheme in other cases (RFC 9110, 11.1), and with the second credential."""
    values = [f"bearer {TOKEN}", f"BEARER {TOKEN}", f"Bearer  {TOKEN}"]
    values += [f"Bearer {OTHER_TOKEN}"] if has_other else []
    for request in part.ordinary_requests(real):
        for value in values:
            yield _authorized(request, value)


def _succeeding(part: ContractPart, ids: Mapping[str, str]) -> Iterator[tuple[Operation, Request]]:
    """A request of each operation that would do something; what deletes is left out."""
    for op in part.edition.operations:
        if not deletes(part.edition, op) and part.edition.takes(op) <= ids.keys():
            yield op, built(part.edition, op.id, ids, body=part.ordinary(op.id))


def _refused(request: Request) -> Iterator[Request]:
    for values in REFUSED:
        yield _authorized(request, *values)
    bare = _authorized(request)
    for header in ELSEWHERE:
        yield replace(bare, headers=(*bare.headers, header))
    for query in IN_QUERY:
        yield replace(bare, target=f"{bare.target}?{query}")
    if request.method == "GET":
        yield replace(bare, method="HEAD")
        yield replace(_authorized(request, "Bearer x"), method="HEAD")


def _unknown(part: ContractPart, real: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Ids of which the first one in the path, the second one, and so on, is nobody's."""
    for resource in part.edition.resources:
        above = {other.kind for other in part.edition.ancestors(resource)}
        if above <= real.keys():
            unknown = {other.kind: UNKNOWN_ID for other in part.edition.resources if other.kind not in above}
            yield {**unknown, **{kind: real[kind] for kind in above}}


def _authorized(request: Request, *values: str) -> Request:
    rest = tuple(header for header in request.headers if header[0] != "Authorization")
    return replace(request, headers=(*(("Authorization", value) for value in values), *rest))
