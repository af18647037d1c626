"""`vercel-data-stream`, the line protocol of the Vercel AI SDK 3.4 to 4: a code, a colon, a JSON text. Reading only.

It is sent as `text/plain` with the header `x-vercel-ai-data-stream: v1`. The parts are named as its reader names them,
`processDataStream` of `@ai-sdk/ui-utils` 1.2. From version 5 on the SDK sends Server-Sent Events instead.
"""

from __future__ import annotations

from typing import Final

from streamconv import jsontext
from streamconv.formats.lines import LineDecoder
from streamconv.jsonscan import WHITE_SPACE
from streamconv.record import Kind

# What the codes stand for; 1, 4 to 7 are of assistant streams and of older versions.
PARTS: Final = {
    b"0": "text",
    b"1": "function_call",
    b"2": "data",
    b"3": "error",
    b"4": "assistant_message",
    b"5": "assistant_control_data",
    b"6": "data_message",
    b"7": "tool_calls",
    b"8": "message_annotations",
    b"9": "tool_call",
    b"a": "tool_result",
    b"b": "tool_call_streaming_start",
    b"c": "tool_call_delta",
    b"d": "finish_message",
    b"e": "finish_step",
    b"f": "start_step",
    b"g": "reasoning",
    b"h": "source",
    b"i": "redacted_reasoning",
    b"j": "reasoning_signature",
    b"k": "file",
}


class VercelDecoder(LineDecoder):
    """Bytes to Records, one a line: the event is the name of the line's code, the data its JSON text, unchanged.

    As with the SDK, a valid last line needs no LF, and a code that is not known makes a line invalid.
    """

    format = "vercel-data-stream"

    def _judge(self, text: bytes, raw: bytes, at_end: bool) -> tuple[Kind, str | None, bytes]:
        if not text:
            return "control", None, text
        name = PARTS.get(text[:1])
        if name is None or text[1:2] not in (b":", b"") or raw[:1] in (b" ", b"\t"):
            return "invalid", None, text
        payload = text[2:].lstrip(WHITE_SPACE)
        if jsontext.valid(payload):
            return "event", name, payload
        found = jsontext.fault(payload)
        cut = at_end and found is not None and found.truncated
        return "incomplete" if cut else "invalid", name, payload or text
