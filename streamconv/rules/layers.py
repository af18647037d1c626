"""Rules `capture-…` of layers that are taken off and told: info; an error where one is cut, damaged or lies."""

from __future__ import annotations

from typing import ClassVar, Final

from streamconv.problem import Severity
from streamconv.rules.capture import READABLE
from streamconv.rules.rule import Rule

_STREAM: Final = b"data: 1\n\n"
_HEAD: Final = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"


class LayerRule(Rule):
    """A layer round the stream. `bad` has it, `good` is the stream by itself; opening a capture says it."""

    formats = READABLE
    severity: ClassVar[Severity] = "info"
    clause = "README, Layers"
    good = _STREAM


class Brotli(LayerRule):
    """The body is compressed with brotli.

    Nothing in the bytes says so: a head or the suffix .br must. It is taken off with the extra `compress`; where it is
    cut, what could be decompressed is read, and the cut is an error.
    """

    name = "capture-brotli"
    clause = "RFC 7932; RFC 9110, section 8.4"
    hint = "pip install 'streamconv[compress]' where it cannot be taken off"
    bad = _HEAD + b"content-encoding: br\r\n\r\n\x0b\x04\x80data: 1\n\n\x03"


class Zlib(LayerRule):
    """The body is compressed with zlib, the content coding `deflate`.

    It is taken off; where it is cut, what could be decompressed is read, and the cut is an error.
    """

    name = "capture-zlib"
    clause = "RFC 1950; RFC 9110, section 8.4.1.2"
    hint = "nothing to do: it is taken off"
    bad = b"x\x9cKI,I\xb4R0\xe4\xe2\x02\x00\x0eZ\x02:"


class CurlTrace(LayerRule):
    """The capture is what `curl --trace` or `--trace-ascii` wrote.

    The bytes received are put together again, with their times where `--trace-time` was given. In `--trace-ascii`
    bytes that are no printable ASCII are lost.
    """

    name = "capture-curl-trace"
    clause = "curl, manual page: --trace, --trace-ascii"
    hint = "use --trace rather than --trace-ascii, which loses bytes"
    bad = b"<= Recv data, 9 bytes (0x9)\n0000: 64 61 74 61 3a 20 31 0a 0a                      data: 1..\n"


class CurlVerbose(LayerRule):
    """What `curl -v` says is mixed into the stream.

    Its lines (`*`, `>`, `<`) are left out. Where they cut a record in two, it is put together again.
    """

    name = "capture-curl-v"
    clause = "curl, manual page: --verbose"
    hint = "keep stderr apart: curl -v … 2>curl.log"
    bad = b"*   Trying 127.0.0.1:80...\n> GET / HTTP/1.1\r\n> \r\n< HTTP/1.1 200 OK\r\n< \r\n" + _STREAM


_NO_BODY: Final = (
    b'{"startedDateTime":"2026-01-01T00:00:01Z","request":{"method":"GET","url":"https://example.com/2","headers":[]},'
    b'"response":{"status":200,"headers":[],"content":{"mimeType":"text/event-stream","size":-1}}}'
)


class Har(LayerRule):
    """The capture is a HAR: what a browser or a proxy recorded of requests.

    Each reply that is a stream can be read by itself. Bodies that are missing, cut or damaged are errors; browsers
    leave out the bodies of streams that were still open.
    """

    name = "capture-har"
    clause = "HAR 1.2"
    hint = "--entry N takes one stream of several"
    bad = (
        b'{"log":{"version":"1.2","creator":{"name":"a","version":"1"},"entries":[{"startedDateTime":'
        b'"2026-01-01T00:00:00Z","request":{"method":"GET","url":"https://example.com/","headers":[]},"response":'
        b'{"status":200,"headers":[],"content":{"mimeType":"text/event-stream","text":"data: 1\\n\\n"}}}]}}'
    )


class Vcr(LayerRule):
    """The capture is a cassette of VCR, vcrpy or betamax.

    Each recorded reply can be read by itself; cassettes in YAML need the extra `yaml`.
    """

    name = "capture-vcr"
    clause = "vcrpy, cassette format version 1"
    hint = "--entry N takes one stream of several"
    bad = (
        b'{"version":1,"interactions":[{"request":{"method":"GET","uri":"https://example.com/","body":"","headers":{}},'
        b'"response":{"status":{"code":200,"message":"OK"},"headers":{"Content-Type":["text/event-stream"]},'
        b'"body":{"string":"data: 1\\n\\n"}}}]}'
    )


