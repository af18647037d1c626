"""Hostile and broken containers: what is there is read, the fault is said, and nothing grows without bound."""

from __future__ import annotations

import base64
import contextlib
import gzip
import io
import json
import random
import re
import sys
import tracemalloc
import zipfile
import zlib
from collections.abc import Iterator

import brotli
import pytest
import yaml
import zstandard

from streamconv.captures import (
    CaptureError,
    NoStreamError,
    Opened,
    SeveralStreamsError,
    open_bytes,
    open_stream,
    open_streams,
    parse_chain,
)
from streamconv.captures.compression import PIECE
from streamconv.captures.http_head import LARGEST_HEAD
from streamconv.captures.json_elements import Elements
from streamconv.captures.layer import EXPANDED
from tests.captures.wrapping import (
    DATA,
    GZIP,
    HEAD,
    SSE,
    WRAPPED,
    archive,
    cassette,
    cdp,
    chunked,
    entry,
    flow,
    har,
    interaction,
    peel,
    peel_all,
    times,
    tnetstring,
    trace,
)
from tests.reading import bytewise


def said(data: bytes, chain: str | None = None) -> tuple[bytes, list[str]]:
    """What is inside, and the problems in words."""
    _, inside, problems = peel([data], chain)
    return inside, [str(problem) for problem in problems]


MITMPROXY = parse_chain("mitmproxy,sse")

# Archives.

ZEROS = bytes(EXPANDED + 1024 * 1024)


@pytest.mark.parametrize(
    "bomb",
    [
        gzip.compress(ZEROS, 9),
        zlib.compress(ZEROS, 9),
        zstandard.ZstdCompressor().compress(ZEROS),
        b"HTTP/1.1 200 OK\r\ncontent-encoding: br\r\n\r\n" + brotli.compress(ZEROS, quality=1),
        archive(a__sse=ZEROS),
        gzip.compress(gzip.compress(ZEROS, 9), 9),
    ],
    ids=["gzip", "zlib", "zstd", "brotli", "zip", "gzip in gzip"],
)
def test_a_bomb_is_not_expanded(bomb: bytes) -> None:
    sizes: list[int] = []
    with pytest.raises(CaptureError, match="looks like a decompression bomb"):
        sizes.extend(map(len, open_stream(open_bytes(bomb)).chunks))
    assert sum(sizes) < EXPANDED + 2 * 1024 * 1024


@pytest.fixture
def nested() -> bytes:
    """Two layers that each expand less than a bomb does, and together far more."""
    event = b"data: " + random.Random(1).randbytes(300).hex().encode() + b"\n\n"
    return gzip.compress(gzip.compress(event * 200, 9, mtime=0) * 6000, 9)


def test_layers_that_expand_a_little_each_are_a_bomb_together(nested: bytes) -> None:
    with pytest.raises(CaptureError, match="looks like a decompression bomb"):
        for _ in open_stream(open_bytes(nested)).chunks:
            pass


def test_a_piece_leaves_before_the_next_is_made(nested: bytes) -> None:
    tracemalloc.start()
    try:
        first = next(open_stream(open_bytes(nested)).chunks)
        assert 0 < len(first) <= PIECE
        assert tracemalloc.get_traced_memory()[1] < 8 * PIECE
    finally:
        tracemalloc.stop()


def test_what_is_only_repetitive_is_no_bomb() -> None:
    body = b'data: {"n":1}\n\n' * 200_000
    assert peel([gzip.compress(body)])[1] == body


