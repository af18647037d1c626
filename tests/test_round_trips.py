"""Payloads survive every pair of formats, token for token; an event stream survives the records format."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamconv import Record, convert, decoder, encoder, jsontext, run
from tests.reading import READABLE, WRITABLE, decode, hostile

# JSON texts as text: what a parser would change is in them.
_SCALARS = st.sampled_from(
    [
        *("0", "-0", "1.0", "1e400", "123456789012345678901234567890", "1E+2", "true", "false", "null", '""', '"a"'),
        *('"\\ud83d"', '"\\ud83d\\ude00"', '"\\u00e9\\/"', '"\u2028"', '"今天 🙂"', '"[DONE]"', '"data: x"', '"\x7f"'),
    ]
)
_SPACE = st.sampled_from(["", "", " ", "  ", "\t"])


def _texts(space: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def bracketed(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        keys = st.sampled_from(['"a"', '"a"', '"type"', '"\\u0061"', '"é"'])
        members = st.lists(st.tuples(space, keys, space, inner, space).map("{0[0]}{0[1]}{0[2]}:{0[3]}{0[4]}".format))
        elements = st.lists(st.tuples(space, inner, space).map("".join))
        return st.one_of(members.map(lambda them: "{" + ",".join(them) + "}"), elements.map(_array))

    return st.recursive(_SCALARS, bracketed, max_leaves=8)


def _array(texts: list[str]) -> str:
    return "[" + ",".join(texts) + "]"


_LINE = _texts(_SPACE)
_ANY_SPACE = _texts(st.sampled_from(["", " ", "\n", "\r\n", "\t", "\r"]))
_DEEP = "[" * 2000 + "]" * 2000
_PAIRS = [*itertools.product(WRITABLE, WRITABLE)]


def _through(texts: list[str], source: str, target: str) -> list[str | None]:
    """The payloads after: texts → source format → target format, every payload being JSON."""
    records = [Record(data=text, number=at) for at, text in enumerate(texts, 1)]
    first = b"".join(run([records], encoder(source, payload="json")))
    second = b"".join(convert(first, target, source, payload="json"))
    return [record.data for record in decode(target, [second]) if record.kind == "event"]


@pytest.mark.parametrize(("source", "target"), _PAIRS)
@given(texts=st.lists(_LINE, max_size=5))
def test_single_line_payloads_are_kept_byte_for_byte(source: str, target: str, texts: list[str]) -> None:
    assert _through(texts, source, target) == texts


@pytest.mark.parametrize(("source", "target"), [pair for pair in _PAIRS if "sse" not in pair])
@given(texts=st.lists(_LINE, max_size=5))
def test_scalars_need_no_word_from_the_user_where_nothing_is_text(source: str, target: str, texts: list[str]) -> None:
    lines = "".join(f"{text}\n" for text in texts).encode()
    there = b"".join(convert(b"".join(convert(lines, source, "ndjson")), target, source))
    assert b"".join(convert(there, "ndjson", target)) == b"".join(convert(lines, "ndjson", "ndjson"))


@pytest.mark.parametrize(("source", "target"), _PAIRS)
@given(texts=st.lists(_ANY_SPACE, max_size=5))
def test_payloads_over_several_lines_lose_only_white_space(source: str, target: str, texts: list[str]) -> None:
    passed = _through(texts, source, target)
    assert [_compact(text or "") for text in passed] == [*map(_compact, texts)]
    if {source, target} - {"sse", "records"}:
        # What a JSON format wrote stands on one line.
        assert passed == [text.strip() if not set(text) & {"\n", "\r"} else _compact(text) for text in texts]


def _compact(text: str) -> str:
    """White space outside strings removed, by another way than the one tested: a walk over characters."""
    out, inside, escaped = [], False, False
    for char in text:
        if inside or char not in " \t\r\n":
            out.append(char)
        if inside:
            inside = escaped or char != '"'
            escaped = char == "\\" and not escaped
        else:
            inside = char == '"'
    return "".join(out)


@pytest.mark.parametrize(("source", "target"), _PAIRS)
def test_deep_payloads_pass(source: str, target: str) -> None:
    assert _through(['{"a":1}', _DEEP], source, target) == ['{"a":1}', _DEEP]


@pytest.mark.parametrize("target", [one for one in WRITABLE if one not in ("sse", "records")])
@given(
    payloads=st.lists(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=5).filter(lambda text: "\r" not in text)
    )
)
def test_text_payloads_become_strings_and_come_back(target: str, payloads: list[str]) -> None:
    stream = b"".join(run([[Record(data=text) for text in payloads]], encoder("sse")))
    there = b"".join(convert(stream, target, "sse", payload="text"))
    assert [json.loads(record.data or "") for record in decode(target, [there]) if record.kind == "event"] == payloads
    back = b"".join(convert(there, "sse", target, payload="text"))
    assert back == stream


def _for_a_client(records: list[Record]) -> list[object]:
    """What a conforming client sees: dispatched events with their ids, and the reconnection times set."""
    return [
        (record.type, record.data, record.last_event_id) if record.kind == "event" else None
        for record in records
        if record.kind == "event"
    ] + [record.retry for record in records if record.retry is not None and record.kind != "incomplete"]


@given(hostile("sse"))
def test_sse_to_records_to_sse_is_the_same_stream_to_a_client(stream: bytes) -> None:
    ignored: list[object] = []
    records = b"".join(convert(stream, "records", "sse", report=ignored.append))
    back = b"".join(convert(records, "sse", "records"))
    before, after = decode("sse", [stream]), decode("sse", [back])
    assert _for_a_client(after) == _for_a_client(before)
    assert [comment for record in after for comment in record.comments] == [
        comment for record in before for comment in record.comments if record.kind != "incomplete"
    ]
    again = b"".join(convert(back, "records", "sse", report=ignored.append, stable=True))
    assert b"".join(convert(back, "records", "sse", report=ignored.append, stable=True)) == again


@pytest.mark.parametrize("format", READABLE)
@given(st.data())
def test_raw_is_the_input(format: str, data: st.DataObject) -> None:
    stream = data.draw(hostile(format))
    assert b"".join(run([stream], decoder(format), encoder("raw"))) == stream


@given(_ANY_SPACE)
def test_what_is_written_is_valid(text: str) -> None:
    assert jsontext.valid(text.encode())
    assert jsontext.valid(jsontext.single_line(text.encode()))
