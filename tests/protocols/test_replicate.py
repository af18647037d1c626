"""Replicate: plain text, of which leading spaces and line breaks matter."""

from __future__ import annotations

from streamconv.protocols.message import Part
from streamconv.protocols.sign import Delta, End, Finish
from tests.protocols.telling import Told, read


def prediction(*events: tuple[str, str]) -> Told:
    lines = []
    for at, (name, data) in enumerate(events):
        lines.append(f"event: {name}\nid: 1707756341:{at}\n")
        lines += [f"data: {line}\n" for line in data.split("\n")]
        lines.append("\n")
    return read("".join(lines).encode())


def test_the_output_is_the_list_of_its_pieces() -> None:
    told = prediction(
        ("output", ""), ("output", "Why"), ("output", " not:\n\nB"), ("logs", "a"), ("logs", "b"), ("done", "{}")
    )
    assert told.native == {"status": "succeeded", "output": ["", "Why", " not:\n\nB"], "logs": "ab"}
    assert told.parts == (Part("text", "Why not:\n\nB"),)
    assert (told.stream, told.choice.reason, told.choice.finish) == ("complete", "succeeded", "stop")
    assert told.message.verdict.evidence == "done"
    assert told.signs == [
        Delta("0", "text", "Why"),
        Delta("0", "text", " not:\n\nB"),
        Finish("succeeded"),
        End(),
    ]


def test_text_that_looks_like_json_is_text() -> None:
    assert prediction(("output", "{}"), ("output", '{"a": 1}')).message.text == '{}{"a": 1}'


def test_a_prediction_may_be_cancelled_or_fail() -> None:
    cancelled = prediction(("output", "a"), ("done", '{"reason": "canceled"}'))
    assert (cancelled.native["status"], cancelled.choice.finish) == ("canceled", "cancelled")
    failed = prediction(("output", "a"), ("error", '{"detail": "out of memory"}'), ("done", '{"reason": "error"}'))
    assert failed.native["status"] == "failed"
    assert failed.native["error"] == failed.message.error == {"detail": "out of memory"}
    assert failed.message.verdict.evidence == "an error in the stream: out of memory (error)"
    assert prediction(("output", "a"), ("error", "broken")).message.error == "broken"


def test_without_done_it_is_still_processing() -> None:
    told = prediction(("output", "a"))
    assert told.native == {"status": "processing", "output": ["a"]}
    assert told.parts == (Part("text", "a", partial=True),)
    assert told.stream == "no-terminator"


def test_outputs_with_other_ids_are_not_recognised() -> None:
    assert read(b"event: output\nid: 7\ndata: x\n\n").message.protocol is None
    assert read(b"event: output\ndata: x\n\n").message.protocol is None
