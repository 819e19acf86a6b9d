"""Nobody gets in without a valid token, everybody with one, and no error message tells what is inside."""

import pytest

from flowgauge.contract.probe import Probe
from flowgauge.contract.session.session import ContractSession
from flowgauge.contract.shares import SHARES, share_of
from flowgauge.contract.target import Capability
from flowgauge.contract.traffic import credentials
from flowgauge.contract.traffic.page_walk import read_all_again


@pytest.mark.parametrize("share", SHARES)
def test_refused_credentials(share: int, probe: Probe, contract: ContractSession) -> None:
    """Missing, malformed, unknown, of another scheme, doubled: 401 and nothing done."""
    if reason := contract.needs("refused credentials", Capability.AUTHENTICATION):
        pytest.skip(reason)
    real = probe.existing()
    is_open = credentials.open_operations(probe, real)
    for request in share_of(share, [*credentials.with_authorizations(probe.part, real, is_open)]):
        probe.send(request)
    read_all_again(probe, real)


def test_expired_token(probe: Probe, contract: ContractSession) -> None:
    """A token that has ended is no token."""
    if reason := contract.needs("expired token", Capability.AUTHENTICATION, Capability.EXPIRED_TOKEN):
        pytest.skip(reason)
    real = probe.existing()
    for request in credentials.with_expired_token(probe.part, real):
        probe.send(request)
    read_all_again(probe, real)


def test_legal_spellings(probe: Probe, contract: ContractSession) -> None:
    """The scheme's case does not matter; a second credential is as good as the first."""
    if reason := contract.needs("spellings of a credential", Capability.AUTHENTICATION):
        pytest.skip(reason)
    has_other = contract.needs("second credential", Capability.OTHER_TOKEN) is None
    for request in credentials.with_legal_spellings(probe.part, probe.existing(), has_other=has_other):
        probe.send(request)
