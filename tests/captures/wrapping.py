"""Streams with every layer round them, made here as the tools make them, and what must come out again."""

from __future__ import annotations

import base64
import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Iterable
from typing import Any

import brotli
import yaml
import zstandard

from streamconv import TimedBytes
from streamconv.captures import Chain, Opened, open_stream, open_streams, parse_chain
from streamconv.formats.timed import TimedWriter
from streamconv.problem import Problem

_EVENTS = 'event: a\nid: 1\ndata: {"n":1}\n\n: ping\n\ndata: {"text":"今天 🙂"}\n\n'
SSE = f"{_EVENTS}retry: 5\ndata: first\ndata: second\n\n".encode()
GZIP = gzip.compress(SSE)
HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nTransfer-Encoding: chunked\r\nX-Long: "
    + b"x" * 300
    + b"\r\n\r\n"
)
REQUEST = b"POST /v1/chat HTTP/1.1\r\nHost: example.com\r\nContent-Type: application/json\r\n\r\n"


def chunked(body: bytes, size: int = 23, last: bytes = b"0\r\n\r\n") -> bytes:
    """`body` in chunks, with their sizes."""
    parts = (body[at : at + size] for at in range(0, len(body), size))
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + last


def entry(
    url: str = "https://example.com/v1/chat", mime_type: str = "text/event-stream", **content: Any
) -> dict[str, Any]:
    """One entry of a HAR."""
    return {
        "startedDateTime": "2026-01-02T03:04:05.000Z",
        "request": {"method": "POST", "url": url, "headers": []},
        "response": {
            "status": 200,
            "headers": [{"name": "Content-Type", "value": mime_type}],
            "content": {"mimeType": mime_type, **content},
        },
    }


def har(*entries: dict[str, Any]) -> bytes:
    """A HAR of these entries."""
    log = {"version": "1.2", "creator": {"name": "test", "version": "1"}, "pages": [{"id": "a", "title": "]}"}]}
    return json.dumps({"log": {**log, "entries": entries}}).encode()


def mojibake(data: bytes) -> str:
    """UTF-8 read as the windows-1252 of browsers, whose unused bytes are controls."""
    return "".join(chr(byte) if byte in b"\x81\x8d\x8f\x90\x9d" else bytes((byte,)).decode("cp1252") for byte in data)