def test_a_cut_archive_gives_what_is_there() -> None:
    body = b"".join(b'data: {"n":%d}\n\n' % number for number in range(20_000))
    packed = gzip.compress(body)
    inside, problems = said(packed[: len(packed) // 2])
    assert body.startswith(inside)
    assert len(inside) > len(body) // 3
    cut = f"cut after {len(packed) // 2} bytes, before its end; what is there is read"
    assert problems == [f"error: the gzip data is {cut} [capture-gzip]"]
    packed = zstandard.ZstdCompressor().compress(body) + zstandard.ZstdCompressor().compress(body)
    inside, problems = said(packed[:-10])
    assert inside.startswith(body)
    assert "the zstd data is cut" in problems[0]
    inside, problems = said(b"HTTP/2 200\r\ncontent-encoding: br\r\n\r\n" + brotli.compress(SSE)[:-9])
    assert "the br data is cut" in problems[0]


def test_a_damaged_archive_is_said() -> None:
    packed = bytearray(gzip.compress(b"data: x\n\n" * 99))
    packed[-6] ^= 1
    inside, problems = said(bytes(packed))
    assert inside == b"data: x\n\n" * 99
    assert problems[0].startswith("error: the gzip data is damaged: Error -3 while decompressing data: incorrect data")
    assert said(GZIP + b"hello") == (
        SSE,
        ["error: gzip data, and after its end something else, which is left out [capture-gzip]"],
    )
    with pytest.raises(CaptureError, match="the zip archive is damaged or cut"):
        said(archive(a__sse=SSE)[:-9])


def test_a_zip_with_a_damaged_member_gives_the_rest_of_it() -> None:
    packed = bytearray(archive(a__sse=SSE))
    packed[60] ^= 255
    _, problems = said(bytes(packed))
    assert problems[0].startswith("error: the member a.sse is damaged after 0 bytes")


def test_more_layers_than_anybody_needs() -> None:
    data = SSE
    for _ in range(20):
        data = gzip.compress(data)
    with pytest.raises(CaptureError, match="more than 16 layers"):
        said(data)


@pytest.mark.parametrize(
    ("module", "data", "needs"),
    [
        ("zstandard", zstandard.ZstdCompressor().compress(SSE), r"'streamconv\[compress\]'"),
        ("brotli", b"HTTP/2 200\r\ncontent-encoding: br\r\n\r\n" + brotli.compress(SSE), r"'streamconv\[compress\]'"),
        ("yaml", cassette("interactions", interaction()), r"'streamconv\[yaml\]'"),
    ],
)
def test_a_missing_extra_is_one_line_that_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, module: str, data: bytes, needs: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(CaptureError, match=f"needs: pip install {needs}$"):
        said(data)


@pytest.mark.parametrize("after", [b"GARBAGE and data: lost\n\n", b"\0", brotli.compress(b"data: more\n\n")])
def test_what_follows_brotli_costs_nothing_of_it(after: bytes) -> None:
    body = b"".join(b"data: %d\n\n" % (number * 7919) for number in range(20_000))
    for inside in (b"data: one\n\n", body, b"data: " + bytes(300_000) + b"\n\n"):
        packed = b"HTTP/2 200\r\ncontent-encoding: br\r\n\r\n" + brotli.compress(inside, quality=3) + after
        for chunks in ([packed], [packed[:-2], packed[-2:]]):
            _, given, problems = peel(chunks)
            assert given.startswith(inside)
            left_out = ["br data, and after its end something else, which is left out"]
            assert [problem.message for problem in problems] == (left_out if after[:1] == b"G" else [])
            assert given[len(inside) :] == (b"" if after[:1] in b"G\0" else b"data: more\n\n")


def test_brotli_that_is_damaged_gives_what_stands_before() -> None:
    body = b"".join(b"data: %d\n\n" % (number * 7919) for number in range(3000))
    packed = bytearray(brotli.compress(body, quality=3))
    half = len(packed) // 2
    packed[half : half + 100] = bytes(100)
    inside, problems = said(b"HTTP/2 200\r\ncontent-encoding: br\r\n\r\n" + bytes(packed))
    assert inside[:20_000] == body[:20_000]
    assert len(inside) > 40_000
    assert problems[0].startswith("error: the br data is damaged: ")


# HTTP.


def test_a_chunk_size_that_lies() -> None:
    body = b"".join(b"data: %d\n\n" % number for number in range(9))
    cases = {
        "too small": (chunked(body).replace(b"17\r\n", b"10\r\n", 1), 16, "a chunk goes on past the size before it"),
        "no size": (b"9\r\ndata: a\n\n\r\nxyz\r\ndata: b\n\n", 9, "b'xyz\\r\\n' stands where a chunk size should"),
        "a size that never ends": (b"9\r\ndata: a\n\n\r\n" + b"f" * 40, 9, "b'ffffffffffffffffffffffff'"),
        "an end that is none": (b"9\r\ndata: a\n\nX", 9, "a chunk goes on past the size before it"),
        "a size too long": (b"9\r\ndata: a\n\n\r\n" + b"f" * 40 + b"\r\n", 9, "b'ffffffffffffffffffffffff'"),
    }
    for data, size, message in cases.values():
        _, inside, (problem,) = peel([HEAD + data])
        assert (body if size == 16 else b"data: a\n\n").startswith(inside[:size])
        assert len(inside) > size
        assert message in problem.message
        assert problem.message.endswith("from here on the bytes are read as they are")
        assert problem.offset is not None
        assert (HEAD + data)[problem.offset :].startswith((b"\n\ndata", body[16:20], b"xyz", b"ffff", b"X"))
    _, _, (problem,) = peel([HEAD + chunked(b"data: a\n\n") + b"HTTP/1.1 200 OK\r\n"])
    assert problem.message.startswith("something follows the last chunk")
    assert problem.line == HEAD.count(b"\n") + 7


def test_a_first_chunk_larger_than_what_is_looked_at() -> None:
    data = b"data: %b\n\n" % (b"x" * 100_000)
    assert peel([chunked(data * 2, 150_000)])[:2] == ("chunked", data * 2)
    assert peel([b"186ab\r\n" + b"x" * 100_000])[0] == ""
    assert peel([b"18000\r\n" + b'{"a":1}\r\n' * 9])[0] == ""  # numbers and objects, one a line


def test_what_follows_the_last_chunk_is_not_swallowed() -> None:
    """Only fields that end in CRLF are trailers: RFC 9112, section 7.1.2."""
    first, last = HEAD + b"9\r\ndata: a\n\n\r\n0\r\n", "from here on the bytes are read as they are"
    for rest, passed_on, message in (
        (b"X-Sum: 1\r\n\r\n", b"", None),
        (b"9\r\ndata: b\n\n\r\n0\r\n\r\n", None, "b'9\\r\\n' follows the last chunk, and is no trailer"),
        (b"data: b\n\ndata: c\n\n", None, "b'data: b\\n' follows the last chunk, and is no trailer"),
        (b"X: y\r\n{}", b"{}", "b'{}' follows the last chunk, and is no trailer"),
        (b"\r\nd", b"d", "something follows the last chunk"),
        (b"data: b", b"", "the body is cut: the empty line after its last chunk is missing"),
        (b"", b"", "the body is cut: the empty line after its last chunk is missing"),
    ):
        for chunks in ([first + rest], bytewise(first + rest)):
            _, inside, problems = peel(chunks)
            assert inside == b"data: a\n\n" + (rest if passed_on is None else passed_on)
            words = [problem.message.removesuffix(f"; {last}") for problem in problems]
            if chunks == [first + rest]:
                assert words == ([] if message is None else [message])
            assert len(words) == (message is not None)


def test_a_chunked_body_that_is_cut() -> None:
    body = chunked(b"data: a\n\n")
    assert said(HEAD + body[:-5])[1] == [
        "10:1: error: the body is cut: the last chunk, of size 0, is missing [capture-chunked]"
    ]
    assert "the body is cut: 4 bytes of its last chunk are missing" in said(HEAD + b"9\r\ndata:")[1][0]


def test_a_head_that_never_ends_or_is_cut() -> None:
    with pytest.raises(CaptureError, match="the HTTP head does not end within 256 KiB"):
        said(b"HTTP/1.1 200 OK\r\nX: " + b"x" * LARGEST_HEAD * 2)
    assert said(b"HTTP/1.1 200 OK\r\nX: y\r\n")[1] == [
        "1:1: error: the HTTP head is cut: it has no empty line after it [capture-http-head]"
    ]
    assert said(b"GET / HTTP/1.1\r\n\r\n{}")[1] == [
        "3:1: error: a request, and no response after it [capture-http-head]"
    ]
    assert said(HEAD + b"HTT") == (b"HTT", [])
    assert said(HEAD) == (b"", [])


def test_a_stream_without_the_head_that_was_asked_for_is_all_body() -> None:
    for body in (b"data: x\n\n", b"data: x", b"HTTPS\n\ndata: x\n\n", b"HELLO", b"GET\n"):
        for chunks in ([body], bytewise(body)):
            _, inside, (problem,) = peel(chunks, "http,sse")
            if body == b"HELLO":  # which may become a method
                assert problem.message == "the HTTP head is cut: it has no empty line after it"
                continue
            assert inside == body
            assert problem.place == "1:1"
            assert problem.message.endswith(" is no status line; it is read as the body")


def test_lines_of_a_head_end_at_line_ends_only() -> None:
    """U+0085 and the like are white space in Python, and characters of a value in latin-1."""
    capture = open_stream(open_bytes(b"HTTP/1.1 200 OK\r\nX: a\x85b: c\x0cd\r\nY: z\r\n\r\ndata: x\n\n"))
    assert capture.headers == (("x", "a\x85b: c\x0cd"), ("y", "z"))


# HAR.


def test_a_har_that_is_cut_gives_its_whole_entries() -> None:
    data = har(entry(text=SSE.decode()), entry(text="data: 2\n\n"))
    inside, problems = said(data[: data.rindex(b'"content"')])
    assert inside == SSE
    assert problems == [
        "error: the HAR is cut after 1 whole entries; they are read, the rest is lost [capture-har]",
    ]
    with pytest.raises(NoStreamError, match="no reply in it"):
        said(data[:60])


def test_a_har_with_missing_content() -> None:
    for one in (entry(), entry(text=""), {**entry(), "response": None}, {}, {"response": {"content": 7}}, 7, None):
        with pytest.raises(NoStreamError, match=r"no (stream|reply) in it"):
            said(har(one))  # type: ignore[arg-type]
    with pytest.raises(NoStreamError, match=r"no body in the HAR: the stream was still open.*it says: truncated"):
        said(har(entry(comment="truncated")))
    inside, problems = said(har(entry(), entry(text=SSE.decode())))
    assert inside == SSE
    assert problems[0].startswith("warning: reply 1 (https://example.com/v1/chat) cannot be read: no body in the HAR")


def test_elements_that_are_no_objects_are_elements() -> None:
    def found(text: bytes) -> list[bytes]:
        whole, single = Elements(("a",)), Elements(("a",))
        elements = [*map(bytes, whole.feed(text))]
        assert [bytes(one) for at in range(len(text)) for one in single.feed(text[at : at + 1])] == elements
        assert whole.complete == single.complete
        return elements

    assert found(b'{"b":{"a":[0]},"a":[7, {"x":"],"}, "s,]" ,[1,2],null,{}]}') == [
        *(b"7", b'{"x":"],"}', b'"s,]" ', b"[1,2]", b"null", b"{}")
    ]
    assert found(b'{"a":[true]}') == [b"true"]
    assert found(b'[{"a":[1]},{"b":2,"a":[1]}]') == found(b'{"a":[]}') == []
    assert said(har(7, "x", entry(text=SSE.decode()), None))[0] == SSE  # type: ignore[arg-type]


def test_names_in_the_deep_are_passed_by() -> None:
    deep = b'{"b":' * 50_000 + b"1" + b"}" * 50_000
    elements = Elements(("a",))
    assert [*map(bytes, elements.feed(b'{"x":%b,"a":[1]}' % deep))] == [b"1"]


def test_who_wrote_a_har_is_told_however_it_comes() -> None:
    data = har(entry(text=SSE.decode()))
    for chunks in ([data], [data[:20], data[20:]]):
        (layer,) = open_stream(Opened(iter(chunks))).layers
        assert layer.evidence == "a log of requests, as in a HAR of test; entries: 1"


def test_an_entry_that_is_not_json_is_left_out() -> None:
    data = har(entry(text=SSE.decode())).replace(b'"entries": [', b'"entries": [{"request":{x}},')
    inside, problems = said(data)
    assert inside == SSE
    assert problems == [
        "error: entry 1 is not JSON: wrong at byte 12, expected a string or '}'; the others are read [capture-har]"
    ]


def test_a_har_of_lone_surrogates_and_numbers_beyond_64_bits() -> None:
    data = har(entry(text="data: \ud83d\n\n", size=10**30))
    assert said(data)[0] == "data: \ud83d\n\n".encode("utf-8", "surrogatepass")


def test_base64_that_is_wrong() -> None:
    encoded = base64.b64encode(SSE).decode()
    broken = encoded[:40] + "*" + encoded[41:]
    inside, problems = said(har(entry(text=broken, encoding="base64")))
    assert SSE.startswith(inside)
    assert len(inside) == 30
    assert problems == ["error: the body is not base64 after 40 characters; what stands before is read [capture-har]"]
    wrapped = "\n".join(encoded[at : at + 76] for at in range(0, len(encoded), 76))
    assert said(har(entry(text=wrapped, encoding="base64"))) == (SSE, [])
    inside, problems = said(har(entry(text=encoded[:-3], encoding="base64")))
    assert SSE.startswith(inside)
    assert "is not base64 after" in problems[0]
    _, problems = said(har(entry(text='["abc', encoding="base64")))
    assert problems[0].startswith("error: the body should be a JSON array of base64 pieces, and is not")


def test_a_deep_document_is_no_trouble() -> None:
    deep = (
        b'{"log": {"version": '
        + b"[" * 100_000
        + b"]" * 100_000
        + b', "entries": ['
        + har(entry(text=SSE.decode()))[har(entry(text=SSE.decode())).index(b'"entries": [') + 12 : -3]
        + b"]}}"
    )
    assert said(deep) == (SSE, [])
    with pytest.raises(NoStreamError):
        said(b'{"log": {"entries": [' + b"[" * 100_000 + b"]" * 100_000 + b"]}}")


# Event logs, cassettes, flows.


def test_lines_that_are_no_events_are_said() -> None:
    data = cdp(("eventSourceMessageReceived", {"timestamp": "x", "data": None, "eventName": "message"}))
    inside, problems = said(data + b'\n{"method":7}\nhello\n' + b'{"method":"Network.dataReceived","params":{}}\n')
    assert inside == b"data: \n\n"
    assert problems == [
        "error: line 5 is no event of the protocol; the others are read [capture-cdp]",
        "error: line 6 is no event of the protocol; the others are read [capture-cdp]",
    ]
    odd = ("dataReceived", {"timestamp": 11, "dataLength": "many", "data": "*"})
    with pytest.raises(NoStreamError, match="the sizes of its chunks, not their bytes"):
        said(cdp(odd, status=None))  # type: ignore[arg-type]


def test_yaml_that_is_wrong_gives_what_stands_before() -> None:
    data = cassette("interactions", interaction(), interaction())
    data = data.replace(b"version: 1", b"version: [1")
    with pytest.raises(SeveralStreamsError):
        said(data)
    cut = cassette("interactions", interaction(), interaction())
    inside, problems = said(cut[: cut.rindex(b"response:") + 5] + b"\n\t- }")
    assert inside == SSE
    assert problems[0].startswith("error: the YAML is wrong at line ")
    assert problems[0].endswith("1 replies before are read [capture-vcr]")


def test_a_billion_laughs_are_not_laughed() -> None:
    laughs = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 12))
    first = "- &a {response: {body: {string: &s 'data: x\n\n\n'}}, more: *s, self: *a, none: *b}"
    inside, problems = said(f"interactions:\n{first}\nl0: &l0 lol\n{laughs}".encode())
    assert inside == b"data: x\n\n"
    assert problems == []


