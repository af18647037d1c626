"""Which format a stream is in: the order of the evidence, and how little of a live stream it takes."""

from __future__ import annotations

import pytest

from streamconv.captures import Peeled
from streamconv.detect import PREFIX, Choice, Chooser, UnrecognisedError, guess
from tests.aws_messages import event


def choose(data: bytes, name: str = "", content_type: str = "", asked: str | None = None) -> Choice:
    chooser = Chooser(asked, content_type, name)
    return (chooser.feed(data) if data else None) or chooser.finish()


@pytest.mark.parametrize(
    ("start", "format"),
    [
        (b"data: x\n\n", "sse"),
        (b"data\n", "sse"),
        (b"event:x\n", "sse"),
        (b":ok\n", "sse"),
        (b":", "sse"),
        (b"\n\r\nid: 1\n", "sse"),
        (b"\xef\xbb\xbfretry: 1\n", "sse"),
        (b"## heading\n\ndata: x\n\n", "sse"),
        (b'\x1e{"a":1}\n', "json-seq"),
        (b'{"a":1}\n{"a":2}\n', "ndjson"),
        (b'{"a":1}', "ndjson"),
        (b'{"data":1}\r\n', "ndjson"),
        (b'{"line":1,"offset":"x","size":2}\n', "ndjson"),
        (b'{"data":{},"line":1,"offset":0,"size":9}\n', "records"),
        (b'{"line":1,"offset":0,"size":"\\ud83d"}\n', "ndjson"),
        (b'{\n"a":1}\n{"a":2}', "stream+json"),
        (b'{\n"a":1}', "stream+json"),
        (b'{"a":1}{"a":2}', "stream+json"),
        (b"1 2 3\n", "stream+json"),
        (b'[{"a":1},{"a":2}]', "json"),
        (b'[{"a":1}\n,{"a":2}', "json"),
        (b"[\n1,\n2\n]\n", "json"),
        (b'["a","b"]\n["c","d"]\n', "ndjson"),
        (b'{"a":1,\n"b":', "stream+json"),
        (b'{"a":1,"b":', "ndjson"),
        (b"[1,2", "json"),
        (b"[1,2]", "json"),
        (b"[1,2]\n", "ndjson"),  # a stream of such lines begins so too
        (b'[{"a":1}]\n', "json"),
        (b'[{"a":1}]\n[{"a":1}]\n', "ndjson"),
        (b'noise\n{"a":1}\n', "ndjson"),
        (b'0:"text"\n', "vercel-data-stream"),
        (b'\xef\xbb\xbf\nf:{"messageId":"1"}\r\n', "vercel-data-stream"),
        (b"2:[1]", "vercel-data-stream"),
        (b'd:{"a":', "vercel-data-stream"),
        (event("a", b"{}"), "aws-eventstream"),
        (event("a", b"{}")[:12], "aws-eventstream"),
    ],
)
def test_the_bytes_alone_tell(start: bytes, format: str) -> None:
    assert choose(start).format == format
    assert choose(start).disagreement == ""


@pytest.mark.parametrize(
    "start",
    [
        b"hello\n",
        b"0:1\n",
        b"0:[x\n",
        b"z:{}\n",
        b"1234:4:x;\n",
        b"<html>",
        b"datum: 1\n",
        b"\x00\x01",
        b"7:x",
        b"5\nhello world\nfoo\n",
    ],
)
def test_what_tells_nothing_is_not_guessed(start: bytes) -> None:
    with pytest.raises(UnrecognisedError):
        choose(start)


@pytest.mark.parametrize(
    "start",
    [
        b"d",
        b"dat",
        b"\xef\xbb\xbf",
        b"\n",
        b'{"a":1}',
        b"[1]",
        b'{"a":1',
        b"[1,2",
        b"[",
        b"hel",
        b"hello\nworld",
        b"0",
        b'0:"a"',
        b"\0\0",
    ],
)
def test_too_little_of_a_live_stream_is_waited_with(start: bytes) -> None:
    assert guess(start, at_end=False) is None


@pytest.mark.parametrize(
    "start", [b"data:", b":", b'{"a":1}\n', b"\x1e", b'[{"a":', b"[1,\n", b'0:"a"\n', event("a", b"{}")[:12]]
)
def test_what_is_enough_is_not_waited_with(start: bytes) -> None:
    assert guess(start, at_end=False) is not None


def test_no_more_than_a_prefix_is_waited_for() -> None:
    chooser = Chooser()
    assert chooser.feed(b'{"a":"' + b"x" * (PREFIX - 100)) is None
    choice = chooser.feed(b"x" * 200)
    assert choice is not None
    assert choice.format == "ndjson"


def test_chunks_do_not_change_the_choice() -> None:
    for data, format in ((b'{"a":1}{"b":2}', "stream+json"), (b"[1,2,3]", "json"), (b'{"a":1}\n{"b":2}\n', "ndjson")):
        chooser = Chooser()
        choice = (
            next(filter(None, (chooser.feed(data[at : at + 1]) for at in range(len(data)))), None) or chooser.finish()
        )
        assert choice.format == format
        assert data.startswith(b"".join(chooser.held))


def test_leading_blank_lines_are_no_reason_to_give_up() -> None:
    assert choose(b"\n" * 100_000 + b"data: x\n\n").format == "sse"
    endless = Chooser()
    assert endless.feed(b"\n" * 1_000_000) is None
    choice = endless.feed(b"\n" * 1_000_000)
    assert choice is not None  # nothing more is held back