def archive(**members: bytes) -> bytes:
    """A zip archive of these members; `__` in a name is a dot."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members.items():
            made.writestr(name.replace("__", "."), data)
    return file.getvalue()


def trace(*blocks: tuple[str, bytes], ascii: bool = False, time: bool = True) -> bytes:
    """What `curl --trace` writes of these blocks, each with its title."""
    lines = ["== Info:   Trying 127.0.0.1:80..."]
    for title, data in blocks:
        lines.append(f"{title}, {len(data)} bytes (0x{len(data):x})")
        width = 64 if ascii else 16
        at = 0
        while at < len(data):
            row = data[at : at + width]
            if ascii:
                row = row.partition(b"\r\n")[0]
                shown = "".join(chr(byte) if 0x20 <= byte < 0x80 else "." for byte in row)
            else:
                shown = " ".join(f"{byte:02x}" for byte in row).ljust(48)
                shown += "".join(chr(byte) if 0x20 <= byte < 0x80 else "." for byte in row)
            lines.append(f"{at:04x}: {shown}")
            at += len(row) + (2 if ascii and data[at + len(row) : at + len(row) + 2] == b"\r\n" else 0)
    stamped = (
        f"23:59:59.{number:06d} {line}" if time and line[0] in "=<" else line for number, line in enumerate(lines)
    )
    return "\n".join(stamped).encode() + b"\n"


def tnetstring(value: Any) -> bytes:
    """As mitmproxy writes its flows."""
    kind: bytes
    if isinstance(value, dict):
        data, kind = b"".join(tnetstring(one) for pair in value.items() for one in pair), b"}"
    elif isinstance(value, list | tuple):
        data, kind = b"".join(map(tnetstring, value)), b"]"
    elif isinstance(value, bytes):
        data, kind = value, b","
    elif isinstance(value, str):
        data, kind = value.encode(), b";"
    elif isinstance(value, bool):
        data, kind = str(value).lower().encode(), b"!"
    elif isinstance(value, int):
        data, kind = str(value).encode(), b"#"
    elif isinstance(value, float):
        data, kind = repr(value).encode(), b"^"
    else:
        data, kind = b"", b"~"
    return b"%d:%b%b" % (len(data), data, kind)


def flow(content: bytes | None = SSE, content_type: bytes = b"text/event-stream") -> bytes:
    """One flow of mitmproxy."""
    request = {"scheme": b"https", "host": "example.com", "port": 443, "path": b"/v1/chat", "method": b"POST"}
    response = {"status_code": 200, "headers": [[b"Content-Type", content_type]], "content": content}
    return tnetstring({"websocket": None, "response": {**response, "end": 1.5}, "request": request, "ok": True})


def cdp(*events: tuple[str, dict[str, Any]], status: int = 200, mime_type: str = "text/event-stream") -> bytes:
    """An event log of one request."""
    request = {"url": "https://example.com/v1/chat", "method": "GET"}
    response = {"status": status, "headers": {"content-type": mime_type}, "mimeType": mime_type}
    lines = [
        ("requestWillBeSent", {"timestamp": 10.0, "request": request}),
        ("responseReceived", {"timestamp": 10.25, "response": response}),
        *events,
    ]
    return b"".join(
        json.dumps({"method": f"Network.{name}", "params": {"requestId": "1", **params}}).encode() + b"\n"
        for name, params in lines
    )


def interaction(string: Any = SSE.decode(), **body: Any) -> dict[str, Any]:
    """One interaction of a cassette, as vcrpy writes it."""
    return {
        "request": {"method": "post", "uri": "https://example.com/v1/chat", "body": "", "headers": {}},
        "response": {
            "status": {"code": 200, "message": "OK"},
            "headers": {"Content-Type": ["text/event-stream"]},
            "body": body or {"string": string},
        },
    }


def cassette(key: str, *interactions: dict[str, Any]) -> bytes:
    """A cassette in YAML."""
    return yaml.safe_dump({key: [*interactions], "version": 1}).encode()


def prefixed(prefix: bytes, body: bytes) -> bytes:
    """Each line with the prefix before it."""
    return b"".join(prefix + line for line in body.splitlines(keepends=True))


def docker_json(body: bytes, size: int = 16) -> bytes:
    """Each line, or `size` characters of one, as Docker's json-file driver keeps it."""
    parts = [
        line[at : at + size] for line in body.decode().splitlines(keepends=True) for at in range(0, len(line), size)
    ]
    rows = (
        {"log": part, "stream": "stdout", "time": f"2026-01-02T03:04:05.{at:09d}Z"} for at, part in enumerate(parts)
    )
    return b"".join(json.dumps(row, separators=(",", ":")).encode() + b"\n" for row in rows)


VERBOSE = (
    b"*   Trying 127.0.0.1:80...\n> GET /v1/chat HTTP/1.1\r\n> Host: example.com\r\n> \r\n"
    b"< HTTP/1.1 200 OK\r\n< content-type: text/event-stream\r\n< \r\n"
    b"{ [20 bytes data]\n%b{ [5 bytes data]\n%b* Connection #0 to host 127.0.0.1 left intact\n"
)
MESSAGES = [
    {"time": 1767323045.5, "eventName": "a", "eventId": "1", "data": "one"},
    {"time": 1767323046.25, "eventName": "message", "eventId": "", "data": "two\nlines"},
]
MESSAGES_BODY = b"event: a\nid: 1\ndata: one\n\ndata: two\ndata: lines\n\n"
DATA = [("dataReceived", {"timestamp": 11.5, "dataLength": len(SSE), "data": base64.b64encode(SSE).decode()})]
ASCII = SSE.replace("今天 🙂".encode(), b"today...")

