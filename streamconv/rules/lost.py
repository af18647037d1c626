"""Rules `lost-…`: what converting says that the target cannot carry. They are not about a stream by itself."""

from __future__ import annotations

from typing import ClassVar, Final

from streamconv.problem import Severity
from streamconv.rules.rule import Rule


class Lost(Rule):
    """A rule that converting judges: `bad` loses something on its way to NDJSON, `good` does not."""

    formats = ("sse",)
    severity: ClassVar[Severity] = "warning"
    clause = "-"
    hint = "--to records keeps everything; --lossless stops before the first loss"
    target: ClassVar[str | None] = "ndjson"


class LostEventName(Lost):
    """An event has a name that its payload does not carry.

    NDJSON has no place for it. Where the payload has the same name in `type`, `event` or `event_type`, nothing is lost.
    """

    name = "lost-event-name"
    bad = b'event: done\ndata: {"n":1}\n\n'
    good = b'event: done\ndata: {"type":"done"}\n\n'


class LostId(Lost):
    """An event has an id, for which the target has no place.

    A client that reconnects says with it where it was (`Last-Event-ID`); what is written cannot be resumed there.
    """

    name = "lost-id"
    bad = b'id: 7\ndata: {"n":1}\n\n'
    good = b'data: {"n":1}\n\n'


class LostRetry(Lost):
    """A block sets the time to wait before a reconnect, for which the target has no place.

    It is meant for the client of this connection and says nothing about the events.
    """

    name = "lost-retry"
    bad = b'retry: 3000\ndata: {"n":1}\n\n'
    good = b'data: {"n":1}\n\n'


class LostIncomplete(Lost):
    """The stream ends inside a record, which is not passed on.

    `--keep-incomplete` passes it on as if it were whole.
    """

    name = "lost-incomplete"
    bad = b'data: {"n":1}\n\ndata: {"n":2}\n'
    good = b'data: {"n":1}\n\ndata: {"n":2}\n\n'


class LostUnknownField(Lost):
    """A block has fields that clients ignore, for which the target has no place.

    Servers have put things there that people look for: llama.cpp an `error:`, Zhipu its `meta:`.
    """

    name = "lost-unknown-field"
    bad = b'meta: x\ndata: {"n":1}\n\n'
    good = b'data: {"n":1}\n\n'


class LostTime(Lost):
    """The time of arrival is known, and the target has no place for it.

    Without it nobody can tell afterwards where the stream was silent, or that something buffered it.
    """

    name = "lost-time"
    bad = b'{"n":1,"data":{"n":1},"time":0.5}\n'
    good = b'{"n":1,"data":{"n":1}}\n'
    formats = ("records",)


class LostBytes(Lost):
    """Bytes that are not UTF-8 were read as U+FFFD, and cannot be written back.

    Only `--to raw` keeps them.
    """

    name = "lost-bytes"
    hint = "--to raw keeps the bytes"
    bad = b"data: caf\xe9\n\n"
    good = b"data: caf\xc3\xa9\n\n"


class LostLineEnd(Lost):
    """A payload holds a CR, which an event stream turns into a line end of its own.

    A client joins data lines with LF, so the CR does not come back.
    """

    name = "lost-line-end"
    formats = ("records",)
    target = "sse"
    bad = b'{"text":"a\\rb"}\n'
    good = b'{"text":"a\\nb"}\n'


class LostComment(Lost):
    """A block has comments, for which the target has no place.

    Most only keep the connection open (`: ping`); some say more (`: OPENROUTER PROCESSING`). Said with `-v` only.
    """

    name = "lost-comment"
    severity = "info"
    bad = b': ping\ndata: {"n":1}\n\n'
    good = b'data: {"n":1}\n\n'


class LostEndMarker(Lost):
    """`[DONE]` is no JSON text and not written into formats of JSON.

    It tells clients of the OpenAI API, and of servers like it, that the stream is whole. `--done` appends it again when
    an event stream is written. Said with `-v` only.
    """

    name = "lost-end-marker"
    severity = "info"
    bad = b'data: {"n":1}\n\ndata: [DONE]\n\n'
    good = b'data: {"n":1}\n\n'


RULES: Final[tuple[type[Rule], ...]] = (
    LostEventName, LostId, LostRetry, LostIncomplete, LostUnknownField, LostTime, LostBytes, LostLineEnd, LostComment,
    LostEndMarker,
)  # fmt: skip
