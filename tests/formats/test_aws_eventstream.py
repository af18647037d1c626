"""`aws-eventstream`: what a message says, what is wrong with one, and where reading goes on."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from botocore.eventstream import EventStreamBuffer

from streamconv import Problem, Record, StreamError, convert, decoder, encoder, read, run
from streamconv.formats import aws_message
from streamconv.formats.faults import fault
from streamconv.formats.losses import losses
from tests.aws_messages import event, header, message, prelude, string
from tests.reading import bytewise, cut, decode, everything

FORMAT = "aws-eventstream"
HELLO = event("messageStart", b'{"role":"assistant"}')


def _read(stream: bytes, max_record_size: int = 2**26) -> list[Record]:
    """The records, which are the same byte by byte, and whose raw bytes are the stream."""
    records = decode(FORMAT, [stream], max_record_size)
    assert [*map(everything, decode(FORMAT, bytewise(stream), max_record_size))] == [*map(everything, records)]
    assert b"".join(record.raw for record in records) == stream
    return records


def _kinds(stream: bytes) -> list[tuple[str, int]]:
    return [(record.kind, len(record.raw)) for record in _read(stream)]


def _fault(stream: bytes, at: int = 0) -> tuple[str, str, int | None]:
    problem = fault(_read(stream)[at])
    assert (problem.line, problem.column) == (None, None)
    return problem.rule, problem.message, problem.offset


# What a message says.


def test_an_event_has_its_type_and_its_payload() -> None:
    records = _read(HELLO + event("messageStop", b'{"stopReason":"end_turn"}'))
    assert records == [
        Record(data='{"role":"assistant"}', event="messageStart"),
        Record(data='{"stopReason":"end_turn"}', event="messageStop"),
    ]
    assert [(record.number, record.offset, record.line) for record in records] == [(1, 0, 1), (2, len(HELLO), 1)]
    assert {(record.carries, record.format) for record in records} == {("json", FORMAT)}


def test_exceptions_and_errors_are_events_that_say_what_they_are() -> None:
    named = string(":exception-type", "throttlingException") + string(":content-type", "application/json")
    exception = message(named + string(":message-type", "exception"), b'{"message":"slow down"}')
    coded = string(":message-type", "error") + string(":error-code", "InternalFailure")
    error = message(coded + string(":error-message", "boom"))
    assert _read(exception + error + message(coded, b"{}") + message(string(":message-type", "error"))) == [
        Record(data='{"message":"slow down"}', event="throttlingException", unknown=((":message-type", "exception"),)),
        Record(data="boom", event="InternalFailure", unknown=((":message-type", "error"),)),
        Record(data="{}", event="InternalFailure", unknown=((":message-type", "error"),)),
        Record(data="", unknown=((":message-type", "error"),)),
    ]


def test_headers_that_say_more_are_unknown_fields_whatever_their_type() -> None:
    headers = (
        header("true", 0, b"")
        + header("false", 1, b"")
        + header("byte", 2, b"\xff")
        + header("short", 3, b"\x80\x00")
        + header("integer", 4, b"\x00\x00\x01\x00")
        + header("long", 5, b"\x7f" + b"\xff" * 7)
        + header("bytes", 6, b"\x00\x02\x00\xff")
        + string(":content-type", "text/plain")
        + header("timestamp", 8, (1_700_000_000_123).to_bytes(8))
        + header("uuid", 9, bytes(range(16)))
    )
    assert _read(message(headers, b"hi")) == [
        Record(
            data="hi",
            unknown=(
                ("true", "true"),
                ("false", "false"),
                ("byte", "-1"),
                ("short", "-32768"),
                ("integer", "256"),
                ("long", "9223372036854775807"),
                ("bytes", "AP8="),
                (":content-type", "text/plain"),
                ("timestamp", "1700000000123"),
                ("uuid", "00010203-0405-0607-0809-0a0b0c0d0e0f"),
            ),
        )
    ]


def test_a_chunk_that_only_wraps_gives_what_it_wraps() -> None:
    def chunk(payload: str) -> str | None:
        return _read(event("chunk", payload.encode()))[0].data

    inner = '{"type":"ping", "n":1.0}'
    wrapped = base64.b64encode(inner.encode()).decode()
    assert chunk(f'{{"bytes":"{wrapped}"}}') == inner
    assert chunk(f'{{"bytes":"{wrapped}","p":"abcdef"}}') == inner
    for kept in (
        f'{{"bytes":"{wrapped}","attribution":{{}}}}',  # InvokeAgent says where an answer is from
        '{"bytes":"no base64"}',
        '{"bytes":"/w=="}',  # no text
        '{"bytes":7}',
        '{"p":"abc"}',
        "[1]",
    ):
        assert chunk(kept) == kept
    assert _read(event("other", f'{{"bytes":"{wrapped}"}}'.encode()))[0].data == f'{{"bytes":"{wrapped}"}}'


def test_a_payload_that_is_no_text_is_said_to_be_lost_and_the_checksums_are_not() -> None:
    text, binary = _read(event("audio", "今".encode()) + event("audio", b"\xff"))
    assert not text.raw.isascii()
    assert [*losses(text, "records")] == []
    assert [*losses(binary, "records")] == ["lost-bytes"]
    assert [*losses(binary.replace(raw=b"\xff"), "records")] == []


# What is wrong, and where reading goes on.


def test_a_message_whose_checksum_is_wrong_is_left_out_and_the_next_is_read() -> None:
    bad = HELLO.replace(b"assistant", b"assistent")
    stream = HELLO + bad + HELLO
    assert _kinds(stream) == [("event", len(HELLO)), ("invalid", len(HELLO)), ("event", len(HELLO))]
    rule, words, offset = _fault(stream, 1)
    assert (rule, offset) == ("aws-message-checksum", 2 * len(HELLO) - 4)
    assert words.startswith(f"the checksum of the message is {HELLO[-4:].hex().upper()}, its bytes give ")
    assert _read(stream)[1].data == '{"role":"assistent"}'


def test_after_bytes_that_are_no_message_the_next_one_proved_is_read() -> None:
    stream = b"<html>\0\0\0\x20\0\0\0\0 an error page" + HELLO
    assert _kinds(stream) == [("invalid", len(stream) - len(HELLO)), ("event", len(HELLO))]
    rule, words, offset = _fault(stream)
    assert (rule, offset) == ("aws-invalid-prelude", 8)
    assert words.startswith("no message starts here: the checksum of the prelude is ")
    assert (_read(stream)[0].data or "").startswith("<html>")
    assert _fault(b"0123456789", 0)[0] == "aws-truncated"
    assert _fault(HELLO + b"?" * 12 + HELLO[:5], 1)[0] == "aws-invalid-prelude"


def test_lengths_that_cannot_be_are_no_prelude() -> None:
    stream = prelude(20, 5) + bytes(8) + HELLO
    assert _kinds(stream) == [("invalid", 20), ("event", len(HELLO))]
    assert _fault(stream) == ("aws-invalid-prelude", "a message of 20 bytes cannot have headers of 5", 0)


def test_a_few_bytes_of_junk_are_said_to_be_some() -> None:
    stream = HELLO + b"junk" + HELLO
    assert _kinds(stream) == [("event", len(HELLO)), ("invalid", 4), ("event", len(HELLO))]
    assert _fault(stream, 1) == ("aws-invalid-prelude", "4 bytes that are not the start of a message", len(HELLO))


def test_a_message_that_lost_bytes_ends_where_the_next_one_begins() -> None:
    stream = HELLO[:40] + HELLO + HELLO
    assert _kinds(stream) == [("invalid", 40), ("event", len(HELLO)), ("event", len(HELLO))]
    assert _fault(stream) == ("aws-cut-message", f"40 of the {len(HELLO)} bytes of a message, then another", 40)
    # The same where the stream ends before the bytes that the first one promised.
    large = event("x", bytes(5000))
    assert _kinds(large[:100] + HELLO) == [("invalid", 100), ("event", len(HELLO))]


def test_a_message_found_inside_another_is_not_searched_again() -> None:
    """Else a stream of preludes that promise much would be summed once for each."""
    promise = prelude(1000, 0)
    assert _kinds(promise * 3) == [("invalid", 12), ("incomplete", 24)]
    stream = promise * 3 + bytes(1200)
    assert _kinds(stream) == [("invalid", 12), ("invalid", 1000), ("invalid", len(stream) - 1012)]


@pytest.mark.parametrize(
    ("headers", "words", "offset"),
    [
        (b"\x00\x00", "a header without a name", 12),
        (b"\x05ab", "a header that is longer than the headers are said to be", 12),
        (b"\x01a", "a header that is longer than the headers are said to be", 12),
        (b"\x01a\x07\x00", "a header that is longer than the headers are said to be", 12),
        (b"\x01a\x07\x00\x05abc", "a header that is longer than the headers are said to be", 12),
        (b"\x01a\x05\x00", "a header that is longer than the headers are said to be", 12),
        (b"\x01a\x0a", "the header 'a' has a value of type 10; there are 0 to 9", 14),
        (b"\x01\xff\x00", "a header that is not UTF-8", 12),
        (b"\x01a\x07\x00\x01\xff", "a header that is not UTF-8", 12),
        (b"\x01a\x00\x01a\x01", "a second header 'a'", 15),
    ],
)
def test_a_wrong_header_makes_its_message_invalid_and_no_more(headers: bytes, words: str, offset: int) -> None:
    bad = message(headers, b"{}")
    assert _kinds(bad + HELLO) == [("invalid", len(bad)), ("event", len(HELLO))]
    assert _fault(bad + HELLO) == ("aws-invalid-header", words, offset)
    assert _read(bad)[0].data == "{}"


def test_the_message_that_a_stream_ends_in_is_incomplete_and_can_be_kept() -> None:
    stream = HELLO + HELLO[:-6]
    assert _fault(stream, 1) == (
        "aws-truncated",
        f"the stream ends after {len(HELLO) - 6} of the {len(HELLO)} bytes of this message",
        len(HELLO),
    )
    assert fault(_read(stream)[1]).hint == "--keep-incomplete passes it on"
    assert _fault(HELLO[:11])[1] == "the stream ends inside the start of a message"
    assert fault(_read(HELLO[:20])[0]).hint == ""
    problems: list[Problem] = []
    kept = b"".join(convert(stream, keep_incomplete=True, report=problems.append))
    assert kept == b'{"role":"assistant"}\n"{\\"role\\":\\"assistant"\n'


def test_a_message_over_the_limit_comes_in_pieces_and_reading_goes_on_after_it() -> None:
    large = event("x", bytes(100))
    records = _read(large + HELLO, max_record_size=len(HELLO))
    assert [(record.kind, len(record.raw)) for record in records] == [
        ("invalid", len(HELLO)),
        ("invalid", len(large) - len(HELLO)),
        ("event", len(HELLO)),
    ]
    problem = fault(records[0])
    assert (problem.rule, problem.line, problem.offset) == ("record-too-large", None, 0)
    cut_short = _read(large[:130], max_record_size=100)
    assert [(record.kind, len(record.raw)) for record in cut_short] == [("invalid", 100), ("invalid", 30)]


def test_junk_over_the_limit_comes_in_pieces() -> None:
    sizes = [len(record.raw) for record in _read(b"?" * 250 + HELLO, max_record_size=100)]
    assert sizes[:3] == [100, 100, 50]
    assert [len(record.raw) for record in _read(b"?" * 11, max_record_size=4)] == [4, 4, 3]


def test_a_record_called_invalid_by_others_is_not_explained() -> None:
    record = _read(HELLO)[0].replace(kind="invalid")
    assert fault(record).rule == "invalid-record"
    assert aws_message.fault(HELLO) is None


def test_problems_are_placed_by_their_byte() -> None:
    problems: list[Problem] = []
    [*read(HELLO + HELLO[:-1], report=problems.append)]
    assert str(problems[0]).startswith(f"byte {len(HELLO)}: error: the stream ends after")
    broken = event("a", b"{}") + event("b", b"{x}")
    second = len(event("a", b"{}"))
    problems.clear()
    b"".join(convert(broken, report=problems.append))
    assert [(problem.rule, problem.line, problem.offset) for problem in problems] == [
        ("lost-event-name", None, 0),
        ("data-json-invalid", None, second),
        ("lost-event-name", None, second),
    ]
    with pytest.raises(StreamError, match=r"^byte 0: error: the event name has a character"):
        [*run([message(string(":event-type", "a\nb"), b"{}")], decoder(FORMAT), encoder("sse"))]


# Against others.


def _by_botocore(stream: bytes) -> list[tuple[dict[str, object], bytes]]:
    buffer = EventStreamBuffer()
    buffer.add_data(stream)
    return [(found.headers, found.payload) for found in buffer]


def test_messages_are_what_botocore_reads() -> None:
    stream = HELLO + message(header("n", 4, b"\xff\xff\xff\xfe") + string(":message-type", "event"), "今".encode())
    theirs = _by_botocore(stream)
    ours = _read(stream)
    assert [payload.decode() for _, payload in theirs] == [record.data for record in ours]
    assert theirs[0][0][":event-type"] == ours[0].event
    assert (theirs[1][0]["n"], ours[1].unknown) == (-2, (("n", "-2"),))


def test_captures_are_what_botocore_reads(captures: Path) -> None:
    files = sorted(captures.glob("*.eventstream"))
    for path in files:
        stream = path.read_bytes()
        events = [record for record in _read(stream) if record.kind == "event"]
        theirs = _by_botocore(stream)
        assert len(events) == len(theirs)
        for record, (headers, payload) in zip(events, theirs, strict=True):
            assert aws_message.payload(record.raw) == payload
            kind = str(headers[":message-type"])
            assert record.event == headers[{"error": ":error-code"}.get(kind, f":{kind}-type")]
        assert [*map(everything, decode(FORMAT, cut(stream, [7, 100, 101, 400])))] == [*map(everything, _read(stream))]
    print(f"{len(files)} captures")
    assert len(files) >= 8
