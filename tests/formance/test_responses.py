"""What a call returns, apart from the body's members."""

import copy
import gzip
import pickle

import httpx
import pytest

import Formance
from Formance.api_client import ApiResponse, ApiResponseWithoutDeserialization
from Formance.schemas import unset

RAW = b'{"version":"1"}'


class Pieces(httpx.SyncByteStream):
    """A body in pieces; counts how often it was closed."""

    def __init__(self, *pieces):
        self.pieces = pieces
        self.closed = 0

    def __iter__(self):
        for piece in self.pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece

    def close(self):
        self.closed += 1


def giving(*pieces, **headers):
    stream = Pieces(*pieces)
    named = {"content-type": "application/json", "X-Trace": "7"} | headers

    def handle(_request):
        return httpx.Response(200, headers=named, stream=stream)

    handle.stream = stream
    return handle


def test_a_response_has_its_body_and_reads_like_urllib3(api_of):
    answer = api_of(giving(RAW[:5], RAW[5:])).orchestrationget_server_info()
    assert isinstance(answer, ApiResponse)
    assert type(answer).__name__ == "ApiResponseFor200"
    assert answer.body == {"version": "1"}
    assert answer.headers is unset
    raw = answer.response
    assert (raw.status, raw.reason, raw.data) == (200, "OK", RAW)
    assert raw.getheader("x-TRACE") == raw.headers["X-Trace"] == raw.getheaders()["x-trace"] == "7"
    assert raw.getheader("absent") is None
    assert raw.getheader("absent", "default") == "default"
    assert raw.read(4) + raw.read() == RAW
    assert raw.read() == b""
    assert raw.data == RAW


def test_headers_of_one_name_are_joined_and_told_apart(api_of):
    def handle(_request):
        return httpx.Response(200, headers=[("a", "1"), ("A", "2")], json={"version": "1"})

    headers = api_of(handle).orchestrationget_server_info().response.headers
    assert headers["a"] == "1, 2"
    assert headers.getlist("a") == ["1", "2"]
    assert set(headers) >= {"a", "content-type"}
    assert len(headers) == len(list(headers))


def test_without_deserialization_the_bytes_are_left_alone(api_of):
    answer = api_of(giving(b"<html>", **{"content-type": "text/html"})).list_flows(skip_deserialization=True)
    assert type(answer) is ApiResponseWithoutDeserialization
    assert answer.body is unset
    assert answer.headers is unset
    assert answer.response.data == b"<html>"


def test_a_stream_is_read_piece_by_piece(api_of):
    handle = giving(b"ab", b"cdef", b"", b"g")
    raw = api_of(handle).list_flows(stream=True, skip_deserialization=True).response
    assert handle.stream.closed == 0
    assert raw.read(3) == b"abc"
    assert raw.read(2) == b"de"
    assert list(raw.stream(1)) == [b"f", b"g"]
    assert raw.read() == b""
    assert handle.stream.closed


def test_a_stream_can_be_read_whole_and_again(api_of):
    raw = api_of(giving(b"ab", b"cd")).list_flows(stream=True, skip_deserialization=True).response
    assert raw.data == b"abcd"
    assert raw.data == b"abcd"
    assert raw.read() == b"abcd"


def test_what_is_left_of_a_stream_is_its_data(api_of):
    raw = api_of(giving(b"ab", b"cd")).list_flows(stream=True, skip_deserialization=True).response
    assert raw.read(1) == b"a"
    assert raw.data == b"bcd"
    assert raw.data == b"bcd"


def test_a_stream_that_is_let_go_gives_its_connection_back(api_of):
    handle = giving(b"ab", b"cd")
    raw = api_of(handle).list_flows(stream=True, skip_deserialization=True).response
    raw.read(1)
    raw.release_conn()
    assert handle.stream.closed
    assert raw.read() == b"b"  # what was fetched already; the rest is gone


def test_a_stream_is_decoded_when_a_body_is_wanted(api_of):
    answer = api_of(giving(RAW[:3], RAW[3:])).orchestrationget_server_info(stream=True)
    assert answer.body.version == "1"
    assert answer.response.data == RAW


@pytest.mark.parametrize(
    "read", [lambda raw: raw.read(), lambda raw: raw.data, lambda raw: list(raw.stream())]
)
def test_a_stream_that_breaks_is_an_api_exception(api_of, read):
    handle = giving(b"ab", httpx.ReadError("reset"))
    raw = api_of(handle).list_flows(stream=True, skip_deserialization=True).response
    with pytest.raises(Formance.ApiException) as caught:
        read(raw)
    assert caught.value.status == 0
    assert caught.value.__cause__ is not None
    assert handle.stream.closed


def test_a_refusal_is_read_even_where_a_stream_was_wanted(api_of):
    def handle(_request):
        return httpx.Response(500, stream=Pieces(b"bro", b"ken"))

    with pytest.raises(Formance.ApiException) as caught:
        api_of(handle).list_flows(stream=True, skip_deserialization=True)
    assert caught.value.body == b"broken"


def test_a_compressed_body_is_unpacked(api_of):
    packed = gzip.compress(RAW)
    answer = api_of(giving(packed, **{"content-encoding": "gzip"})).orchestrationget_server_info()
    assert answer.body.version == "1"
    assert answer.response.data == RAW
    assert pickle.loads(pickle.dumps(answer)).response.data == RAW


@pytest.mark.parametrize("options", [{}, {"skip_deserialization": True}, {"stream": True}])
def test_a_body_that_cannot_be_unpacked_keeps_its_status(api_of, options):
    handle = giving(b"no gzip at all", **{"content-encoding": "gzip"})
    with pytest.raises(Formance.ApiException) as caught:
        api_of(handle).list_flows(**options)
    assert caught.value.status == 200
    assert "cannot be unpacked" in str(caught.value)
    assert handle.stream.closed


def test_a_stream_that_cannot_be_unpacked_keeps_its_status(api_of):
    handle = giving(b"no gzip at all", **{"content-encoding": "gzip"})
    raw = api_of(handle).list_flows(stream=True, skip_deserialization=True).response
    with pytest.raises(Formance.ApiException) as caught:
        raw.read()
    assert caught.value.status == 200
    assert handle.stream.closed


def test_a_negative_amount_reads_all(api_of):
    raw = api_of(giving(b"ab", b"cd")).list_flows(stream=True, skip_deserialization=True).response
    assert raw.read(-1) == b"abcd"


def test_responses_travel(api_of):
    answer = api_of(giving(RAW)).orchestrationget_server_info()
    for copied in (pickle.loads(pickle.dumps(answer)), copy.deepcopy(answer)):
        assert copied.body == answer.body
        assert copied.response.data == RAW
        assert copied.response.headers["x-trace"] == "7"
        assert b"t0k3n" not in pickle.dumps(answer)
