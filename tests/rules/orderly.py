"""Streams in which nothing is wrong, of so many events: what a checker passes over."""

from __future__ import annotations

import json

from streamconv.rules.llm import HI, STOP, chat


def tokens(size: int) -> bytes:
    """Text, with names and ids."""
    return b"".join(b"event: token\ndata:  w\xc3\xb6rd\nid: %d\n\n" % n for n in range(size))


def lines(size: int) -> bytes:
    """CRLF, two lines of data, comments."""
    return b"".join(b"id: %d-0\r\ndata: a\r\ndata: b\r\n\r\n: ping\r\n\r\n" % n for n in range(size))


def objects(size: int) -> bytes:
    """JSON that no protocol knows, and comments."""
    return b"".join(b'id: %d\ndata: {"n":%d,"t":"x"}\n\n: ping\n\n' % (n, n) for n in range(size))


def chats(size: int) -> bytes:
    """A model's answer."""
    return HI + b"".join(chat({"content": f"word {n}"}, created=n) for n in range(size)) + STOP


def logs(size: int) -> bytes:
    """Objects, one a line."""
    return b"".join(b'{"n":%d,"level":"info"}\n' % n for n in range(size))


def answers(size: int) -> bytes:
    """Chunks of a model's answers, one after the other, one a line."""
    chunk = (
        b'{"id":"chatcmpl-%06d","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"w%d"}}]}\n'
    )
    last = b'{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n'
    return b"".join(chunk % (n // 30, n) for n in range(size)) + last


def values(size: int) -> bytes:
    """Objects, pretty-printed, one after the other."""
    return b"".join(json.dumps({"n": n, "of": {"level": "info"}}, indent=2).encode() + b"\n" for n in range(size))