def test_odd_cassettes() -> None:
    def inside(body: object, **response: object) -> bytes:
        one = interaction()
        one["response"]["body"] = body
        one["response"].update(response)
        return peel_all(yaml.safe_dump({"version": 1, "other": [{"a": 1}], "interactions": [one, "x", None]}).encode())[
            0
        ]

    assert inside(SSE.decode()) == SSE
    assert inside(SSE, status="200 OK") == SSE
    assert inside({"string": SSE.decode()}, headers={"Content-Type": "text/event-stream"}, status={"code": None}) == SSE
    for body in ({"base64_string": "*"}, {"base64_string": "AAA"}, None, {"string": None}):
        with pytest.raises(NoStreamError, match="its body is empty"):
            inside(body)
    assert peel_all(
        b"interactions:\n- response: {headers: {Content-Type: text/event-stream}, body: !!binary ZGF0YTogeAoK}\n"
    ) == [b"data: x\n\n"]
    with pytest.raises(NoStreamError):
        peel_all(b"interactions:\n- response: {headers: {content-type: text/event-stream}, body: !!binary 'AAA'}\n")
    with pytest.raises(NoStreamError, match="no reply in it"):
        peel_all(b"interactions: 7\n")
    assert peel_all(b"interactions:\n- response: {body: ''}\n", entry=1) == [b""]


