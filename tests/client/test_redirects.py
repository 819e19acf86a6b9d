import httpx
import pytest

from flowgauge import client as fc

HOME = "http://server.test/api/orchestration"


def site(*hops):
    """A handler for `hops`, pairs of status and location; after the last it answers. Records what it saw."""
    seen = []

    def handle(request):
        seen.append(request)
        if len(seen) <= len(hops):
            status, location = hops[len(seen) - 1]
            return httpx.Response(status, headers={"location": location} if location else {})
        return httpx.Response(200, json={"version": "1"})

    handle.seen = seen
    return handle


def test_a_redirect_is_an_error_that_says_where_to(client_of):
    handle = site((307, "http://other.test/x"))
    with pytest.raises(fc.Redirected) as caught:
        client_of(handle).call("get_server_info")
    assert caught.value.status == 307
    assert "http://other.test/x" in (caught.value.hint or "")
    assert len(handle.seen) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_get_follows_when_told(client_of, status):
    handle = site((status, "/moved?x=1"))
    at = fc.Connection("http://server.test", "t0k3n")
    assert client_of(handle, at=at, follow_redirects=True).call("get_server_info").version == "1"
    assert str(handle.seen[1].url) == "http://server.test/moved?x=1"
    assert handle.seen[1].headers["authorization"] == "Bearer t0k3n"


@pytest.mark.parametrize("where", ["http://other.test/", "http://server.test:81/", "https://server.test/"])
def test_the_token_stays_with_its_origin(client_of, where):
    handle = site((307, where), (307, f"{HOME}/_info"))
    at = fc.Connection("http://server.test", "t0k3n")
    client_of(handle, at=at, follow_redirects=True).call("get_server_info")
    assert "authorization" not in handle.seen[1].headers
    assert handle.seen[1].headers["host"] == httpx.URL(where).netloc.decode()
    # Coming back does not bring it back: the way there went through a stranger.
    assert "authorization" not in handle.seen[2].headers


@pytest.mark.parametrize(
    ("status", "follows"), [(301, False), (302, False), (303, False), (307, True), (308, True)]
)
def test_a_post_follows_only_where_it_stays_the_same_post(client_of, status, follows, workflow):
    seen = []

    def handle(request):
        seen.append((request.method, request.content, request.headers["content-type"]))
        if len(seen) == 1:
            return httpx.Response(status, headers={"location": "/moved"})
        return httpx.Response(201, json={"data": workflow})

    client = client_of(handle, follow_redirects=True)
    if follows:
        client.call("create_workflow", {"stages": []})
        assert seen == [("POST", b'{"stages":[]}', "application/json")] * 2
    else:
        with pytest.raises(fc.Redirected):
            client.call("create_workflow", {"stages": []})
        assert len(seen) == 1


@pytest.mark.parametrize(
    "where",
    [
        None,
        "",
        "http://xn--/",
        "http://u:p@server.test/",
        "ftp://server.test/",
        "http://server.test:99999999/",
        "http://server.test/\x7f",
        "mailto:a@b",
    ],
)
def test_a_redirect_to_nowhere_is_an_error(client_of, where):
    with pytest.raises(fc.Redirected):
        client_of(site((302, where)), follow_redirects=True).call("get_server_info")


def test_a_redirect_to_an_address_with_the_token_in_it_is_not_followed_or_shown(client_of):
    handle = site((302, "http://other.test/?t=s3cr3t-t0k3n"))
    at = fc.Connection("http://server.test", "s3cr3t-t0k3n")
    with pytest.raises(fc.Redirected) as caught:
        client_of(handle, at=at, follow_redirects=True).call("get_server_info")
    assert len(handle.seen) == 1
    assert "s3cr3t-t0k3n" not in str(caught.value)


def test_a_circle_of_redirects_ends(client_of):
    handle = site(*[(302, "/again")] * 50)
    with pytest.raises(fc.Redirected):
        client_of(handle, follow_redirects=True).call("get_server_info")
    assert len(handle.seen) == 6