def test_a_slow_start_is_not_looked_at_with_every_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []

    def counted(start: bytes, *, at_end: bool) -> None:
        looks.append(len(start))

    monkeypatch.setattr("streamconv.detect.guess", counted)
    chooser = Chooser()
    for _ in range(60_000):
        chooser.feed(b"1")
    assert len(looks) < 250


def test_a_bare_format_takes_nothing_off_and_says_what_is_round_the_stream() -> None:
    assert choose(b"HTTP/1.1 200 OK\r\n", asked="sse").disagreement == (
        "read as sse, but http is round it: a status line (--from http,sse takes it off)"
    )
    assert "gzip is round it" in choose(b"\x1f\x8b\x08\0", "a.sse.gz", asked="sse").disagreement


def test_a_page_of_html_is_named() -> None:
    with pytest.raises(UnrecognisedError, match="a page of HTML or XML, not a stream: '502 Bad Gateway'"):
        choose(b"<!DOCTYPE html>\n<title>502 Bad Gateway</title>")


@pytest.mark.parametrize(
    ("data", "name", "content_type", "confidence", "runner_up"),
    [
        (b"data: x\n\n", "", "", "certain", None),
        (b"data: x\n\n", "a.ndjson", "", "certain", "ndjson"),
        (b'{"a":1}', "", "", "guess", "stream+json"),
        (b'{"a":1}', "a.json", "", "likely", "ndjson"),
        (b'{"a":1}', "a.sse", "", "guess", "ndjson"),
        (b'{"a":1}\n{"a":2}\n', "", "application/stream+json", "certain", "ndjson"),
        (b"hello", "a.sse", "", "guess", None),
    ],
)
def test_how_sure_it_is_and_what_comes_next(
    data: bytes, name: str, content_type: str, confidence: str, runner_up: str | None
) -> None:
    choice = choose(data, name, content_type)
    assert (choice.confidence, choice.runner_up) == (confidence, runner_up)


def test_the_order_of_the_evidence() -> None:
    sse, line = b"data: x\n\n", b'{"a":1}\n'
    assert choose(sse, "a.ndjson", "application/json", asked="json").format == "json"
    assert choose(sse, "a.ndjson", "application/json").format == "sse"
    assert choose(line, "a.sse", "application/stream+json").format == "stream+json"
    assert choose(line, "a.json").format == "json"
    assert choose(line, "a.sse").format == "sse"
    assert choose(line).format == "ndjson"
    assert choose(b"hello", "a.sse").format == "sse"
    assert choose(b"", "a.sse").format == "sse"
    assert choose(b"").format == "ndjson"


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b"\x00\xff\\\xfe\n", r"'\x00\xff\\\xfe\n'"),
        (b"x" + "天".encode() * 20, "'x天天天天天天天天天天'"),
        (b"Bad Gateway \xe5", r"'Bad Gateway \xe5'"),
    ],
    ids=["bytes", "text that is cut in a character", "a character that the stream ends in"],
)
def test_what_is_not_recognised_is_quoted(data: bytes, shown: str) -> None:
    with pytest.raises(UnrecognisedError) as caught:
        choose(data)
    assert str(caught.value) == f"no stream format recognised; it begins with {shown} (--from FORMAT names one)"


def test_a_disagreement_is_said() -> None:
    assert choose(b"data: x\n\n", "a.ndjson").disagreement == (
        "the name ends in .ndjson, but the stream begins with the field 'data' of an event stream: read as sse"
    )
    assert choose(b'{"a":1}\n', "a.sse").disagreement == (
        "the name ends in .sse, and the stream begins with a JSON text on one line: read as sse"
    )
    assert choose(b": x\n", content_type="application/json").disagreement == (
        "content type application/json, but the stream begins with a comment of an event stream: read as sse"
    )
    assert choose(b"data: x\n\n", asked="ndjson").disagreement == (
        "read as ndjson, but the stream begins with the field 'data' of an event stream"
    )
    # Nothing decisive disagrees here.
    assert choose(b'{"a":1}\n', asked="sse").disagreement == ""
    assert choose(b"", asked="sse").disagreement == ""


def test_a_timed_capture_without_its_header_is_what_its_lines_are() -> None:
    """With its header it is taken off before; without, its name or content type is disagreed with."""
    line = b'{"t":0,"b":"x"}\n'
    choice = choose(line, "a.timed", "application/x-streamconv-timed")
    assert (choice.format, choice.disagreement) == (
        "ndjson",
        "content type application/x-streamconv-timed, but no header of such a capture: read as ndjson",
    )
    assert choose(line, "a.timed").disagreement == (
        "the name ends in .timed, but no header of such a capture: read as ndjson"
    )
    taken_off = Chooser(None, "", "a.timed", [Peeled("timed", "the header of a timed capture")])
    choice = taken_off.feed(b"data: x\n\n")
    assert choice is not None
    assert choice.disagreement == ""
    assert choose(b"", "a.timed").disagreement == ""


@pytest.mark.parametrize(
    ("data", "format", "confidence"),
    [
        (b'{"a":1}\n{"a":', "ndjson", "certain"),
        (b'{"a":1}\r\n\r\n{"a":2}\r\n', "ndjson", "certain"),
        (b"5\n6\n", "ndjson", "certain"),
        (b'{"a":1}\nhello\n{"a":2}\n', "ndjson", "guess"),
        (b'{"a":1}\n{"a":\n2}\n', "ndjson", "guess"),
        (b"5\ndata: x\n\n", "sse", "guess"),
        (b'5\nhello\n{"a":1}\n', "ndjson", "guess"),
    ],
)
def test_it_is_certain_only_where_the_next_line_may_be_one_too(data: bytes, format: str, confidence: str) -> None:
    assert (choose(data).format, choose(data).confidence) == (format, confidence)