# name: the chain, the bytes, and what is inside
WRAPPED: dict[str, tuple[str, bytes, bytes]] = {
    "bare": ("", SSE, SSE),
    "byte order mark": ("", b"\xef\xbb\xbf" + SSE, b"\xef\xbb\xbf" + SSE),
    "gzip": ("gzip", gzip.compress(SSE), SSE),
    "two gzip members and padding": ("gzip", gzip.compress(SSE) * 2 + bytes(512), SSE * 2),
    "gzip twice": ("gzip,gzip", gzip.compress(gzip.compress(SSE)), SSE),
    "zlib": ("zlib", zlib.compress(SSE), SSE),
    "zstd": ("zstd", zstandard.ZstdCompressor().compress(SSE) * 2, SSE * 2),
    "utf-16 little": ("utf-16", SSE.decode().encode("utf-16"), SSE),
    "utf-16 big": ("utf-16", b"\xfe\xff" + SSE.decode().encode("utf-16-be"), SSE),
    "utf-16 little, no mark": ("utf-16", SSE.decode().encode("utf-16-le"), SSE),
    "utf-16 big, no mark": ("utf-16", SSE.decode().encode("utf-16-be"), SSE),
    "utf-16 head": ("utf-16,http/1.1", (HEAD + SSE).decode().encode("utf-16"), SSE),
    "head": ("http/1.1", HEAD + SSE, SSE),
    "head behind a byte order mark": ("http/1.1", b"\xef\xbb\xbf" + HEAD + SSE, SSE),
    "head of HTTP/2": ("http/2", b"HTTP/2 200 \r\ncontent-type: text/event-stream\r\n\r\n" + SSE, SSE),
    "head with LF": ("http/1.1", HEAD.replace(b"\r", b"") + SSE, SSE),
    "continue, redirect, head": (
        "http/2",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 302 Found\r\nlocation: /\r\n\r\nHTTP/2 200\r\n\r\n" + SSE,
        SSE,
    ),
    "request and head": ("http/1.1", REQUEST + b'{"a":1}\n\n\n' + HEAD + SSE, SSE),
    "head and chunks": ("http/1.1,chunked", HEAD + chunked(SSE), SSE),
    "chunks": ("chunked", chunked(SSE), SSE),
    "chunks, extensions, trailers": (
        "chunked",
        b"3;a=b\r\ndat\r\n" + chunked(SSE[3:], last=b"0\r\nX: y\r\n\r\n").replace(b"dat", b"dat", 1),
        b"dat" + SSE[3:],
    ),
    "head and gzip": ("http/1.1,gzip", HEAD + gzip.compress(SSE), SSE),
    "head, chunks, gzip": ("http/1.1,chunked,gzip", HEAD + chunked(gzip.compress(SSE)), SSE),
    "head and brotli": (
        "http/1.1,br",
        b"HTTP/1.1 200 OK\r\ncontent-encoding: br\r\n\r\n" + brotli.compress(SSE),
        SSE,
    ),
    "head that says brotli of text": ("http/2", b"HTTP/2 200\r\ncontent-encoding: br\r\n\r\n" + SSE, SSE),
    "head that says brotli of text that is not ASCII": (
        "http/2",
        b"HTTP/2 200\r\ncontent-encoding: br\r\n\r\n" + "data: 今天天气很好\n\n".encode(),
        "data: 今天天气很好\n\n".encode(),
    ),
    "head that says deflate of text that is not ASCII": (
        "http/2",
        b"HTTP/2 200\r\ncontent-encoding: deflate\r\n\r\n" + '{"é":"ü"}\n'.encode(),
        '{"é":"ü"}\n'.encode(),
    ),
    "head and raw deflate": (
        "http/1.1,zlib",
        b"HTTP/1.1 200 OK\r\ncontent-encoding: deflate\r\n\r\n" + zlib.compress(SSE, wbits=-15),
        SSE,
    ),
    "gzip of a head": ("gzip,http/1.1", gzip.compress(HEAD + SSE), SSE),
    "curl -v": ("curl-v,http/1.1", VERBOSE % (SSE[:20], SSE[20:]), SSE),
    "curl -v, no end": ("curl-v,http/1.1", VERBOSE % (b"data: a\n\n", b"data: b"), b"data: a\n\ndata: b"),
    "curl --trace": (
        "curl-trace,http/1.1,chunked",
        trace(("=> Send header", REQUEST), ("<= Recv header", HEAD), ("<= Recv data", chunked(SSE))),
        SSE,
    ),
    "curl --trace, no times, no sizes": (
        "curl-trace,http/1.1",
        trace(("<= Recv header", HEAD), ("<= Recv data", SSE[:30]), ("<= Recv data", SSE[30:]), time=False),
        SSE,
    ),
    "curl --trace-ascii": (
        "curl-trace,http/1.1,chunked,dots",
        trace(("<= Recv header", HEAD), ("<= Recv data", chunked(ASCII)), ascii=True),
        ASCII,
    ),
    "HAR": ("har", har(entry(mime_type="text/html", text="<a>"), entry(text=SSE.decode())), SSE),
    "HAR with a byte order mark": ("har", b"\xef\xbb\xbf" + har(entry(text=SSE.decode())), SSE),
    "HAR, base64": ("har", har(entry(text=base64.b64encode(SSE).decode(), encoding="base64")), SSE),
    "HAR, mojibake": (
        "har",
        har(
            entry(
                text="".join(bytes((b,)).decode("cp1252") if b not in b"\x81\x8d\x8f\x90\x9d" else chr(b) for b in SSE)
            )
        ),
        SSE,
    ),
    "HAR, Polly's gzip pieces": (
        "har,gzip",
        har(
            entry(
                encoding="base64",
                text=json.dumps(
                    [base64.b64encode(gzip.compress(SSE)[at : at + 30]).decode() for at in range(0, 200, 30)]
                ),
            )
        ),
        SSE,
    ),
    "HAR, Chrome's messages": ("har", har({**entry(), "_eventSourceMessages": MESSAGES}), MESSAGES_BODY),
    "HAR in a zip": (
        "zip,har",
        archive(har__har=har(entry(_file="b.dat")), b__dat=SSE),
        SSE,
    ),
    "zip": ("zip", archive(a__sse=SSE), SSE),
    "DevTools bytes": ("cdp", cdp(*DATA), SSE),
    "DevTools messages": (
        "cdp",
        cdp(*(("eventSourceMessageReceived", {**one, "timestamp": 11.0}) for one in MESSAGES)),
        MESSAGES_BODY,
    ),
    "cassette": ("vcr", cassette("interactions", interaction()), SSE),
    "cassette of Ruby": (
        "vcr",
        b"---\n"
        + yaml.safe_dump({"http_interactions": [interaction(base64_string=base64.b64encode(SSE).decode())]}).encode(),
        SSE,
    ),
    "cassette, compressed": (
        "vcr,gzip",
        cassette("interactions", interaction(GZIP)),
        SSE,
    ),
    "cassette in JSON": ("vcr", json.dumps({"version": 1, "interactions": [interaction()]}).encode(), SSE),
    "HAR in YAML": ("har-yaml", yaml.safe_dump(json.loads(har(entry(text=SSE.decode())))).encode(), SSE),
    "mitmproxy": ("mitmproxy", flow(), SSE),
    "mitmproxy, gzip": ("mitmproxy,gzip", flow(gzip.compress(SSE)), SSE),
    "docker's json-file": ("docker-json", docker_json(SSE), SSE),
    "docker compose": ("log-prefix", prefixed(b"web-1  | ", SSE), SSE),
    "docker logs -t": ("log-prefix", prefixed(b"2026-01-02T03:04:05.123456789Z ", SSE), SSE),
    "kubectl": ("log-prefix", prefixed(b"[pod/web-1/app] 2026-01-02T03:04:05Z ", SSE), SSE),
    "python logging": ("log-prefix", prefixed(b"INFO:root:", b'{"n":1}\n{"n":2}'), b'{"n":1}\n{"n":2}'),
    "timed": ("timed", TimedWriter().feed(SSE[:20]) + TimedWriter().feed(SSE[20:]).partition(b"\n")[2], SSE),
    "syslog": ("log-prefix", prefixed(b"Nov 22 09:00:00 host app[12]: ", b'{"n":1}\n{"n":2}\n'), b'{"n":1}\n{"n":2}\n'),
}


def peel(
    chunks: Iterable[bytes], chain: str | None = None, entry: int | str | None = None, name: str = ""
) -> tuple[str, bytes, list[Problem]]:
    """The chain, the bytes inside, and the problems but infos."""
    problems: list[Problem] = []
    as_chain = parse_chain(chain) if chain else Chain()
    capture = open_stream(Opened(iter(chunks), name), as_chain, entry=entry, report=problems.append)
    data = b"".join(capture.chunks)
    names = ",".join(layer.name for layer in capture.layers)
    return names, data, [problem for problem in problems if problem.severity != "info"]


def times(chunks: Iterable[bytes], entry: int | str | None = None) -> list[float | None]:
    """When each piece of the stream inside arrived."""
    capture = open_stream(Opened(iter(chunks)), entry=entry)
    return [piece.time if isinstance(piece, TimedBytes) else None for piece in capture.chunks if piece]


def peel_all(data: bytes, entry: int | str | None = "all") -> list[bytes]:
    """What is inside each stream."""
    return [b"".join(capture.chunks) for capture in open_streams(Opened(iter((data,))), entry=entry)]
