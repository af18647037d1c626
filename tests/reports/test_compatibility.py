"""What is said of the clients of a stream: in lines that fit, and as plain values."""

from __future__ import annotations

import json

from streamconv.compat import CLIENTS, Comparison, find
from streamconv.formats import decoder
from streamconv.reports.compatibility import Compatibility


def told(data: bytes, *names: str, named: bool = False, most: int = 3, content_type: str = "") -> Compatibility:
    comparison = Comparison([find(name) for name in names] or CLIENTS, most=most, content_type=content_type)
    decode = decoder("sse")
    comparison.feed(decode.feed(data))
    comparison.feed(decode.finish())
    comparison.finish()
    return Compatibility(comparison, "x.sse", named=named)


def test_a_line_for_each_client_and_its_differences_below() -> None:
    found = told(b": c\n\ndata: a\ndata: b\n\n", "browser", "fetch-event-source", "naive")
    assert found.differs
    assert [*found.lines(80, colour=False)] == [
        "x.sse: 1 event",
        "  browser                   1 seen, as the standard",
        "  fetch-event-source 2.0.1  1 seen, 1 extra",
        '    x.sse:1: an extra event: message ""',
        "      | : c␊␊",
        "      it passes on a message at every empty line, after comments and",
        "        keep-alives, too",
        "  naive                     0 seen, 1 extra, 1 changed",
        '    x.sse:4: event 1 is changed: data "a", not "a␊b"',
        "      | data: b␊",
        "      it takes each line of data for an event",
        '    x.sse:4: an extra event: message "b"',
    ]


def test_what_clients_make_of_a_stream_alike_is_told_once() -> None:
    lines = [*told(b"\xef\xbb\xbfid: 1\ndata: a\n\n", "httpx-sse", "sseclient-py", "openai").lines(80, colour=False)]
    assert lines == [
        "x.sse: 1 event",
        "  httpx-sse 0.4.3     0 seen, 1 changed",
        '    x.sse:1: event 1 is changed: id "", not "1"',
        "      | <BOM>id: 1␊",
        "      it keeps the byte order mark, so that the name of the first field is none",
        "        that it knows",
        "  sseclient-py 1.9.0  0 seen, 1 changed: as httpx-sse",
        "  openai 3.54.0       0 seen, 1 changed (framing only): as httpx-sse",
    ]


def test_a_type_that_is_changed_is_told() -> None:
    lines = [*told(b"event: a\n\r\ndata: 1\n\n", "sseclient-py").lines(80, colour=False)]
    assert '    x.sse:1: event 1 is changed: type "a", not "message"' in lines


def test_an_exception_and_what_it_loses() -> None:
    stream = b'retry: 1\n\ndata: {"object":"chat.completion.chunk","choices":[]}\n\ndata: [DONE]\n\n'
    assert [*told(stream, "openai").lines(80, colour=False)] == [
        "x.sse: 2 events, openai-chat",
        "  openai 3.54.0  0 seen, 2 lost, and an exception",
        "    x.sse:1: an exception",
        "      | retry: 1␊",
        "      it raises an exception at data that is no JSON",
        "    x.sse:1: event 1 and 1 more are lost",
    ]
    assert told(stream, "anthropic").differs
    assert not told(b"data: text\n\n", "openai").differs
    assert told(b"data: text\n\n", "openai", named=True).differs


def test_a_response_that_is_refused() -> None:
    found = told(b"data: 1\n\ndata: 2\n\n", "browser", content_type="text/plain")
    assert found.differs
    assert [*found.lines(80, colour=False)] == [
        "x.sse: 2 events",
        "  browser  reads nothing: it refuses content type text/plain",
    ]


def test_the_rest_is_counted_and_nothing_from_the_stream_reaches_a_terminal_raw() -> None:
    found = told(b"data: a\ndata: \x1b[31m\xe4\xbb\x8a\n\n" * 4, "naive", content_type="text/\x1b[31m")
    lines = [*found.lines(80, colour=False)]
    assert lines[-1] == "    and 5 more (--max 0 shows all)"
    assert all(line.isprintable() for line in lines)
    assert "      | data: ␛[31m今␊" in lines


def test_lines_fit_narrow_terminals_and_long_values_are_cut() -> None:
    lines = [*told(b"data: " + b"x" * 500 + b"\ndata: y\n\n" + b": z\n\n" * 9).lines(44, colour=False)]
    assert max(map(len, lines)) <= 44
    assert any("…" in line for line in lines)


def test_differences_are_red() -> None:
    red, *_ = [line for line in told(b"data:1\n\n", "naive").lines(80, colour=True) if "naive" in line]
    assert red == "  naive  \x1b[31m0 seen, 1 lost\x1b[0m"
    assert "\x1b" not in "".join(told(b"data: 1\n\n").lines(80, colour=True))


def test_values_for_programs() -> None:
    facts = told(b"data: 1\n\n: c\n\ndata:\xff\n\n", "fetch-event-source", "openai").facts()
    assert json.loads(json.dumps(facts)) == {
        "events": 2,
        "protocol": None,
        "cut_at": None,
        "clients": [
            {
                "client": "fetch-event-source",
                "version": "2.0.1",
                "compared": "framing",
                "refused": None,
                "seen": 2,
                "lost": 0,
                "extra": 1,
                "changed": 0,
                "raised": 0,
                "differences": [
                    {
                        "kind": "extra",
                        "record": None,
                        "more": 0,
                        "line": 3,
                        "offset": 9,
                        "cause": "every-empty-line",
                        "message": "it passes on a message at every empty line, after comments and keep-alives, too",
                        "excerpt": ": c␊␊",
                        "standard": None,
                        "client": {"data": "", "type": "message", "last_event_id": ""},
                    }
                ],
                "more": 0,
            },
            {
                "client": "openai",
                "version": "3.54.0",
                "compared": "framing",
                "refused": None,
                "seen": 1,
                "lost": 1,
                "extra": 0,
                "changed": 0,
                "raised": 0,
                "differences": [
                    {
                        "kind": "lost",
                        "record": 2,
                        "more": 0,
                        "line": 5,
                        "offset": 14,
                        "cause": "not-utf-8",
                        "message": "it raises UnicodeDecodeError at bytes that are not UTF-8",
                        "excerpt": "data:<FF>␊",
                        "standard": {"data": "\ufffd", "type": "message", "last_event_id": ""},
                        "client": None,
                    }
                ],
                "more": 0,
            },
        ],
    }
    assert told(b"data: 1\n\n", "naive").facts()["clients"][0]["version"] is None
    assert told(b"data: 1\n\n", "openai", named=True).facts()["clients"][0]["compared"] == "handled"