def test_a_json_cassette_that_is_cut_or_wrong() -> None:
    data = json.dumps({"http_interactions": [interaction(), interaction()]}).encode()
    inside, problems = said(data[:-40])
    assert inside == SSE
    assert problems == ["error: the cassette is cut after 1 whole interactions; they are read [capture-vcr]"]
    inside, problems = said(b'{"interactions": [{x}, ' + json.dumps(interaction()).encode() + b"]}")
    assert inside == SSE
    assert problems[0].startswith("error: interaction 1 is not JSON")


def test_flows_that_are_damaged_or_cut() -> None:
    inside, problems = said(flow() + flow()[:-20])
    assert inside == SSE
    assert problems == ["error: the flow file is cut after 1 whole flows; they are read [capture-mitmproxy]"]
    broken = flow().replace(b"11:status_code", b"99:status_code")
    inside, problems = said(broken + flow())
    assert inside == SSE
    assert problems == ["error: flow 1 is damaged; the others are read [capture-mitmproxy]"]
    inside, problems = said(flow() + b"x" * 40)
    assert problems == ["error: the flow file is cut after 1 whole flows; they are read [capture-mitmproxy]"]
    deep = b""
    for _ in range(40):
        deep = b"%d:%b]" % (len(deep), deep)
    _, problems = said(flow() + b"%d:%b}" % (len(deep) + 5, b"2:ab," + deep) + flow(b"", b""))
    assert problems == ["error: flow 2 is damaged; the others are read [capture-mitmproxy]"]
    with pytest.raises(NoStreamError, match="mitmproxy kept no body"):
        said(flow(b""))


