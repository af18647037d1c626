"""What holds for every protocol and every capture, whatever it says.

1. Record by record, or in any batches, a stream says the same and adds up to the same as at once.
2. Looking at what it adds up to so far changes nothing.
3. Cut anywhere, it is never complete unless its terminator was there.
4. No value of any member, and no JSON at all, makes it raise.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamconv import Record, jsontext
from streamconv.protocols import PROTOCOLS, Assembler, Message, Protocol
from streamconv.protocols.event import event_of
from streamconv.protocols.sign import End, Finish
from streamconv.reports.transcript import summary, transcript
from tests.protocols.streams import Stream, assembled, streams
from tests.reading import decode

pytestmark = pytest.mark.usefixtures("unmeasured")

_CUTS = 200


@cache
def _of_protocols(folder: Path) -> list[Stream]:
    """The streams that some protocol is found in, each once: several tools recorded the same replies."""
    each = {stream.data: stream for stream in streams(folder)}.values()
    found = [stream for stream in each if assembled(stream.records())[1].protocol is not None]
    assert len(found) >= 50
    return found


def test_in_any_batches_a_stream_adds_up_to_the_same(captures: Path) -> None:
    for stream in streams(captures):
        records = stream.records()
        at_once = assembled(records)
        for size in (1, 2, 7, 31):
            assert assembled(records, size) == at_once, (stream.name, size)


def test_looking_changes_nothing(captures: Path) -> None:
    for stream in streams(captures):
        records = stream.records()
        seen = Assembler()
        looks = max(1, len(records) // 50)
        for at, record in enumerate(records):
            seen.feed([record])
            if at % looks == 0:
                before = seen.snapshot()
                assert before == seen.snapshot(), stream.name
                _use(before)
        seen.finish()
        assert seen.snapshot() == assembled(records)[1], stream.name


def test_a_cut_stream_is_never_complete_before_its_end(captures: Path) -> None:
    for stream in _of_protocols(captures):
        ended = _end(stream)
        assembler = Assembler()
        over = 0
        for record in stream.records():
            assembler.feed([record])
            over += len(record.raw)
            complete = assembler.snapshot().verdict.complete
            assert not complete or over >= ended, (stream.name, over)
        for number in range(_CUTS):
            size = len(stream.data) * number // _CUTS
            _, message = assembled(stream.records(size))
            assert not message.verdict.complete or size >= ended, (stream.name, size, message.verdict)


def _end(stream: Stream) -> int:
    """How many bytes of the stream hold its first terminator; without one, the first finish of a choice."""
    said, _ = assembled(stream.records())
    found = next((record for record, sign in said if isinstance(sign, End)), None)
    found = found or next((record for record, sign in said if isinstance(sign, Finish)), None)
    if found is None:
        return len(stream.data) + 1
    over = 0
    for record in stream.records():
        over += len(record.raw)
        if record.number == found.number and record.kind == found.kind:
            break
    # The LF of a CR LF, and the line end of a JSON text, may be missing.
    return over - (found.raw.endswith(b"\r\n") if stream.format == "sse" else len(found.raw) - len(found.raw.rstrip()))


def _use(message: Message) -> None:
    """Everything that is made of a message."""
    if message.native is not None:
        jsontext.dumps(message.native)
    jsontext.dumps(message.normalized())
    for choice in message.choices:
        transcript(choice, colour=True)
    assert [*summary(message)]


_VALUES: tuple[Any, ...] = (None, 7, -1.5, True, "text", "", [], [None, "a", 3, {}], {}, {"a": {"b": [1]}}, [[]])

Path_ = tuple[str | int, ...]


def _members(value: Any, path: Path_ = ()) -> Iterator[Path_]:
    """The paths of all members, of an array only those of the first two elements."""
    children = value.items() if isinstance(value, dict) else enumerate(value[:2]) if isinstance(value, list) else ()
    for key, child in children:
        yield (*path, key)
        yield from _members(child, (*path, key))


def _replaced(value: Any, path: Path_, new: Any) -> Any:
    """A copy of the value in which what stands at the path is another."""
    if not path:
        return new
    key, *rest = path
    if isinstance(value, dict) and key in value:
        return {**value, key: _replaced(value[key], tuple(rest), new)}
    if isinstance(value, list) and isinstance(key, int) and key < len(value):
        return [*value[:key], _replaced(value[key], tuple(rest), new), *value[key + 1 :]]
    return value


def test_any_member_of_any_event_may_be_any_json(captures: Path) -> None:
    """One event in which a member is found, and all of them, with every other kind of value there."""
    tried: set[tuple[str, Path_]] = set()
    for stream in _of_protocols(captures):
        protocol = assembled(stream.records())[1].protocol or ""
        records = _of_new_shape([record for record in stream.records() if record.kind == "event"])
        for path in [*dict.fromkeys(path for record in records for path in _members(event_of(record).value))]:
            if (protocol, path) in tried:
                continue
            tried.add((protocol, path))
            for new in _VALUES:
                changed = [_with(record, path, new) for record in records]
                _use(assembled(changed)[1])
                first = next(at for at, record in enumerate(records) if record != changed[at] or new is None)
                _use(assembled([*records[:first], changed[first], *records[first + 1 :]])[1])
    print(f"{len(tried)} members")
    assert len(tried) >= 500


def _of_new_shape(records: list[Record]) -> list[Record]:
    """Those whose payload has a member at a path where none before had one, and the last ones."""
    seen: set[Path_] = set()
    kept: list[Record] = []
    for at, record in enumerate(records):
        paths = {*_members(event_of(record).value)}
        if not paths <= seen or at >= len(records) - 3:
            kept.append(record)
        seen |= paths
    return kept


def _with(record: Record, path: Path_, new: Any) -> Record:
    value = event_of(record).value
    return record if value is None else record.replace(data=jsontext.dumps(_replaced(value, path, new)).decode())


# Words that protocols look for, so that random objects go deep into them.
_KEYS = """
    type event choices delta content text index message role parts candidates finish_reason finishReason usage id name
    tool_calls function arguments response output item item_id output_index content_index part content_block input
    partial_json error code done is_finished event_type object data v p o c functionCall args result jsonrpc method
    params toolCallId inputTextDelta token generated_text contentBlockDelta contentBlockIndex toolUse messageStop
    event_id run_id kind artifact status task step delta messages namespace refusal reasoning_content thinking
