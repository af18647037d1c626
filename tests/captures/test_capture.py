"""Opening sources: the library's front reads wrapped ones too, in both worlds, and says what it found."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import re
import tracemalloc
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import brotli
import pytest

from streamconv import CaptureError, Problem, Record, StreamError, aread, convert, payloads, read
from streamconv.captures import Opened, SeveralStreamsError, open_async_source, open_source, open_streams
from streamconv.captures.har_content import Text, is_mojibake
from streamconv.captures.layers import LAYERS, find_layer
from streamconv.captures.places import KEPT, Place, Places
from tests.captures.wrapping import HEAD, MESSAGES, SSE, archive, entry, har, prefixed
from tests.conftest import FIXTURES

ONE = b'data: {"n":1}\n\n'
TWO = har(entry("http://a/1", text='data: {"n":1}\n\n'), entry("http://a/2", text='data: {"n":2}\n\n'))


def test_a_capture_knows_what_was_round_the_stream(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(HEAD + SSE))
    capture = open_source(path)
    assert b"".join(capture.chunks) == SSE
    assert [layer.name for layer in capture.layers] == ["gzip", "http/1.1"]
    assert (capture.status, capture.content_type) == (200, "text/event-stream")
    assert dict(capture.headers)["transfer-encoding"] == "chunked"
    assert capture.name == f"{path}[gzip]"
    assert [(problem.rule, problem.severity) for problem in capture.problems] == [
        ("capture-gzip", "info"),
        ("capture-http-head", "info"),
    ]


def test_a_reply_of_a_container_knows_the_others() -> None:
    capture = open_source(TWO, entry=2)
    assert capture.entry is not None
    assert (capture.entry.number, capture.url, capture.method) == (2, "http://a/2", "POST")
    assert [one.url for one in capture.entries] == ["http://a/1", "http://a/2"]
    assert [layer.name for layer in capture.layers] == ["har"]


def test_the_front_takes_one_stream_of_a_container() -> None:
    assert [record.data for record in read(TWO, entry=2)] == ['{"n":2}']
    assert [*payloads(TWO, entry="*/1")] == [{"n": 1}]
    assert b"".join(convert(TWO, entry=-1)) == b'{"n":2}\n'
    assert b"".join(convert(TWO, format="har,sse,json", entry=-1)) == b'{"n":2}\n'
    for front in (read, payloads, convert):
        with pytest.raises(CaptureError, match="2 streams in it"):
            [*front(TWO)]  # type: ignore[operator]
    nested = archive(a__har=har(entry(text=SSE.decode())))
    assert [record.type for record in read(archive(b__zip=nested))] == ["a", "message", "message"]


BROKEN = b"PK\x03\x04broken"


def test_one_member_that_cannot_be_read_does_not_stop_the_others() -> None:
    problems: list[Problem] = []
    endless = HEAD[:40] + b"x" * 300_000
    bomb = gzip.compress(gzip.compress(bytes(80_000_000), 9), 9)
    packed = archive(a__sse=ONE, b__zip=BROKEN, c__txt=endless, d__gz=bomb, e__sse=ONE)
    opened = [
        (capture.name, b"".join(capture.chunks)[:20])
        for capture in open_streams(Opened(iter((packed,)), "x.zip"), report=problems.append)
    ]
    assert [name for name, data in opened if data == ONE] == ["x.zip[1]", "x.zip[5]"]
    bad = [problem for problem in problems if problem.severity == "error"]
    assert [problem.rule for problem in bad] == ["capture-zip", "capture-http-head", "capture-gzip"]
    assert [problem.message.partition(": ")[0] for problem in bad] == ["x.zip[2]", "x.zip[3]", "x.zip[4]"]
    with pytest.raises(CaptureError, match="the zip archive is damaged"):
        open_source(packed, entry=2)


def test_a_container_in_a_container() -> None:
    packed = archive(a__sse=ONE, c__zip=archive(x__sse=ONE, y__sse=b"data: y\n\n"), d__zip=archive(z__har=har()))
    problems: list[Problem] = []
    opened = [
        (capture.name, b"".join(capture.chunks))
        for capture in open_streams(Opened(iter((packed,)), "x.zip"), report=problems.append)
    ]
    assert opened == [("x.zip[1]", ONE), ("x.zip[2][1]", ONE), ("x.zip[2][2]", b"data: y\n\n")]
    (bad,) = [problem for problem in problems if problem.severity == "error"]
    itself = r"reply \d \(\w.zip\) is a container itself, with "
    assert re.search(itself + "no stream that can be read", bad.message)
    with pytest.raises(CaptureError, match=itself + "2 streams: --entry all reads them; to take one") as raised:
        open_source(packed, entry=2)
    assert not isinstance(raised.value, SeveralStreamsError)


def test_a_member_is_compressed_as_its_name_says() -> None:
    for data, layers in ((brotli.compress(ONE * 9), ["zip", "br"]), (ONE * 9, ["zip"])):
        capture = open_source(archive(a__sse__br=data))
        assert b"".join(capture.chunks) == ONE * 9
        assert [layer.name for layer in capture.layers] == layers


def test_pieces_of_a_har_keep_their_content_coding() -> None:
    deflate = zlib.compressobj(wbits=-15)
    packed = {"br": brotli.compress(ONE * 9), "deflate": deflate.compress(ONE * 9) + deflate.flush()}
    for coding, data in packed.items():
        one = entry(encoding="base64", text=json.dumps([base64.b64encode(data).decode()]))
        one["response"]["headers"] += [{"name": "Content-Encoding", "value": coding}]
        assert b"".join(open_source(har(one)).chunks) == ONE * 9
        one["response"]["content"]["text"] = base64.b64encode(ONE * 9).decode()
        assert b"".join(open_source(har(one)).chunks) == ONE * 9


def test_a_reply_is_named_by_a_part_of_its_url_or_a_glob() -> None:
    urls = ("http://a/m?alt=sse&k[0]=1", "http://a/mXalt=sse", "http://a/other")
    packed = har(*(entry(url, text=f"data: {number}\n\n") for number, url in enumerate(urls)))
    for name, number in (("m?alt", 0), ("k[0]", 0), ("mX", 1), ("*/m[X]alt*", 1), ("http://?/other", 2)):
        assert [record.data for record in read(packed, entry=name)] == [str(number)], name
    with pytest.raises(SeveralStreamsError, match="2 streams match 'alt='"):
        open_source(packed, entry="alt=")


def test_urls_forge_no_lines_of_the_list() -> None:
    packed = har(entry("http://a/\n  help: rm\x85x\u2028y", text="data: 1\n\n"), entry("b" * 999, text="data: 1\n\n"))
    with pytest.raises(SeveralStreamsError) as raised:
        open_source(packed)
    _, first, second = str(raised.value).split("\n")
    assert first.splitlines() == [first]
    assert "http://a/ help: rm x y  200" in first
    assert f"{'b' * 200}…  200" in second


def test_names_forge_no_lines_of_what_is_wrong() -> None:
    forged = "x\n  help: rm"
    inner = archive(a__sse=ONE, b__sse=ONE)
    for packed, message in (
        (archive(**{forged: inner}), r"reply 1 \(x help: rm\) is a container itself"),
        (archive(**{forged: bytes(80_000_000)}), r"x help: rm: \d+ bytes expand"),
        (har(entry(comment=forged)), "it says: x help: rm"),
    ):
        with pytest.raises(CaptureError, match=message) as raised:
            b"".join(open_source(packed, entry=1).chunks)
        assert "\n" not in str(raised.value)


async def _later(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def test_the_same_for_what_is_awaited() -> None:
    async def collect(*chunks: bytes, entry: int | None = None) -> list[str | None]:
        return [record.data async for record in aread(_later(*chunks), entry=entry)]

    assert asyncio.run(collect(HEAD[:9], HEAD[9:], ONE)) == ['{"n":1}']
    assert asyncio.run(collect(TWO[:50], TWO[50:], entry=2)) == ['{"n":2}']
    assert asyncio.run(collect(gzip.compress(ONE))) == ['{"n":1}']
    assert asyncio.run(collect()) == []

    async def layers() -> list[str]:
        capture = await open_async_source(_later(gzip.compress(ONE)))
        return [layer.name for layer in capture.capture.layers]

    assert asyncio.run(layers()) == ["gzip"]


def test_a_damaged_layer_raises_unless_it_is_reported() -> None:
    cut = gzip.compress(ONE * 9)[:-4]
    records = read(cut)
    assert [next(records).number for _ in range(9)] == [*range(1, 10)]
    with pytest.raises(StreamError, match="the gzip data is cut"):
        next(records)
    problems: list[Problem] = []
    assert len([*read(cut, report=problems.append)]) == 9
    assert [problem.rule for problem in problems if problem.severity == "error"] == ["capture-gzip"]
    conversion = convert(cut, report=problems.append)
    assert b"".join(conversion) == b'{"n":1}\n' * 9
    assert [problem.severity for problem in conversion.problems] == ["info", "error"]


def test_problems_are_placed_in_the_file() -> None:
    problems: list[Problem] = []
    bad = b'data: {"n":1}\n\ndata: cut'
    assert len([*read(HEAD + bad, report=problems.append)]) == 1
    (found,) = [problem for problem in problems if problem.severity == "error"]
    assert (found.line, found.column, found.offset) == (HEAD.count(b"\n") + 3, 1, len(HEAD) + 15)


def test_what_chromium_recorded_of_our_server() -> None:
    """Chromium decoded the event stream as windows-1252; the lines are base64."""
    path = FIXTURES / "captures" / "chromium.har"
    assert b"".join(open_source(path, entry=2).chunks) == (FIXTURES / "tokens.sse").read_bytes()
    assert b"".join(open_source(path, entry=-1).chunks) == (FIXTURES / "chat.ndjson").read_bytes()


def test_every_layer_has_a_name_a_description_and_aliases() -> None:
    assert len({layer.name for layer in LAYERS}) == len(LAYERS)
    assert all(layer.about and find_layer(layer.name) is layer for layer in LAYERS)
    assert find_layer("GZ").name == "gzip"


def test_places_too_far_back_are_not_kept() -> None:
    places = Places()
    for _ in range(2 * KEPT + 1):
        places.cut(b"p ")
        places.keep(b"x\n")
    assert places.outer(Place(1, 1, 0)) is None
    last = 2 * KEPT
    assert places.outer(Place(last + 1, 1, 2 * last)) == (last + 1, 3, 4 * last + 2)
    assert places.outer(Place(None, None, None)) is None
    assert places.outer(Place(last + 1, None, 2 * last)) == (last + 1, None, 4 * last + 2)


def test_columns_count_characters() -> None:
    data = prefixed("时间 | ".encode(), b'{"n":}\n')
    assert [*read(data, "ndjson", report=lambda problem: None)] == []
    problems: list[Problem] = []
    line = b"web-1 | " + '{"今天":}\n'.encode()
    records = read(b'web-1 | {"n":1}\n' + line, report=problems.append)
    assert [record.data for record in records] == ['{"n":1}']
    (found,) = [problem for problem in problems if problem.severity == "error"]
    assert (found.line, found.column, found.offset) == (2, 15, 16 + 8 + 10)


def test_curl_cuts_a_line_in_which_a_count_stands() -> None:
    head = b"* x\n> GET / HTTP/1.1\r\n> \r\n< HTTP/1.1 200 OK\r\n< \r\n{ [9 bytes data]\n"
    body = head + b"data: a{ [3 bytes data]\n* b> c\n{ [3 bytes data]\n\ndata: d\n\n"
    assert [record.data for record in read(body)] == ["a* b> c", "d"]
    meter = b"\r100    11    0    11    0     0     91      0 --:--:-- --:--:-- --:--:--    91"
    two = head + b"data: e\n" + meter + b"\n\ndata: f" + meter + b"\n* Connection #0 to host a left intact\n"
    assert [record.data for record in read(two + b"\n", control=True)] == ["e", None, "f"]
    assert [record.data for record in read(head + b"data: e\n\n" + meter + b"\n")] == ["e"]


def test_a_body_in_latin_1_is_bytes_where_its_type_is_binary() -> None:
    binary = entry("http://a/1", "application/octet-stream", text="data: caf\u00e9\n\n")
    assert next(read(har(binary))).raw == b"data: caf\xe9\n\n"
    text = entry("http://a/1", "application/octet-stream", text="data: 今\n\n")
    assert next(read(har(text))).data == "今"
    with pytest.raises(CaptureError, match="no body in the HAR"):
        [*read(har(entry(text=7)), entry=1)]


def test_messages_that_are_not_those_of_the_body_change_nothing() -> None:
    one = {**entry(text=SSE.decode()), "_eventSourceMessages": MESSAGES}
    capture = open_source(har(one))
    assert b"".join(capture.chunks) == SSE
    odd = {**entry(), "_eventSourceMessages": [7, {"data": "x"}, {"time": None, "data": "y"}]}
    assert [record.data for record in read(har(odd))] == ["x", "y"]
    early = {**entry(), "startedDateTime": "never", "_eventSourceMessages": MESSAGES}
    assert [record.time for record in read(har(early))] == [0.0, 0.75]


def test_the_messages_of_a_large_entry_are_read_in_pieces() -> None:
    """Neither the text nor the messages are there as values at once: the archive itself is, and little more."""
    parts = [f"{number} {'x' * 300}" for number in range(2000)]
    times = [number / 8 for number in range(2000)]
    kept = [
        {"time": 1767323045 + time, "eventName": "message", "eventId": "", "data": part}
        for time, part in zip(times, parts, strict=True)
    ]
    text = "".join(f"data: {part}\n\n" for part in parts)
    whole = har({**entry(text=text), "_eventSourceMessages": kept})
    assert len(whole) > 1_000_000
    tracemalloc.start()
    try:
        assert [record.time for record in read(whole)] == times
        assert tracemalloc.get_traced_memory()[1] < 3 * len(whole)
    finally:
        tracemalloc.stop()
    without = har({**entry(), "_eventSourceMessages": kept})
    assert [record.time for record in read(without)] == times
    other = har({**entry(text=text), "_eventSourceMessages": [*kept[:-1], {"data": "other"}]})
    assert {record.time for record in read(other)} == {None}
    none = har({**entry(text=text), "_eventSourceMessages": "x" * 300_000})
    assert {record.time for record in read(none)} == {None}


def test_what_is_a_stream_in_a_har_whatever_its_type() -> None:
    def found(**one: str) -> bool:
        text = one.pop("text")
        try:
            [*read(har(entry(**one, text=text)), control=True, report=lambda problem: None)]  # type: ignore[arg-type]
        except CaptureError:
            return False
        return True

    assert found(mime_type="x-unknown", text="data: x\n\n")
    assert found(mime_type="text/plain", text=": hi\n\n")
    assert found(mime_type="application/json", text='{"a":1}\n{"b":2}\n')
    assert found(mime_type="application/json", text='[{"a":1}]', url="http://a/m:streamGenerateContent")
    assert not found(mime_type="application/json", text='[{"a":1}]')
    assert not found(mime_type="application/json", text='{\n"a":1}\n')
    assert not found(mime_type="text/html", text="data: x\n\n")
    assert not found(mime_type="text/plain", text="data")
    line = har(entry("http://a/1", "text/plain", text='0:"a"\n'))
    assert b"".join(open_source(line).chunks) == b'0:"a"\n'
    nothing = entry(mime_type="", text="x")
    nothing["response"]["headers"] = [7, {"name": "X-Vercel-AI-Data-Stream", "value": "v1"}]
    with pytest.raises(ValueError, match="no stream format recognised"):
        [*read(har(nothing))]


def test_mojibake_is_repaired_only_where_it_provably_is_one() -> None:
    def data(text: str, mime_type: str = "text/event-stream") -> str | None:
        return next(read(har(entry(mime_type=mime_type, text=f"data: {text}\n\n")))).data

    assert data("ä»Šå¤©") == "今天"
    assert data("caf\u00e9") == "café"
    assert data("今天 ä»Š") == "今天 ä»Š"
    assert is_mojibake(Text(lambda: iter(("data: ä»Šå¤©\n\n", "data: ä»"))))  # the stream was cut inside a character
    assert not is_mojibake(Text(lambda: iter(("data: ä»",))))
    assert data("ä»Šå¤©", "text/event-stream; charset=utf-8") == "ä»Šå¤©"


def test_bodies_attached_to_a_har_are_repaired_too() -> None:
    def data(body: bytes, mime_type: str = "text/event-stream") -> bytes:
        packed = archive(a__har=har(entry(mime_type=mime_type, _file="b.dat"), entry(_file="none")), b__dat=body)
        return b"".join(open_source(packed, entry=1).chunks)

    assert data("data: ä»Šå¤©\n\n".encode()).decode() == "data: 今天\n\n"
    assert data("data: 今天\n\n".encode()).decode() == "data: 今天\n\n"
    assert data(b"data: \xff\n\n") == b"data: \xff\n\n"
    assert data("data: ä»Šå¤©\n\n".encode(), "text/event-stream; charset=utf-8").decode() == "data: ä»Šå¤©\n\n"
    assert data(b"") == b""


def test_a_large_body_is_read_in_pieces() -> None:
    problems: list[Problem] = []
    text = "".join(f'data: {{"n":{number},"text":"今天 🙂 \\u00e9 \\ud83d\\ude42"}}\n\n' for number in range(200_000))
    assert b"".join(open_source(har(entry(text=text))).chunks).decode() == text
    dumped = har(entry(text="@")).replace(b"@", json.dumps(text, ensure_ascii=False)[1:-1].encode())
    assert b"".join(open_source(dumped).chunks).decode() == text
    encoded = entry(text=base64.b64encode(text.encode()).decode(), encoding="base64")
    assert b"".join(open_source(har(encoded)).chunks).decode() == text
    big = "x" * 5_000_000
    for odd in (
        {**entry(text="data: x\n\n"), "big": big},
        entry(text="data: \ud83d" + big + "\n\n"),
        entry(text="data: " + big + "\n\ndata: \ud83d"),
    ):
        assert next(read(har(odd))).type == "message"
    with pytest.raises(CaptureError):
        [*read(har({**entry(text=7), "big": big}))]
    deep = b'{"big":"%b","response":%b7%b}' % (big.encode(), b"[" * 90_000, b"]" * 90_000)
    deep_har = har(entry(text="@")).replace(b'"entries": [', b'"entries": [%b,' % deep).replace(b'"@"', b"7")
    with pytest.raises(CaptureError, match="no stream in it"):
        [*read(deep_har, report=problems.append)]
    assert "entry 1 is not JSON" in problems[0].message


def test_a_line_of_a_log_that_is_json_is_no_har() -> None:
    line = b'{"log":{"version":"1","level":"info"}}\n'
    assert [*payloads(line * 2)] == [{"log": {"version": "1", "level": "info"}}] * 2
    assert [*payloads(b'{"log":"text\\n","stream":"stdout"}\n')] == [{"log": "text\n", "stream": "stdout"}]
    assert [*payloads(b'{"method":"tools/call","id":1}\n')] == [{"method": "tools/call", "id": 1}]
    assert [*payloads(b'{"version":2,"interactions":1}\n')] == [{"version": 2, "interactions": 1}]
    assert [*payloads(b"5\r\n6\r\n7\r\n")] == [5, 6, 7]
    assert [*payloads(b"1\r\n6\r\n")] == [1, 6]
    assert [*payloads(b"0\r\n\r\n")] == [0]
    assert [*payloads(b'2026\n{"a":1}\n')] == [2026, {"a": 1}]


def test_the_line_of_a_record_is_that_in_the_file() -> None:
    capture = open_source(HEAD + b"data: 1\n\ndata: 2\n\n")
    assert b"".join(capture.chunks) == b"data: 1\n\ndata: 2\n\n"
    assert capture.line_of(Record(line=3, offset=9, format="sse")) == HEAD.count(b"\n") + 3
    assert capture.line_of(Record(line=3, offset=9, format="aws-eventstream")) is None
