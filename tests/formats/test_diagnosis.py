"""Unreadable records by name: which rule each breaks, in every format, with the bytes meant."""

from __future__ import annotations

import pytest

from streamconv.formats.faults import fault
from tests.reading import decode


@pytest.mark.parametrize(
    ("format", "stream", "rule", "meant"),
    [
        # One line of NDJSON.
        ("ndjson", b'\x1e{"a":1}', "ndjson-rs-prefix", b"\x1e"),
        ("ndjson", b"data: {}", "ndjson-sse-line", b"data:"),
        ("ndjson", b"retry : 5", "ndjson-sse-line", b"retry :"),
        ("ndjson", b"dataset: 5", "ndjson-invalid-json", b"d"),
        ("ndjson", b"# c", "ndjson-comment", b"# c"),
        ("ndjson", b"{} // c", "ndjson-comment", b"// c"),
        ("ndjson", b"/* c */ {}", "ndjson-comment", b"/* c */ {}"),
        ("ndjson", b"{/* c */}", "ndjson-invalid-json", b"/"),
        ("ndjson", b"[", "ndjson-array-document", b"["),
        ("ndjson", b'[{"a":1},', "ndjson-array-document", b"["),
        ("ndjson", b"{},", "ndjson-trailing-comma", b","),
        ("ndjson", b"{},{}", "ndjson-invalid-json", b","),
        ("ndjson", b"{}{}", "ndjson-two-values", b"{}"),
        ("ndjson", b'{} [1] "x" 2', "ndjson-two-values", b'[1] "x" 2'),
        ("ndjson", b"{} x", "ndjson-invalid-json", b"x"),
        ("ndjson", b"{} {x", "ndjson-invalid-json", b"{"),
        ("ndjson", b"{}\r{}", "ndjson-bare-cr", b"\r"),
        ("ndjson", b'{"a":1,}', "ndjson-invalid-json", b"}"),
        ("ndjson", b"{'a':1}", "ndjson-invalid-json", b"'"),
        # Faults inside a value have one name everywhere.
        ("ndjson", b'{"a":"\xff"}', "json-invalid-utf8", b"\xff"),
        ("ndjson", b'{"a":"\t"}', "json-control-char", b"\t"),
        ("ndjson", b'{"a":NaN}', "json-nan-infinity", b"NaN"),
        ("ndjson", b'{"a":nan}', "json-nan-infinity", b"nan"),
        ("ndjson", b'{"a":-Infinity}', "json-nan-infinity", b"-Infinity"),
        ("ndjson", b'{"a":+inf}', "json-nan-infinity", b"+inf"),
        ("ndjson", b'{"a":nil}', "ndjson-invalid-json", b"i"),
        ("ndjson", b'{"a":None}', "ndjson-invalid-json", b"N"),
        ("ndjson", b'{"a":-x}', "ndjson-invalid-json", b"x"),
        ("stream+json", b'{"a":NaN}', "json-nan-infinity", b"NaN"),
        ("json", b'{"a":"\x00"}', "json-control-char", b"\x00"),
        ("json-seq", b'\x1e{"a":NaN}', "json-nan-infinity", b"NaN"),
        ("records", b'{"text":"\xe9"}', "json-invalid-utf8", None),
        # Concatenated JSON.
        ("stream+json", b",", "stream-comma", b","),
        ("stream+json", b"\x1e", "stream-rs", b"\x1e"),
        ("stream+json", b"{}\xef\xbb\xbf", "json-bom-inside", b"\xef\xbb\xbf"),
        ("stream+json", b"id: 7", "stream-sse-line", b"id:"),
        ("stream+json", b"12true", "stream-ambiguous-scalar", b"t"),
        ("stream+json", b"1-2", "stream-ambiguous-scalar", b"-"),
        ("stream+json", b"{x}", "stream-invalid-json", b"x"),
        # JSON text sequences.
        ("json-seq", b"{}", "seq-missing-rs", b"{}\n"),
        ("json-seq", b'\x1e{"a":\n\x1e{}', "seq-truncated", b'{"a":'),
        ("json-seq", b"\x1e12\x1e{}", "seq-truncated-scalar", b"12"),
        ("json-seq", b"\x1e{}{}", "seq-two-values", b"{}"),
        ("json-seq", b"\x1e{} x", "seq-invalid-element", b"x"),
        ("json-seq", b"\x1e{x}", "seq-invalid-element", b"x"),
        ("json", b"[{x}]", "json-invalid", b"x"),
        ("records", b"{x}", "records-invalid", None),
    ],
)
def test_the_rule_and_the_bytes_meant(format: str, stream: bytes, rule: str, meant: bytes | None) -> None:
    """`None`: a row of the records format is meant as a whole."""
    stream += b"\n"
    record = next(record for record in decode(format, [stream]) if record.kind == "invalid")
    problem = fault(record)
    assert problem.rule == rule
    assert problem.severity == ("warning" if rule in ("stream-rs", "json-bom-inside") else "error")
    assert problem.offset is not None
    if meant is not None:
        assert stream[problem.offset : problem.offset + problem.length] == meant


def test_a_value_put_together_from_its_lines_is_one_over_lines() -> None:
    record = decode("ndjson", [b"{\n"])[0]
    whole = record.replace(data='{\n"a":1\n}', raw=b'{\n"a":1\n}\n')
    problem = fault(whole)
    assert (problem.rule, problem.message) == ("ndjson-multi-line-value", "one JSON text over 3 lines")
    assert (problem.offset, problem.length) == (0, 9)
