"""JSON as text: RFC 8259 exactly, the place of the first fault, tokens untouched."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamconv import jsontext
from streamconv.jsonscan import Scanner
from streamconv.jsontext import Fault

# text -> where the first bad byte is, whether it is only cut, and what was wanted there
FAULTS = {
    b"": (0, True, "a value"),
    b" \n": (2, True, "a value"),
    b"nul": (3, True, "'l'"),
    b"nulx": (3, False, "'l'"),
    b"NaN": (0, False, "a value"),
    b"-": (1, True, "a digit"),
    b"01": (1, False, "white space after a number or literal"),
    b"1.": (2, True, "a digit"),
    b"1.x": (2, False, "a digit"),
    b"1e+": (3, True, "a digit"),
    b"[1.5.6]": (4, False, "',' or ']'"),
    b"12true": (2, False, "white space after a number or literal"),
    b"true1": (4, False, "white space after a number or literal"),
    b"1 2": (2, False, "the end of the text"),
    b"{}}": (2, False, "the end of the text"),
    b"[": (1, True, "a value or ']'"),
    b"[1": (2, True, "',' or ']'"),
    b"[1,": (3, True, "a value"),
    b"[1,]": (3, False, "a value"),
    b"[1 2]": (3, False, "',' or ']'"),
    b"[1}": (2, False, "',' or ']'"),
    b"[}": (1, False, "a value or ']'"),
    b"{": (1, True, "a string or '}'"),
    b"{1": (1, False, "a string or '}'"),
    b'{"a"': (4, True, "':'"),
    b'{"a" 1}': (5, False, "':'"),
    b'{"a":': (5, True, "a value"),
    b'{"a":1': (6, True, "',' or '}'"),
    b'{"a":1 "b"': (7, False, "',' or '}'"),
    b'{"a":1,}': (7, False, "a string"),
    b'"a': (2, True, "the rest of a string"),
    b'"\\u12': (5, True, "the rest of a string"),
    b'"\\x"': (1, False, "an escape of RFC 8259, section 7"),
    b'"\\u12G4"': (1, False, "an escape of RFC 8259, section 7"),
    b'"a\tb"': (2, False, "no raw control character in a string"),
    b'"\xff"': (1, False, "UTF-8"),
    b'"\xe4\xbb"': (1, False, "UTF-8"),
    b'"\xe4\xbb': (3, True, "the rest of a string"),
    b"\xef\xbb\xbf1": (0, False, "a value"),
}


@pytest.mark.parametrize("text", FAULTS, ids=repr)
def test_the_first_bad_byte_and_what_was_wanted(text: bytes) -> None:
    assert jsontext.fault(text) == Fault(*FAULTS[text])
    assert not jsontext.valid(text)


@pytest.mark.parametrize(
    "text",
    [
        *(b"0", b"-0", b"1.50", b"1e400", b"1E-5", b"true", b"false", b"null", b'""', b'"\\u00e9\\n"', b" [ ] ", b"{}"),
        *(b'"\\ud800"', b'"\x7f"', '"\u2028今🙂"'.encode(), b'{"a":1,"a":2}', b"[" * 3000 + b"]" * 3000, b"\r\n1\t"),
    ],
    ids=lambda text: text[:12],
)
def test_what_the_grammar_allows_is_valid(text: bytes) -> None:
    assert jsontext.valid(text)
    assert jsontext.fault(text) is None


_BYTES = st.lists(
    st.sampled_from(
        [*(bytes((byte,)) for byte in b'{}[]:,"\\ue+-.019atrfl \n\x01'), b"true", b"\xe4\xbb\x8a", b"\xff"]
    ),
    max_size=14,
).map(b"".join)


@given(_BYTES)
def test_the_quick_judge_never_says_yes_where_the_exact_one_says_no(text: bytes) -> None:
    if jsontext.quickly_valid(text):
        assert jsontext.fault(text) is None


@given(_BYTES)
def test_the_exact_judge_agrees_with_pythons_parser(text: bytes) -> None:
    """Which takes NaN and, from bytes, a BOM and surrogates too; none of these can be written here."""
    try:
        json.loads(text.decode())
    except ValueError:
        assert jsontext.fault(text) is not None
    else:
        assert jsontext.fault(text) is None


@given(_BYTES, st.lists(st.integers(0, 14)))
def test_where_a_text_is_cut_changes_no_verdict(text: bytes, cuts: list[int]) -> None:
    whole, pieces = Scanner(), Scanner()
    whole.feed(text)
    edges = sorted({0, len(text), *(at for at in cuts if at < len(text))})
    for start, end in pairwise(edges):
        if pieces.outcome == "open":
            pieces.feed(text[start:end])
    assert pieces.finish() == whole.finish()
    assert pieces.expected == whole.expected


def test_compact_takes_white_space_outside_strings_only() -> None:
    assert jsontext.compact(b'{ "a b\\" " :\r\n[ 1 ,\t2 ] }') == b'{"a b\\" ":[1,2]}'
    assert jsontext.compact(b'[ "\\ud83d a" , 1.0 ]') == b'["\\ud83d a",1.0]'
    assert jsontext.compact(b"[ " * 3000 + b"]" * 3000) == b"[" * 3000 + b"]" * 3000
    assert jsontext.single_line(b'  { "a" : 1 }\t') == b'{ "a" : 1 }'
    assert jsontext.single_line(b'{\n "a" : 1 }') == b'{"a":1}'
    assert jsontext.single_line(b"[1,\r2]") == b"[1,2]"


def test_strings_are_written_as_utf8_and_lone_surrogates_as_escapes() -> None:
    assert jsontext.string('今"\n') == '"今\\"\\n"'.encode()
    assert jsontext.string("\ud83d") == b'"\\ud83d"'
    assert jsontext.string_value(b'"\\u4eca"') == "今"
    assert jsontext.string_value(b'"\\ud83d"') == "\ud83d"


@pytest.mark.parametrize(
    "texts", [[], [""], ["今", ""], ['a",', '"b'], ["a\\", "b"], ["a\t", "b"], ["\x7f", "\x1f"], [",", "[", "]"]]
)
def test_many_strings_are_written_as_each_by_itself(texts: list[str]) -> None:
    assert jsontext.strings_on_lines([*map(str.encode, texts)]) == b"".join(
        jsontext.string(text) + b"\n" for text in texts
    )


@pytest.mark.parametrize("more", [[], ['"']])
def test_what_breaks_lines_becomes_a_line_feed(more: list[str]) -> None:
    texts = ["a\nb", "\n", "c\n\nd\n", *more]
    broken = [text.replace("\n", "\r\ndata: ").encode() for text in texts]
    expected = b"".join(jsontext.string(text) + b"\n" for text in texts)
    assert jsontext.strings_on_lines(broken, b"\r\ndata: ") == expected


@given(st.lists(st.text('a",[]\\\x00今\x7f\u2028', max_size=3)))
def test_any_strings_are_written_as_each_by_itself(texts: list[str]) -> None:
    assert jsontext.strings_on_lines([*map(str.encode, texts)]) == b"".join(
        jsontext.string(text) + b"\n" for text in texts
    )


@pytest.mark.parametrize(
    ("block", "count", "size"),
    [
        (b"", 0, 0),
        (b'{"a":1}\n[2]\n"\xe4\xbb\x8a"\n', 3, 18),
        (b"1\n2\n\n3\n", 2, 4),
        (b"1\n 2\n", 1, 2),
        (b"1\n2\t\n", 1, 2),
        (b"1\nx\n", 1, 2),
        (b"{}{}\n{\n}\n", 0, 0),  # as many texts as lines
        (b"[1]\n[2,\n3]\n", 1, 4),
        (b'1\n"\xff"\n2\n', 1, 2),
        (b'1\n"\xe4\n\xbb\x8a"\n', 1, 2),
        (b"1\n" + b"[" * 100_000 + b"]" * 100_000 + b"\n", 1, 2),
        (b'"\\ud800"\n', 0, 0),
    ],
)
def test_lines_that_are_texts_are_counted(block: bytes, count: int, size: int) -> None:
    assert jsontext.count_lines(block) == (count, size)


@pytest.mark.parametrize(
    ("text", "expected"), [(b"", True), ("今".encode(), True), (b"\xe4\xbb", False), (b"\xff", False)]
)
def test_utf8(text: bytes, expected: bool) -> None:
    assert jsontext.is_utf8(text) is expected


def test_texts_are_counted_up_to_the_first_that_is_none() -> None:
    assert jsontext.count_valid([b"1", b" {} ", b"", b"2"]) == 2
    assert jsontext.count_valid([b"[" * 100_000]) == 0
    named = jsontext.names([b'{"type":"a","b":1}', b'{"event":"c","type":"d","type":"e"}', b"[]", b"{}"])
    assert [(one.type, one.event, one.event_type) for one in named] == [("a", "", ""), ("e", "c", "")]


def test_texts_are_written_on_lines() -> None:
    assert jsontext.on_lines([b"1", b'{"a": 2}'], over_lines=False) == b'1\n{"a": 2}\n'
    assert jsontext.on_lines([b"1", b'\t{"a": 2}'], over_lines=False) == b'1\n{"a": 2}\n'
    assert jsontext.on_lines([b"1", b'{"a":\n2}'], over_lines=True) == b'1\n{"a":2}\n'
    assert jsontext.on_lines([], over_lines=False) == b""


@pytest.mark.parametrize("text", [b"", b"{", b'{"a": [1, "b', b'{\n  "a": "\\', b'{"a": tru'])
def test_the_start_of_a_text_seems_cut(text: bytes) -> None:
    assert jsontext.seems_cut(text)


@pytest.mark.parametrize("text", [b"{}", b"{]", b"{} {", b"x", b"[" * 100_000, b'"\\ud800"'])
def test_what_is_no_start_does_not(text: bytes) -> None:
    assert not jsontext.seems_cut(text)


def test_many_texts_are_made_compact() -> None:
    assert jsontext.compact_lines([b'{\n"a": 1\n}', b'[ "\xe4\xbb\x8a" ]']) == '{"a":1}\n["今"]\n'.encode()
    for bad in (b"{", b'"\xe4"', b"[" * 100_000 + b"]" * 100_000):
        with pytest.raises(ValueError, match=r"malformed|truncated|nested|utf-8"):
            jsontext.compact_lines([b"{}", bad])


def test_only_what_is_safe_everywhere_is_embedded() -> None:
    assert jsontext.embeddable(b'{"a":1e400}')
    assert jsontext.embeddable(b"[" * 100 + b"]" * 100)
    assert jsontext.embeddable(b"[" + b"[]," * 200 + b"0]")
    for text in (b"1", b'"a"', b" {}", b"{}\n", b"[\n]", b"{", b'["\\ud83d"]', b"[" * 101 + b"]" * 101, b"{x}", b""):
        assert not jsontext.embeddable(text), text


def test_members_are_texts() -> None:
    assert jsontext.members(b'{"a":1.0,"b":[1, 2],"a":-0}') == {"a": b"-0", "b": b"[1, 2]"}
    with pytest.raises(ValueError, match="Expected `object`"):
        jsontext.members(b"[]")


def test_depth_counts_brackets_outside_strings() -> None:
    assert jsontext.depth(b'[{"a":"]["},[[]]]') == 3


def test_a_value_is_written_as_it_was_read() -> None:
    value = jsontext.loads('{"n":1.5,"big":123456789012345678901234567890,"s":"\\ud83d\\ude00é","e":1e400,"m":-1e400}')
    assert jsontext.dumps(value).decode() == (
        '{"n":1.5,"big":123456789012345678901234567890,"s":"😀é","e":1e999,"m":-1e999}'
    )
    assert jsontext.dumps(["Infinity", 1e999]) == b'["Infinity",1e999]'
    assert jsontext.dumps("é\ud83d") == b'"\\u00e9\\ud83d"'  # UTF-8 holds no half of a character


@pytest.mark.parametrize("digits", ["9" * 4301, "1" + "0" * 9000, "-" + "7" * 20_001, "3" * 4096])
def test_an_integer_of_any_size_is_read_and_written_exactly(digits: str) -> None:
    text = f'{{"NaN":["Infinity",{digits},1e999,{{"\\"NaN":{digits},"n":-0.5}}],"long":{digits}}}'
    value = jsontext.loads(text)
    assert value["long"] % 10**9 == int(digits[-9:]) * (1 if digits[0] != "-" else -1) % 10**9
    assert jsontext.dumps(value).decode() == text


def test_what_is_nested_past_the_stack_cannot_be_written() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ValueError, match="nested too deep"):
        jsontext.dumps(deep)
    with pytest.raises(ValueError, match="nested too deep"):
        jsontext.dumps([10**5000, deep])


def test_indenting_keeps_every_token() -> None:
    assert jsontext.indented(b'{"a":1.0,"a":[1e400,"\\u00e9",{}]}') == (
        b'{\n  "a": 1.0,\n  "a": [\n    1e400,\n    "\\u00e9",\n    {}\n  ]\n}'
    )
    deep = b"[" * 5000 + b"]" * 5000
    assert jsontext.indented(deep) == deep


@pytest.mark.parametrize("text", ["{}", "[{}]", '{"é":{}}', '[1,{"a":[],"b":[null,{},"\\ud800"]}]'])
def test_integers_longer_than_python_writes_are_written(text: str) -> None:
    text = text.replace("{}", "-" + "7" * 5000)
    assert jsontext.dumps(jsontext.loads(text)).decode() == text
    assert jsontext.dumps(jsontext.loads(text), spaced=True).decode() == text.replace(",", ", ").replace(":", ": ")


def test_nested_as_deep_as_any_library_reads() -> None:
    """One counts calls of its own from where it is called, so that what is left of the stack does not decide."""
    deep = "[" * 1000 + "]" * 1000
    assert isinstance(jsontext.loads(deep), list)
    for text in ("[" * 1000 + "1" * 20 + "]" * 1000, "[" * 2000 + "]" * 2000):
        with pytest.raises(RecursionError):
            jsontext.loads(text)
