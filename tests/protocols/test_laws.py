"""What holds for every protocol and every capture, whatever it says.

1. Record by record, or in any batches, a stream says the same and adds up to the same as at once.
2. Looking at what it adds up to so far changes nothing.
3. Cut anywhere, it is never complete unless its terminator was there.
4. No value of any member, and no JSON at all, makes it raise.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamconv import Record, jsontext
from streamconv.protocols.assembler import Assembler
from streamconv.protocols.event import event_of
from streamconv.protocols.message import Message
from streamconv.protocols.protocol import Protocol
from streamconv.protocols.registry import PROTOCOLS
from streamconv.protocols.sign import End, Finish
from streamconv.reports.transcript import summary, transcript
from tests.protocols.streams import Stream, assembled, streams
from tests.reading import decode

pytestmark = pytest.mark.usefixtures("unmeasured")

_CUTS = 200


@cache
def _by_protocol(folder: Path) -> dict[str, list[Stream]]:
    """The streams of each protocol, each once: several tools recorded the same replies."""
    found: dict[str, list[Stream]] = {protocol.name: [] for protocol in PROTOCOLS}
    for stream in {stream.data: stream for stream in streams(folder)}.values():
        name = assembled(stream.records())[1].protocol
        if name is not None:
            found[name].append(stream)
    return found


of_each_protocol = pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda protocol: str(protocol.name))
_WITHOUT_CAPTURE = {"llama-cpp"}


def test_nearly_every_protocol_has_a_capture(captures: Path) -> None:
    by_protocol = _by_protocol(captures)
    assert {name for name, found in by_protocol.items() if not found} == _WITHOUT_CAPTURE
    print(f"{sum(map(len, by_protocol.values()))} streams")


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


@of_each_protocol
def test_a_cut_stream_is_never_complete_before_its_end(protocol: type[Protocol], captures: Path) -> None:
    for stream in _by_protocol(captures)[protocol.name]:
        ended = _end(stream)
        for size, message in _cuts(stream):
            assert not message.verdict.complete or size >= ended, (stream.name, size, message.verdict)


def _cuts(stream: Stream) -> Iterator[tuple[int, Message]]:
    """What the stream adds up to where it is cut after each record, and at 200 places."""
    assembler = Assembler()
    over = 0
    places = [len(stream.data) * number // _CUTS for number in range(_CUTS)]
    for record in stream.records():
        end = over + len(record.raw)
        for size in (place for place in places if over < place < end):
            # The bytes of one record are read by themselves, but in an array, and with the text of the records before.
            before = 0 if stream.format == "json" else over
            cut = deepcopy(assembler) if before else Assembler()
            cut.feed(decode(stream.format, [stream.data[before:size]]))
            cut.finish()
            yield size, cut.snapshot()
        assembler.feed([record])
        over = end
        yield over, assembler.snapshot()


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


_VALUES: tuple[Any, ...] = (None, -1, "text", [None, "a", 3, {}, []], {"a": {"b": [1]}})

Path_ = tuple[str | int, ...]


def _members(value: Any, path: Path_ = ()) -> Iterator[Path_]:
    """The paths of all members, of an array only those of the first element."""
    children = value.items() if isinstance(value, dict) else enumerate(value[:1]) if isinstance(value, list) else ()
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


@of_each_protocol
def test_any_member_of_any_event_may_be_any_json(protocol: type[Protocol], captures: Path) -> None:
    """In one event that has it, and in all of them, every member of any capture is replaced by values of all kinds."""
    tried: set[Path_] = set()
    for stream in _by_protocol(captures)[protocol.name]:
        records = _of_new_shape([record for record in stream.records() if record.kind == "event"])
        having = [{*_members(event_of(record).value)} for record in records]
        for path in sorted(set().union(*having) - tried, key=str):
            tried.add(path)
            first = next(at for at, paths in enumerate(having) if path in paths)
            for new in _VALUES:
                changed = [
                    _with(record, path, new) if path in paths else record
                    for record, paths in zip(records, having, strict=True)
                ]
                assembled([*records[:first], changed[first], *records[first + 1 :]])
                _use(assembled(changed)[1])
    assert tried or protocol.name in (*_WITHOUT_CAPTURE, "replicate")  # which sends text


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
    return record.replace(data=jsontext.dumps(_replaced(event_of(record).value, path, new)).decode())


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


@of_each_protocol
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


@of_each_protocol
def test_a_deep_payload_costs_no_stack(protocol: type[Protocol], captures: Path) -> None:
    deep = "[" * 900 + "]" * 900
    for stream in _by_protocol(captures)[protocol.name][:3]:
        for record in _of_new_shape([record for record in stream.records() if record.kind == "event"]):
            for path in _members(event_of(record).value):
                data = (_with(record, path, "DEEP").data or "").replace('"DEEP"', deep)
                assembler = Assembler(protocol())
                assembler.feed([record.replace(data=data)])
                assembler.finish()
                assembler.snapshot().normalized()
