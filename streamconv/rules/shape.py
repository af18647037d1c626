"""The shape of a record: its bytes, with a pattern in place of each value that no rule looks at. JSON is RFC 8259.

Advice to the reader. A pattern lets pass only what no rule of JSON texts speaks of: strings without halves of surrogate
pairs, integers that doubles hold exactly, numbers that doubles hold. Names are part of the shape, so that what has the
shape of a text without duplicate names has none.
"""

from __future__ import annotations

import re
from typing import Final

_ESCAPE: Final = (  # a surrogate stands in a pair only
    rb'\\(?:["\\/bfnrt]|u(?:[0-9abcefABCEF][0-9a-fA-F]{3}|[dD]'
    rb"(?:[0-7][0-9a-fA-F]{2}|[89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})))"
)
_STRING: Final = rb'"[^"\\\x00-\x1f]*+(?:' + _ESCAPE + rb'[^"\\\x00-\x1f]*+)*+"'
_NUMBER: Final = rb"-?+(?:0|[1-9][0-9]{0,14}+)(?:\.[0-9]++)?+(?:[eE][-+]?+[0-9]{1,2}+)?+"
_NUMBERS: Final = rb"\[" + _NUMBER + rb"(?:,[ ]?+" + _NUMBER + rb")*+\]"
_WORD: Final = rb"(?:true|false|null)"

_number: Final = rb"-?[0-9][0-9.eE+-]*+"
_TOKEN = re.compile(
    rb'(?P<name>"(?:[^"\\]++|\\.)*+")[ \t\r\n]*+:|(?P<string>"(?:[^"\\]++|\\.)*+")|'
    rb"(?P<numbers>\[" + _number + rb"(?:,[ ]?" + _number + rb")*+\])|(?P<number>" + _number + rb")|"
    rb"(?P<word>true|false|null)|(?P<open>[{\[])|(?P<close>[}\]])"
)
_PATTERNS: Final = {"string": _STRING, "numbers": _NUMBERS, "number": _NUMBER, "word": _WORD}

# Members whose values decide nothing, of all protocols: texts, what pads them, and when they were made.
_TEXTS: Final = b"content text delta thinking reasoning reasoning_content refusal response obfuscation p created_at"
_TIMES: Final = b"created created_at timestamp"
_FREE: Final = {
    "string": frozenset(b'"%s"' % name for name in _TEXTS.split()),
    "number": frozenset(b'"%s"' % name for name in _TIMES.split()),
}
_ASIDE: Final = (b'"logprobs"', b'"usage"')  # nor does anything inside of them

_ID = re.compile(rb"^id: [!-~]++", re.MULTILINE)


def shape(raw: bytes, text: bytes, *, free: bool) -> bytes:
    """The pattern of all records like this one, whose payload is the JSON text `text`, on one line.

    `free` says that no value decides anything; else only those of some members. Ids may be any.
    """
    head, _, tail = raw.rpartition(text)
    return _framing(head) + _payload(text, free=free) + _framing(tail)


def _framing(lines: bytes) -> bytes:
    return rb"id: [!-~]++".join(map(re.escape, _ID.split(lines)))


def _payload(text: bytes, *, free: bool) -> bytes:
    parts: list[bytes] = []
    at = 0  # what comes before is in the parts
    name = b""  # of the member whose value comes next
    aside = 0  # levels inside of what decides nothing
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup or ""
        if kind == "name":
            name = token["name"]
            continue
        if kind in _PATTERNS and (free or aside or name in _FREE.get(kind, ())):
            parts += re.escape(text[at : token.start()]), _PATTERNS[kind]
            at = token.end()
        elif kind == "open" and (aside or name in _ASIDE):
            aside += 1
        elif kind == "close" and aside:
            aside -= 1
        name = b""
    return b"".join((*parts, re.escape(text[at:])))
