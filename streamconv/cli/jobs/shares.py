"""Converting one segment of a stream apart from the others: what a helper of `convert` does, and what it gives back.

Advice to the reader. A share is converted from where the stream is thought to stand at its start: offset and manner as
its own decoder will find them, line, number and last event id as they were when the share was given. Where what is
written does not tell these three, the share is written at once. Where it does (`Task.placed`), the helper says where
its share ends, is told where it really starts, and moves its records before it writes them. Nothing is taken from a
share before the place that was assumed has proved to be the real one, so what is written is what one process writes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator
from typing import Any, Final

import msgspec

from streamconv.cli.heard import Heard
from streamconv.convert import Converter, Reading, Settings, WritingOut
from streamconv.filters import Events, Where
from streamconv.formats.json_document import JSONEncoder
from streamconv.formats.records import RecordsEncoder
from streamconv.formats.sse_encoder import SSEEncoder
from streamconv.formats.standing import Standing
from streamconv.pipeline import blocks
from streamconv.record import Record

BEFORE: Final = "\0"  # stands for the id of what was before; no event stream can hold it as one


class Task(msgspec.Struct, frozen=True):
    """What all shares of a stream have in common."""

    source: str
    target: str
    settings: Settings
    events: tuple[str, ...] = ()
    where: str | None = None
    file: str | None = None
    entry: int | None = None

    @property
    def placed(self) -> bool:
        """True where what is written tells the line, the number or the last event id of its record."""
        if self.target == "records":
            return not self.settings.stable
        return self.target == "sse" and self.source in ("sse", "records")


class Share(msgspec.Struct, frozen=True):
    """A segment of the stream, and where it is thought to start."""

    task: Task
    data: bytes
    standing: Standing


class Converted(msgspec.Struct, frozen=True):
    """What became of a share: what is to be written, said and counted, and where it ended."""

    output: bytes
    rejected: bytes
    heard: tuple[Heard, Heard]  # from reading, where the share was thought to start; and from writing
    end: Standing
    events: int  # that were passed on
    types: Counter[str]  # that came by, where they were asked for
    types_passed: int
    asked: int  # events that were asked whether the expression is true
    true: int
    client_id: str  # of a reader of the event stream that was written; BEFORE where nothing set it
    ended: bool | None  # whether the last event was an end marker; None without one
    begun: bool  # an element was written


def convert_share(share: Share) -> Generator[Standing | None, Standing | None, Converted | None]:
    """Convert a share; where its task is placed, asks for the real start by saying where it ends.

    None is for shares that do not end between two records; as an answer, that the share is not wanted any more.
    """
    task, of_reading, of_writing, rejected = share.task, Heard(), Heard(), list[bytes]()
    reading = Reading(task.source, task.target, task.settings, of_reading.report, rejected.append)
    decoder: Any = reading.decoder
    decoder.standing = share.standing
    events = Events(*task.events) if task.events else None
    where = Where(task.where) if task.where is not None else None
    selection = [one for one in (events, where) if one is not None]
    writing = WritingOut(task.target, task.settings, of_writing.report, selection)
    _go_on(writing, task)
    if task.placed:
        batches = [*map(reading.filter.feed, blocks(share.data))]
        start = yield decoder.standing
        if start is None:
            return None
        if isinstance(writing.encoder, SSEEncoder):
            writing.encoder.client_id = start.last_event_id
        output = b"".join(writing.filter.feed(moved(batch, share.standing, start)) for batch in batches)
    else:
        converter = Converter(reading, writing, of_writing.lose)
        output = b"".join(map(converter.feed, blocks(share.data))) + converter.flush()
    stands: Standing | None = decoder.standing
    if stands is None:
        return None
    encoder = writing.encoder
    return Converted(
        output,
        b"".join(rejected),
        (of_reading, of_writing),
        stands,
        reading.guard.events,
        events.seen if events is not None else Counter(),
        events.passed if events is not None else 0,
        where.seen if where is not None else 0,
        where.passed if where is not None else 0,
        encoder.client_id if isinstance(encoder, SSEEncoder) else BEFORE,
        encoder.ended if isinstance(encoder, SSEEncoder) else None,
        encoder.begun if isinstance(encoder, JSONEncoder) else False,
    )


def _go_on(writing: WritingOut, task: Task) -> None:
    """Let it write what follows something written."""
    if writing.unnamed is not None:
        writing.unnamed.wanted = 0  # the first events have been looked at
    match writing.encoder:
        case JSONEncoder() as encoder:
            encoder.begun = True
        case SSEEncoder() as encoder:
            encoder.client_id, encoder.ended = BEFORE, None
        case RecordsEncoder() as encoder:
            encoder.file, encoder.entry = task.file, task.entry


def moved(batch: list[Record], thought: Standing, start: Standing) -> list[Record]:
    """The records as they are where the stream really stands at the start, and not where it was thought to."""
    lines, number = start.line - thought.line, start.number - thought.number
    return [
        msgspec.structs.replace(
            record,
            line=record.line + lines,
            number=None if record.number is None else record.number + number,
            last_event_id=start.last_event_id if record.last_event_id == BEFORE else record.last_event_id,
        )
        for record in batch
    ]


def end_of(thought: Standing, end: Standing, start: Standing) -> Standing:
    """Where a share really ends that was thought to start and end elsewhere."""
    return msgspec.structs.replace(
        end,
        line=end.line - thought.line + start.line,
        number=end.number - thought.number + start.number,
        last_event_id=start.last_event_id if end.last_event_id == BEFORE else end.last_event_id,
    )


def fits(thought: Standing, start: Standing | None) -> bool:
    """True where reading goes on from the real start as from where it was thought to."""
    return start is not None and (thought.offset, thought.manner) == (start.offset, start.manner)