NO_END = 10**400
DEEP = b"[" * 50_000 + b"]" * 50_000


def test_flows_whose_members_are_of_another_kind() -> None:
    good = {"request": {}, "response": {"headers": [[b"content-type", b"text/event-stream"]], "content": SSE}}
    for odd in ({"headers": 5}, {"headers": [5, [b"a"]]}, {"status_code": b"200"}):
        data = tnetstring({**good, "response": {**good["response"], **odd}}) + tnetstring(good)
        capture = open_stream(open_bytes(data), MITMPROXY, entry=2)
        assert (b"".join(capture.chunks), capture.status) == (SSE, None)
        capture = open_stream(open_bytes(data), MITMPROXY, entry=1)
        assert (capture.status, isinstance(b"".join(capture.chunks), bytes)) == (None, True)
    inside, problems = said(tnetstring({**good, "response": {**good["response"], "content": 5}}) + flow())
    assert inside == SSE
    assert "mitmproxy kept no body" in problems[0]
    for odd in (b"1:7#", b"6:-5:ab,]", b"2:+1]"):
        inside, problems = said(flow() + odd)
        assert (inside, problems) == (SSE, ["error: flow 2 is damaged; the others are read [capture-mitmproxy]"])


def test_numbers_that_nothing_can_have() -> None:
    message = {"eventName": "message", "eventId": "", "data": "x"}
    one = {**entry(size=NO_END), "_eventSourceMessages": [{**message, "time": NO_END}, {**message, "time": True}]}
    one["response"]["status"] = NO_END
    capture = open_stream(open_bytes(har(one)))
    assert (b"".join(capture.chunks), capture.status) == (b"data: x\n\n" * 2, None)
    assert times([har(one)]) == [None, None]
    events = cdp(*DATA, ("dataReceived", {"timestamp": NO_END, "dataLength": NO_END}))
    events += b'{"method":"Network.dataReceived","params":{"requestId":"1","dataLength":1e999,"timestamp":1e999}}\n'
    assert said(events) == (SSE, [])