class Cdp(LayerRule):
    """The capture is a log of Chrome DevTools Protocol events.

    Messages of EventSource are made a stream again, with their times. For fetch() the protocol logs lengths only.
    """

    name = "capture-cdp"
    clause = "Chrome DevTools Protocol, Network domain"
    hint = "Network.streamResourceContent is needed to log what fetch() received"
    bad = (
        b'{"method":"Network.requestWillBeSent","params":{"requestId":"1","timestamp":1,"request":'
        b'{"method":"GET","url":"https://example.com/"}}}\n'
        b'{"method":"Network.responseReceived","params":{"requestId":"1","timestamp":1.5,"response":'
        b'{"status":200,"headers":{},"mimeType":"text/event-stream"}}}\n'
        b'{"method":"Network.eventSourceMessageReceived","params":{"requestId":"1","timestamp":2,"eventName":"message",'
        b'"eventId":"","data":"1"}}\n'
    )


class Mitmproxy(LayerRule):
    """The capture is what `mitmdump -w` wrote.

    Each reply that is a stream can be read by itself.
    """

    name = "capture-mitmproxy"
    clause = "mitmproxy, flow file format"
    hint = "--entry N takes one stream of several"
    bad = (
        b"253:9:websocket;0:~8:response;110:11:status_code;3:200#7:headers;41:37:12:Content-Type,17:text/event-stream,]]"
        b"7:content;9:data: 1\n\n,3:end;3:1.5^}7:request;86:6:scheme;5:https,4:host;11:example.com;4:port;3:443#4:path;"
        b"8:/v1/chat,6:method;4:POST,}2:ok;4:true!}"
    )


class Zip(LayerRule):
    """The capture is a zip archive.

    Each member can be read by itself; what Playwright wrote is read as the HAR that it is.
    """

    name = "capture-zip"
    clause = "PKWARE, APPNOTE 6.3"
    hint = "--entry N takes one member of several"
    bad = (
        b"PK\x03\x04\x14\x00\x00\x00\x00\x00\x00\x00!\x00\xce\xcdxT\t\x00\x00\x00"
        b"\t\x00\x00\x00\x05\x00\x00\x00a.ssedata: 1\n\n"
        b"PK\x01\x02\x14\x03\x14\x00\x00\x00\x00\x00\x00\x00!\x00\xce\xcdxT\t\x00"
        b"\x00\x00\t\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x01\x00\x00"
        b"\x00\x00a.ssePK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x003\x00\x00"
        b"\x00,\x00\x00\x00\x00\x00"
    )


class LogPrefix(LayerRule):
    """Each line has a time or a name before it, as docker, kubectl and log files write it.

    What stands before the lines is left out; times are kept as those of arrival.
    """

    name = "capture-log-prefix"
    hint = "nothing to do: it is left out; kubectl logs --timestamps=false writes none"
    bad = b'2026-01-01T00:00:00Z {"a":1}\n2026-01-01T00:00:01Z {"a":2}\n'


class DockerJSON(LayerRule):
    """The capture is a log that Docker keeps: one JSON object for each line that a container wrote.

    The lines are put together again, with their times. A line of another shape is left out, which is an error.
    """

    name = "capture-docker-json"
    clause = "Docker, JSON File logging driver"
    hint = "--from ndjson reads the objects themselves"
    bad = b"".join(
        b'{"log":"%s\\n","stream":"stdout","time":"2026-01-01T00:00:00.%dZ"}\n' % (log, at)
        for at, log in enumerate((b"data: 1", b""))
    )


class TimedLayer(LayerRule):
    """The capture is a timed one of our own: chunks and their times of arrival.

    The stream inside is read as if it came again.
    """

    name = "capture-timed"
    clause = "README, Timed captures"
    hint = "nothing to do: it is what --to timed writes"
    bad = b'{"format":"application/x-streamconv-timed","version":1}\n{"t":0.0,"b":"data: 1\\n\\n"}\n'


class NoBody(LayerRule):
    """A reply of a container is a stream, and its body is missing.

    What the server sent cannot be read from this capture: the stream was still open when it was saved, or the tool
    leaves bodies out.
    """

    name = "capture-no-body"
    severity = "warning"
    hint = "capture it again, once the stream has ended and with bodies"
    bad = Har.bad.replace(b"}}}]}}", b"}}}," + _NO_BODY + b"]}}")


RULES: Final[tuple[type[Rule], ...]] = (
    Brotli, Zlib, CurlTrace, CurlVerbose, Har, Vcr, Cdp, Mitmproxy, Zip, DockerJSON, LogPrefix, TimedLayer, NoBody
)  # fmt: skip