""".split()
_WORDS = """
    message_start content_block_start content_block_delta content_block_stop message_delta message_stop text
    input_json_delta tool_use response.created response.output_text.delta response.completed chat.completion.chunk
    text-start text-delta text-end tool-input-start finish start RUN_STARTED TEXT_MESSAGE_CONTENT RUN_FINISHED 2.0
    text-generation stream-end content-start content-delta tool-call-delta append replace add
""".split()
_json = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 3) | st.sampled_from([*_WORDS, "", "a", "{", '{"a":1}']),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=4),
    max_leaves=12,
)
_objects = st.dictionaries(st.sampled_from(_KEYS), _json, min_size=1, max_size=6)
_events = st.lists(st.tuples(st.sampled_from([None, *_WORDS, "error", "ping"]), _objects), max_size=6)


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda protocol: str(protocol.name))
@given(_events)
def test_any_json_is_taken(protocol: type[Protocol], events: list[tuple[str | None, Any]]) -> None:
    records = [
        Record(data=jsontext.dumps(value).decode(), event=name, number=number, format="sse")
        for number, (name, value) in enumerate(events, 1)
    ]
    assembler = Assembler(protocol())
    for record in records:
        protocol.recognises(event_of(record))
        assembler.feed([record])
    assembler.finish()
    _use(assembler.snapshot())


def test_any_bytes_are_taken() -> None:
    for data in (
        b"",
        b"\xff\xfe\0",
        b"data: [DONE]\n\n",
        b"data: {\n\n",
        b"data: [1]\n\ndata: 7\n\n",
        b"event: error\n\n",
    ):
        _use(assembled(decode("sse", [data]))[1])


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda protocol: str(protocol.name))
def test_a_deep_payload_costs_no_stack(protocol: type[Protocol], captures: Path) -> None:
    stream = next(
        (one for one in _of_protocols(captures) if assembled(one.records())[1].protocol == protocol.name), None
    )
    assert stream is not None
    deep = "[" * 900 + "]" * 900
    for record in _of_new_shape([record for record in stream.records() if record.kind == "event"]):
        for path in _members(event_of(record).value):
            marked = _with(record, path, "DEEP")
            assembler = Assembler(protocol())
            assembler.feed([marked.replace(data=(marked.data or "").replace('"DEEP"', deep))])
            assembler.finish()
            assembler.snapshot().normalized()