def test_values_without_end_are_not_walked_into() -> None:
    laughs = "".join(f"  l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 60))
    body = "body: {string: &b 'data: x\n\n\n'}"
    odd = "*l59, request: {method: *l59, uri: *l59}, recorded_at: *l59, ? [*l59] : 1"
    response = (
        f"response: {{status: {{code: *l59}}, headers: {{*l59 : *l59, content-type: [text/event-stream]}}, {body}}}"
    )
    cassette_of_laughs = (
        f"interactions:\n- l0: &l0 lol\n{laughs}  more: {odd.partition(',')[0]}\n- {{ {response}, {odd[6:]} }}\n"
    )
    inside, problems = said(cassette_of_laughs.encode())
    assert (inside, problems) == (b"data: x\n\n", [])
    one = har(entry(url="@", mime_type="@", text="data: x\n\n"))
    assert said(one.replace(b'"@"', b"[" * 900 + b"]" * 900))[0] == b"data: x\n\n"
    with pytest.raises(NoStreamError):
        said(har(entry(text="@")).replace(b'"@"', DEEP))
    for text in ("[" * 100_000, "[" * 900 + "]" * 900):
        _, problems = said(har(entry(text=text, encoding="base64")))
        assert len(problems) == (text[-1] == "[")


def test_documents_that_are_no_mapping() -> None:
    for data in (
        b"interactions: foo\n--- bar\n",
        b"hello",
        b"- interactions\n- [a, {b: c}]\n",
        b"interactions: {a: b}\n",
        b"*a",
        b"",
    ):
        with pytest.raises(NoStreamError, match="no reply in it"):
            said(data, "vcr,sse")
    assert said(b"- a\n---\n" + cassette("interactions", interaction()), "vcr,sse") == (SSE, [])


def test_base64_that_is_wrong_is_said_wherever_it_stands() -> None:
    wrong = base64.b64encode(SSE).decode()[:40] + "*"
    inside, problems = said(cassette("interactions", interaction(base64_string=wrong)))
    assert (len(inside), SSE.startswith(inside)) == (30, True)
    where = "the body is not base64 after 40 characters; what stands before is read"
    assert problems == [f"error: reply 1: {where} [capture-vcr]"]
    tagged = (
        f"interactions:\n- response: {{headers: {{content-type: [text/event-stream]}}, body: !!binary '{wrong}'}}\n"
    )
    inside, problems = said(tagged.encode())
    assert len(inside) == 30
    assert problems == [f"error: {where} (line 2) [capture-vcr]"]
    inside, problems = said(cdp(("dataReceived", {"timestamp": 11, "data": wrong})))
    assert len(inside) == 30
    assert problems == [f"error: line 3: {where} [capture-cdp]"]


def test_a_log_that_began_after_the_request() -> None:
    data = b"".join(cdp(*DATA).splitlines(keepends=True)[1:])
    data = data.replace(b'"response": {', b'"response": {"url": "http://a/b", ')
    capture = open_stream(open_bytes(data))
    assert [(bytes(chunk), chunk.time) for chunk in capture.chunks if chunk] == [(SSE, 1.25)]  # type: ignore[attr-defined]
    assert (capture.url, capture.content_type) == ("http://a/b", "text/event-stream")


def test_a_name_of_an_event_forges_no_line() -> None:
    message = {"time": 1, "eventName": "x\ndata: forged", "eventId": "1\r2", "data": "a\rb\r\nc"}
    inside, _ = said(har({**entry(), "_eventSourceMessages": [message]}))
    assert inside == b"data: a\ndata: b\ndata: c\n\n"


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2, zipfile.ZIP_STORED])
def test_a_member_that_is_damaged_is_said_whatever_it_is_compressed_with(method: int) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as made:
        made.writestr("a.sse", SSE * 200)
    packed = bytearray(file.getvalue())
    packed[60:80] = bytes(byte ^ 0x5A for byte in packed[60:80])
    _, problems = said(bytes(packed))
    assert "error: the member a.sse is damaged after " in problems[-1]


