"""The shape of a record: its bytes, with a pattern in place of each value that no rule looks at. JSON is RFC 8259.

Advice to the reader. A pattern lets pass only what no rule of JSON texts speaks of: strings without halves of surrogate
pairs, integers that doubles hold exactly, numbers that doubles hold. Names are part of the shape, so that what has the
shape of a text without duplicate names has none. So is whether a text is empty: records of one shape say something in
the same places.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

from streamconv.record import Record

_ESCAPE: Final = (  # a surrogate stands in a pair only
    rb'\\(?:["\\/bfnrt]|u(?:[0-9abcefABCEF][0-9a-fA-F]{3}|[dD]'
    rb"(?:[0-7][0-9a-fA-F]{2}|[89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})))"
)
_STRING: Final = rb'"[^"\\\x00-\x1f]*+(?:' + _ESCAPE + rb'[^"\\\x00-\x1f]*+)*+"'
_SAID: Final = rb'"(?!")' + _STRING[1:]
_TOLD: Final = rb'"(?!")(' + _STRING[1:-1] + rb')"'  # the same, and a group
_NUMBER: Final = rb"-?+(?:0|[1-9][0-9]{0,14}+)(?:\.[0-9]++)?+(?:[eE][-+]?+[0-9]{1,2}+)?+"
_COUNT: Final = rb"(?:0|[1-9][0-9]{0,14}+)"
_PLACE: Final = rb'(?:"[^"\\\x00-\x1f]*+"|' + _COUNT + rb")"
_NUMBERS: Final = rb"\[" + _NUMBER + rb"(?:,[ ]?+" + _NUMBER + rb")*+\]"
_WORD: Final = rb"(?:true|false|null)"

_ANY_NUMBER: Final = rb"-?[0-9][0-9.eE+-]*+"
_TOKEN = re.compile(
    rb'(?P<name>"(?:[^"\\]++|\\.)*+")[ \t\r\n]*+:|(?P<string>"(?:[^"\\]++|\\.)*+")|'
    rb"(?P<numbers>\[" + _ANY_NUMBER + rb"(?:,[ ]?" + _ANY_NUMBER + rb")*+\])|(?P<number>" + _ANY_NUMBER + rb")|"
    rb"(?P<word>true|false|null)|(?P<open>[{\[])|(?P<close>[}\]])"
)
_PATTERNS: Final = {"string": _STRING, "numbers": _NUMBERS, "number": _NUMBER, "word": _WORD}

# Members whose values decide nothing, of all protocols: texts, as long as there are some, what pads them, and when they
# were made.
_TEXTS: Final = b"content text delta thinking reasoning reasoning_content refusal response tool_plan"
_STRINGS: Final = b"obfuscation p created_at"
_TIMES: Final = b"created created_at timestamp"
_ARGUMENTS: Final = b"arguments partial_json inputTextDelta"
_NUMBERED: Final = b'"sequence_number"'
# Members that name what a record belongs to: their values are the same all through an answer, or a part of it.
_NAMES: Final = b"id item_id messageId message_id responseId request_id generation_id task_id run_id"
# Members that say what a record speaks of. Where it is told what is said, they may be any of which that can be seen.
_PLACES: Final = b"index output_index content_index summary_index item_id id toolCallId messageId"


def _names(words: bytes) -> frozenset[bytes]:
    return frozenset(b'"%s"' % name for name in words.split())


_TEXT_NAMES: Final = _names(_TEXTS)
_PLACE_NAMES: Final = _names(_PLACES)
_TOLD_NAMES: Final = _names(_TEXTS + b" " + _ARGUMENTS)
_FREE_NAMES: Final = {"string": _names(_STRINGS), "number": _names(_TIMES)}
_ASIDE: Final = _names(b"logprobs usage usageMetadata")  # nor does anything inside of them

COMMENT: Final = "comment"  # the group of comments
_NAMING: Final = {b'"%b"' % name: name.decode() for name in _NAMES.split()}

# The first member of a name, somewhere near, and its value, which is the group of that name.
_FIRST: Final = rb'(?:(?=(?s:.{0,1024}?)"%b":[ ]?+"(?P<%b>[^"\\\x00-\x1f]*+)")|)'
_IS_NAME = re.compile(rb'"[^"\\\x00-\x1f]*+"')
_IS_PLACE = re.compile(_PLACE)
_ID = re.compile(rb"^id: [!-~]++", re.MULTILINE)


Kind = Literal["text", "place", "number"]


class Hole(NamedTuple):
    """What stands in a sample where the pattern has a group: a text without its quotes, another value as it is."""

    kind: Kind
    value: bytes


class Shape(NamedTuple):
    """A pattern, for `run`; the same with a group for each hole; and what the sample has there, and is called."""

    pattern: bytes
    grouped: bytes
    holes: list[Hole]
    names: dict[str, bytes]


def comments(record: Record) -> bytes:
    """The pattern of a block of comments, ended as this record is; b"" where its format has none."""
    if record.format != "sse":
        return b""
    end = rb"\r\n" if record.raw.endswith(b"\r\n") else rb"\n"
    return rb"(?::[ -~]*+" + end + rb")++" + end


def run(patterns: Iterable[bytes], comments: bytes = b"") -> bytes:
    """The pattern of any number of records of these shapes, one after the other, that are all called the same. How they
    are is its groups, by the names of the members; another one is the last of the comments between them.
    """
    shapes = b"|".join(patterns)
    shapes += rb"|(?P<%b>%b)" % (COMMENT.encode(), comments) if comments else b""
    first = (_FIRST % (name, name) for name in _NAMES.split() if b"(?P=%b)" % name in shapes)
    return b"".join(first) + b"(?:" + shapes + b")++"


def shape(
    raw: bytes, text: bytes, *, free: bool, told: bool = False, counted: bool = False, named: bool = False
) -> Shape:
    """The pattern of all records like this one, whose payload is the JSON text `text`, on one line.

    `free` says that no value decides anything; else only those of some members. Ids may be any. `told` says that who
    needs it is told what is said, so that arguments may be any and places are looked at: both are groups. `counted`
    says the same of the numbers of events. `named` says that members which name what the record belongs to may be any,
    but are the same all through a run.
    """
    head, _, tail = raw.rpartition(text)
    found = _payload(text, free=free, told=told, counted=counted, named=named)
    head, tail = _framing(head), _framing(tail)
    return found._replace(pattern=head + found.pattern + tail, grouped=head + found.grouped + tail)


def _framing(lines: bytes) -> bytes:
    return rb"id: [!-~]++".join(map(re.escape, _ID.split(lines)))


def _payload(text: bytes, *, free: bool, told: bool, counted: bool, named: bool) -> Shape:
    parts: list[bytes] = []
    grouped: list[bytes] = []
    holes: list[Hole] = []
    names: dict[str, bytes] = {}
    at = 0  # what comes before is in the parts
    name = b""  # of the member whose value comes next
    aside = 0  # levels inside of what decides nothing
    for token in _TOKEN.finditer(text):
        kind, value = token.lastgroup or "", token[0]
        if kind == "name":
            name = token["name"]
            continue
        pattern, group = b"", b""
        if kind in _PATTERNS and (free or aside or name in _FREE_NAMES.get(kind, ())):
            pattern = _PATTERNS[kind]
        elif kind == "string" and name in (_TOLD_NAMES if told else _TEXT_NAMES) and value != b'""':
            pattern, group = _SAID, _TOLD if told else b""
            holes.append(Hole("text", value[1:-1]))
        elif kind == "number" and counted and name == _NUMBERED:
            pattern, group = _COUNT, b"(" + _COUNT + b")"
            holes.append(Hole("number", value))
        elif told and name in _PLACE_NAMES and _IS_PLACE.fullmatch(value):
            pattern, group = _PLACE, b"(" + _PLACE + b")"
            holes.append(Hole("place", value))
        elif named and _NAMING.get(name, "") not in {"", *names} and _IS_NAME.fullmatch(value):
            pattern = b'"(?P=%b)"' % name[1:-1]
            names[_NAMING[name]] = value[1:-1]
        elif kind == "open" and (aside or name in _ASIDE):
            aside += 1
        elif kind == "close" and aside:
            aside -= 1
        if pattern:
            literal = re.escape(text[at : token.start()])
            parts += literal, pattern
            grouped += literal, group or pattern
            at = token.end()
        name = b""
    rest = re.escape(text[at:])
    return Shape(b"".join((*parts, rest)), b"".join((*grouped, rest)), holes, names)
