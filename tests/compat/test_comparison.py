"""What is seen, lost, extra and changed, and the bytes that it comes of."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamconv.captures.places import Place
from streamconv.compat import CLIENTS, Client, Comparison, Difference, Level, find
from streamconv.formats import decoder
from tests.compat.reading import read
from tests.conftest import FIXTURES
from tests.test_conformance import CASES

SSE_CASES = [case for case in CASES if case["format"] == "sse"]
CHUNK = b'data: {"object":"chat.completion.chunk","id":"c","choices":[]}\n\n'
START = b'event: message_start\ndata: {"type":"message_start","message":{"id":"m","role":"assistant"}}\n\n'


def compared(data: bytes, *names: str, most: int = 100, limit: int = 2**20, **response: Any) -> Comparison:
    """The clients named, or all, over the bytes."""
    comparison = Comparison([find(name) for name in names] or CLIENTS, most=most, limit=limit, **response)
    decode = decoder("sse", max_record_size=limit)
    comparison.feed(decode.feed(data))
    comparison.feed(decode.finish())
    comparison.finish()
    return comparison


def level(data: bytes, name: str, *, named: bool = False, **asked: Any) -> Level:
    """What reaches the caller of one client."""
    comparison = compared(data, name, **asked)
    return comparison.clients[0].level(comparison.protocol, named=named)


def counts(level: Level) -> tuple[int, int, int, int, int]:
    return level.seen, level.lost, level.extra, level.changed, level.raised


def told(difference: Difference) -> tuple[str, int | None, int | None, bytes, str]:
    assert difference.cause is not None
    cause = difference.cause
    return difference.kind, difference.number, difference.place.line, cause.excerpt, cause.departure


def levels(client: Client) -> list[Level]:
    return [client.framing] if client.handled is None else [client.framing, client.handled]


@pytest.mark.parametrize("case", SSE_CASES, ids=[case["id"] for case in SSE_CASES])
def test_every_event_is_accounted_for_and_every_difference_has_a_cause(case: dict[str, Any]) -> None:
    data = base64.b64decode(case["input_b64"])
    comparison = compared(data)
    assert comparison.events == len(case["expect"])
    for client in comparison.clients:
        framing = client.framing
        assert framing.seen + framing.extra + framing.changed == len(read(client.profile.name, data)[0])
        for one in levels(client):
            assert one.seen + one.lost + one.changed == comparison.events
            assert one.differing == sum(1 + difference.more for difference in one.differences)
            assert all(difference.cause for difference in one.differences)
    assert counts(comparison.clients[0].framing) == (comparison.events, 0, 0, 0, 0)


@pytest.mark.parametrize("name", ["anthropic.sse", "openai-chat.sse", "tokens.sse"])
def test_what_servers_send_is_read_alike_by_all(name: str) -> None:
    comparison = compared((FIXTURES / name).read_bytes())
    for client in comparison.clients:
        assert counts(client.level(comparison.protocol, named=False)) == (comparison.events, 0, 0, 0, 0)


def test_an_event_that_is_lost() -> None:
    found = level(b"\xef\xbb\xbfdata: 1\n\ndata: 2\n\n", "httpx-sse")
    assert counts(found) == (1, 1, 0, 0, 0)
    assert [*map(told, found.differences)] == [("lost", 1, 1, b"\xef\xbb\xbfdata: 1\n", "bom-kept")]


def test_an_event_that_is_extra_shows_its_whole_block() -> None:
    found = level(b"data: 1\n\nevent: a\n: b\n\ndata: 2\n\n", "httpx-sse")
    assert counts(found) == (2, 0, 1, 0, 0)
    assert [*map(told, found.differences)] == [("extra", None, 3, b"event: a\n: b\n\n", "without-data")]


def test_events_that_run_together_are_a_lost_one_and_a_changed_one() -> None:
    found = level(b"data: 1\n\r\ndata: 2\n\n", "sseclient-py")
    assert counts(found) == (0, 1, 0, 1, 0)
    lost, changed = found.differences
    assert told(lost) == ("lost", 1, 1, b"data: 1\n\r\n", "mixed-line-ends")
    assert told(changed) == ("changed", 2, 1, b"data: 1\n\r\n", "mixed-line-ends")
    assert changed.theirs is not None
    assert changed.theirs.data == "1\n2"


def test_events_of_a_line_each_are_a_changed_one_and_extra_ones() -> None:
    found = level(b"data: 1\ndata: 2\ndata: 3\n\n", "naive")
    assert counts(found) == (0, 0, 2, 1, 0)
    assert {told(one)[2:] for one in found.differences} == {(2, b"data: 2\n", "every-data-line")}


def test_an_id_that_was_not_told_changes_a_later_event() -> None:
    found = level(b"id: 1\n\n: c\n\ndata: a\n\n", "eventsource-parser-3")
    assert counts(found) == (0, 0, 0, 1, 0)
    assert told(found.differences[0]) == ("changed", 1, 1, b"id: 1\n\n", "id-without-data")
    assert counts(level(b"id: 1\n\n: c\n\ndata: a\n\n", "eventsource-parser")) == (1, 0, 0, 0, 0)


def test_a_client_that_is_late_is_compared_all_the_same() -> None:
    found = level(b"data: 1\r\rdata: 2\r\r", "eventsource-parser-3")
    assert counts(found) == (1, 1, 0, 0, 0)
    assert told(found.differences[0]) == ("lost", 2, 3, b"data: 2\r\r", "last-cr-held")


def test_what_a_stream_ends_in() -> None:
    found = level(b"data: 1\n\ndata: 2\n", "sseclient-py")
    assert counts(found) == (1, 0, 1, 0, 0)
    assert told(found.differences[0]) == ("extra", None, 3, b"data: 2\n", "at-the-end")
    assert told(level(b"data: 1\n\ndata: 2\n", "naive").differences[0])[2:] == (3, b"data: 2\n", "at-the-end")


def test_an_exception_loses_the_rest_and_is_told_once() -> None:
    found = level(b"data: 1\n\ndata: \xff\n\ndata: 3\n\ndata: 4\n\n", "sseclient-py")
    assert counts(found) == (1, 3, 0, 0, 0)
    (lost,) = found.differences
    assert told(lost) == ("lost", 2, 3, b"data: \xff\n", "not-utf-8")
    assert lost.more == 2


def test_an_exception_that_loses_nothing_is_a_difference_too() -> None:
    found = level(b"data: 1\n\n: \xff\n", "openai")
    assert counts(found) == (1, 0, 0, 0, 1)
    assert told(found.differences[0]) == ("raised", None, 3, b": \xff\n", "not-utf-8")
    # Nobody reads on after the end marker, so nothing is raised there.
    assert counts(level(CHUNK + b"data: [DONE]\n\n: \xff\n", "openai")) == (2, 0, 0, 0, 0)


def test_what_reaches_the_caller_of_an_sdk_counts_in_streams_that_it_is_for() -> None:
    retry = b"retry: 3000\n\n" + CHUNK + b"data: [DONE]\n\n"
    found = level(retry, "openai")
    assert counts(found) == (0, 2, 0, 0, 1)
    raised, lost = found.differences
    assert told(raised) == ("raised", None, 1, b"retry: 3000\n", "not-json")
    assert told(lost) == ("lost", 1, 1, b"retry: 3000\n", "not-json")
    assert lost.more == 1
    # In others its reader of event streams counts, unless it was asked for by name.
    assert counts(level(b"data: text\n\n", "openai")) == (1, 0, 0, 0, 0)
    assert counts(level(b"data: text\n\n", "openai", named=True)) == (0, 1, 0, 0, 0)


def test_what_an_sdk_keeps_to_itself_is_not_lost() -> None:
    stream = START + b"event: ping\ndata: {}\n\nretry: 5\n\nevent: a\ndata:\n\ndata: {}\n\n"
    found = level(stream, "anthropic")
    assert counts(found) == (2, 2, 0, 0, 0)
    assert [told(one)[1:] for one in found.differences] == [
        (3, 9, b"event: a\n", "empty"),
        (4, 12, b"data: {}\n", "unnamed"),
    ]


def test_an_error_ends_what_an_sdk_reads() -> None:
    found = level(START + b"event: error\ndata: {}\n\nevent: message_stop\ndata: {}\n\n", "anthropic")
    assert counts(found) == (2, 1, 0, 0, 0)
    assert told(found.differences[0]) == ("lost", 3, 4, b"event: error\n", "error-event")
    found = level(CHUNK + b'data: {"error":"no"}\n\n' + CHUNK, "openai")
    assert counts(found) == (2, 1, 0, 0, 0)
    assert told(found.differences[0])[1:] == (3, 3, b'data: {"error":"no"}\n', "error-member")


def test_several_events_of_a_record_after_the_end_are_none() -> None:
    assert counts(level(b"data: [DONE]\ndata: 1\n\ndata: 2\n\n", "naive")) == (0, 1, 0, 1, 0)


def test_a_response_that_is_refused_is_lost_whole() -> None:
    comparison = compared(b"data: 1\n\n: c\n\n", "browser", "openai", content_type="text/plain", status=500)
    browser, openai = comparison.clients
    assert (browser.refused, openai.refused) == ("status 500", "status 500")
    assert counts(browser.level(None, named=True)) == (0, 1, 0, 0, 0)
    assert openai.level(None, named=True) is openai.framing


def test_only_so_many_differences_are_kept() -> None:
    found = level(b"data:1\n\n" * 10, "naive", most=3)
    assert counts(found) == (0, 10, 0, 0, 0)
    assert (len(found.differences), found.more) == (3, 7)


def test_a_long_line_is_shown_where_it_matters() -> None:
    (lost,) = level(b"data: " + "今".encode() * 100 + b"\xff" + b"b" * 100 + b"\n\n", "openai").differences
    assert lost.cause is not None
    assert lost.cause.excerpt == "今".encode() * 8 + b"\xff" + b"b" * 39
    assert (lost.cause.cut_before, lost.cause.cut_after) == (True, True)


def test_places_are_those_of_the_file() -> None:
    found = level(b"data: 1\n\ndata:2\n\n", "naive", placed=lambda place: Place((place.line or 0) + 10, None, 99))
    assert [one.place for one in found.differences] == [Place(13, None, 99)]


def test_a_difference_without_a_known_cause_is_placed_at_its_record() -> None:
    from streamconv.compat.causes import Causes
    from streamconv.record import Record

    causes = Causes(lambda place: place)
    record = Record(line=4, offset=20, raw=b"data: 1\n\n")
    assert causes.of(record) is None
    assert causes.place(record, None) == Place(4, None, 20)


def test_a_record_too_large_to_be_read_ends_the_comparison() -> None:
    comparison = compared(b"data: 1\n\ndata: " + b"2" * 200 + b"\n\ndata: 3\n\n", "browser", limit=100)
    assert (comparison.events, comparison.cut_at) == (1, 3)
    assert counts(comparison.clients[0].framing) == (1, 0, 0, 0, 0)


def test_events_that_run_together_for_ever_are_given_up() -> None:
    found = level(b"data: 12345678\n\r\n" * 50, "sseclient-py", limit=100)
    assert found.lost == 50
    assert found.ended is not None
    assert found.ended.departure == "too-large"


def standing(comparison: Comparison) -> list[Any]:
    """All that is known of the clients."""
    of_levels = [one for client in comparison.clients for one in levels(client)]
    return [(counts(one), one.differences, one.more, one.ended) for one in of_levels]


def assert_floods_are_only_a_short_cut(data: bytes, *, most: int = 3, ended: bool = True) -> None:
    """Record by record nothing is a flood: that is what it must come to."""
    decode = decoder("sse")
    records = decode.feed(data) + decode.finish()
    whole, one_by_one = Comparison(CLIENTS, most=most), Comparison(CLIENTS, most=most)
    whole.feed(records)
    for record in records:
        one_by_one.feed([record])
    whole.finish(ended=ended)
    one_by_one.finish(ended=ended)
    assert standing(whole) == standing(one_by_one)


# Of a flood of empty lines most are not read, and nobody can tell: whatever came before, comes after, or follows.
PIECES = st.sampled_from(
    [
        b"data: 1\n\n",
        b"id: 7\n\n",
        b"data: 1\r\n\n",
        b"event: a\n",
        b"retry: 5\n\n",
        b"data\n",
        b": \x0bdata: x\r",
        b"\xff",
    ]
)
FLOODS = st.tuples(st.sampled_from([b"\n", b"\r\n", b"\r"]), st.integers(130, 150)).map(lambda pair: pair[0] * pair[1])


@given(st.lists(PIECES | FLOODS, max_size=6).map(b"".join), st.sampled_from([0, 1, 3, 1000]), st.booleans())
def test_a_flood_of_empty_lines_is_counted_as_if_each_was_read(data: bytes, most: int, ended: bool) -> None:
    assert_floods_are_only_a_short_cut(data, most=most, ended=ended)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("before", [b"", b"id: 7\ndata: 1\n\n", b"data: 1\r\n\n", b"retry: 5\n\n"])
@pytest.mark.parametrize("most", [3, 1000])
def test_floods_after_what_clients_remember(before: bytes, end: bytes, most: int) -> None:
    for size in (131, 132, 133, 134, 135, 136, 137, 400):
        assert_floods_are_only_a_short_cut(before + end * size + b"data:2\n\n\ndata: 3\n\n", most=most)


def test_of_a_flood_little_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[bytes] = []
    feed = Client.feed
    monkeypatch.setattr(Client, "feed", lambda client, record: (read.append(record.raw), feed(client, record)))
    comparison = Comparison(CLIENTS)
    comparison.feed(decoder("sse").feed(b"id: 7\ndata: 1\n\n" + b"\n" * 100_000))
    assert len(read) < 200 * len(CLIENTS)
    extra = {client.profile.name: client.framing.extra for client in comparison.clients if client.framing.extra}
    # The last line waits for what the end of the stream may add.
    assert extra == dict.fromkeys(("fetch-event-source", "httpx-sse", "openai", "anthropic"), 99_999)