CONTAINERS = [
    name
    for name, (chain, _, _) in WRAPPED.items()
    if {*chain.split(",")} & {"zip", "har", "har-yaml", "vcr", "cdp", "mitmproxy"}
]
NOISE = (b"\n", b"\0", b"{", b"]", b'"', b"&a ", b"*a", b"- ", b"1e999", b"9" * 400, b"\xff", b"null")


@pytest.mark.parametrize("name", CONTAINERS)
def test_whatever_happens_to_its_bytes_a_container_is_read_or_refused(name: str, unmeasured: None) -> None:
    """Bytes changed, cut out or put in: no exception but a CaptureError, and what is told of a reply is plain."""
    chance = random.Random(name)
    _, whole, _ = WRAPPED[name]
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 3, 20))):
            at = chance.randrange(len(data))
            data[at : at + chance.choice((0, 1, 1, 30))] = chance.choice((chance.randbytes(1), *NOISE))
        with contextlib.suppress(CaptureError):
            for capture in open_streams(open_bytes(bytes(data))):
                b"".join(capture.chunks)
                json.dumps((capture.status, capture.url, capture.method, capture.content_type, str(capture.entry)))


# Text.


def test_utf16_that_is_cut_inside_a_character() -> None:
    assert said("data: x".encode("utf-16") + b"d") == (
        "data: x\ufffd".encode(),
        ["error: the UTF-16 text ends inside a character, which is read as U+FFFD [capture-utf16]"],
    )
    assert said(b"\xff", "utf-16,sse")[1] == [
        "error: the UTF-16 text ends inside a character, which is read as U+FFFD [capture-utf16]"
    ]


