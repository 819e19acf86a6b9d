"""Which server a file speaks of."""

from flowgauge.results import TargetIdentity


def test_an_identity_is_told_to_people() -> None:
    url = "http://127.0.0.1:8080"
    assert str(TargetIdentity("server", url)) == url
    assert str(TargetIdentity("in-process")) == "in-process"
    two = TargetIdentity("embedded", url, ("create-200", "info-500"), count=2)
    assert str(two) == f"embedded server at {url} with create-200, info-500 (and 1 more alike)"


def test_two_identities_are_one_server_where_the_server_is_one() -> None:
    mine = TargetIdentity("server", "http://host")
    assert mine.is_same_server(TargetIdentity("server", "http://host/", count=3))
    assert not mine.is_same_server(TargetIdentity("server", "http://host:8080"))
    embedded = TargetIdentity("embedded", "http://127.0.0.1:1")
    assert not embedded.is_same_server(TargetIdentity("server", "http://127.0.0.1:1"))
    for other in (TargetIdentity("fake"), TargetIdentity("in-process", faults=("create-200",))):
        assert embedded.is_same_server(other)