def test_a_trace_past_midnight_and_of_odd_lines() -> None:
    data = trace(("<= Recv header", b"HTTP/1.1 200 OK\r\n\r\n"), ("<= Recv data", b"data: x\n\n"))
    later = re.sub(rb"23:59:59(.\d+ <= Recv data)", rb"00:00:01\1", data) + b"== Info: end\nnonsense\n0000: 00\n"
    capture = open_stream(open_bytes(later))
    assert [(bytes(chunk), chunk.time) for chunk in capture.chunks if chunk] == [(b"data: x\n\n", 2.000004)]  # type: ignore[attr-defined]


def test_a_trace_that_is_cut() -> None:
    data = trace(("<= Recv header", b"HTTP/1.1 200 OK\r\n\r\n"), ("<= Recv data", b"data: 0123456789\n\n"))
    assert peel([data.rstrip(b"\n")])[1] == b"data: 0123456789\n\n"
    assert peel([data[:-60]])[1] == b"data: 0123456789"
    dotted = trace(("<= Recv header", b"HTTP/1.1 200 OK\r\n\r\n"), ("<= Recv data", b"data: 1\n"), ascii=True)
    dotted += trace(("<= Recv data", b"\n"), ("<= Recv data", b"data: 2\n\n"), ascii=True)
    assert peel([dotted])[1] == b"data: 1\n\ndata: 2\n\n"


def test_endless_lines_are_passed_on_in_parts() -> None:
    long = b"x" * 300_000
    request = b"POST / HTTP/1.1\r\n\r\n" + long + b"\nHTTP/1.1 200 OK\r\n\r\n"
    verbose = b"* x\n> GET / HTTP/1.1\r\n> \r\n< HTTP/1.1 200 OK\r\n< \r\n"
    for head, chain in (
        (request, "http/1.1"),
        (request.replace(b"\nHTTP", b"y" * 90_000 + b"\nHTTP"), "http/1.1"),
        (verbose, "curl-v,http/1.1"),
        (b"web-1 | ", "log-prefix"),
    ):
        for body in (b"data: " + long + b"\n\n", b"data: " + long):
            assert peel([head + body])[:2] == (chain, body)
    rows = trace(("<= Recv header", HEAD), ("<= Recv data", SSE))
    assert peel([rows + long + b"\n" + long])[1] == SSE
    line = cdp(*DATA, ("loadingFinished", {"x": "y" * 300_000}))
    assert peel([line])[1] == SSE


def test_many_blank_lines_and_words_cost_no_time() -> None:
    for start in (b"\n" * 60_000, b"log:" + b"\n" * 60_000, b"---\n" + b"#\n" * 30_000, b"* " * 30_000 + b"\n"):
        assert peel([start + b"data: x\n\n"])[0] in ("", "curl-v")


def test_one_stream_has_no_second() -> None:
    assert [*map(bytes, open_stream(open_bytes(SSE), entry=-1).chunks)] == [SSE]
    with pytest.raises(NoStreamError, match="no reply 2 in it: this is one stream"):
        open_stream(open_bytes(SSE), entry=2)


def test_a_log_whose_times_are_no_times() -> None:
    lines = b'2026-99-02T03:04:05Z {"n":1}\n2026-01-02T03:04:05Z {"n":2}\nother\n'
    assert said(lines) == (b'{"n":1}\n{"n":2}\nother\n', [])


def test_a_log_of_docker_with_odd_lines() -> None:
    first, last = b'{"log":"data: a\\n","stream":"stdout","time":"x"}\n', b'{"stream":"stderr","time":""}'
    assert said(first + b'\n{"log":5}\nhello\n' + last) == (
        b"data: a\n",
        [
            "error: line 3 is no line of a Docker log; the others are read [capture-docker-json]",
            "error: line 4 is no line of a Docker log; the others are read [capture-docker-json]",
        ],
    )
    for other in (b'{"log":"data: a"}\n', first.replace(b"data: a", b"Started"), b'{"log":"data: a', b'{"lo'):
        assert said(other) == (other, [])


def test_a_slow_start_is_not_looked_at_with_every_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    from streamconv.captures import layers as module

    looks: list[int] = []
    layer = module.LAYERS[0]

    def counted(start: bytes, known: object) -> str:
        looks.append(len(start))
        return ""

    monkeypatch.setattr(module, "LAYERS", (layer._replace(recognise=counted),))

    def slow() -> Iterator[bytes]:
        for _ in range(70_000):
            yield b"x"

    capture = open_stream(Opened(slow()))
    assert sum(map(len, capture.chunks)) == 70_000
    assert len(looks) < 250
