"""What readers of a JSON text disagree on: each kind by example, and the quick look against the walk."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamconv import jsontext
from streamconv.rules.facts import facts, is_plain, walk


@pytest.mark.parametrize(
    ("text", "kind", "shown", "number"),
    [
        ('{"a":1,"a":2}', "duplicate-key", '"a"', 1),
        ('{"a":1,"\\u0061":2,"a":3}', "duplicate-key", '"\\u0061"', 2),
        ('{"a":{"a":1},"b":[{"c":1,"c":2}]}', "duplicate-key", '"c"', 1),
        ('{"\\ud83d":1,"\\uD83D":2}', "duplicate-key", '"\\uD83D"', 1),
        ("[9007199254740992]", "int-beyond-2^53", "9007199254740992", 1),
        ("[-9007199254740992,1,9007199254740993]", "int-beyond-2^53", "-9007199254740992", 2),
        ("18446744073709551615", "int-beyond-2^53", "18446744073709551615", 1),
        ("-9223372036854775808", "int-beyond-2^53", "-9223372036854775808", 1),
        ("18446744073709551616", "int-over-64bit", "18446744073709551616", 1),
        ("-9223372036854775809", "int-over-64bit", "-9223372036854775809", 1),
        ("1" * 5000, "int-over-64bit", "1" * 5000, 1),
        ("1e400", "float-overflow", "1e400", 1),
        ("[-1E+309,1]", "float-overflow", "-1E+309", 1),
        ("1" * 400 + ".5", "float-overflow", "1" * 400 + ".5", 1),
        ('"\\ud83d"', "lone-surrogate", "\\ud83d", 1),
        ('"\\ude00\\ud83d"', "lone-surrogate", "\\ude00", 2),
        ('"\\ud83d\\ud83d\\ude00"', "lone-surrogate", "\\ud83d", 1),
        ('"\\ud83d\\n\\ude00"', "lone-surrogate", "\\ud83d", 2),
        ('"\\ud83dx\\ude00"', "lone-surrogate", "\\ud83d", 2),
        ('"a\u2028b"', "linesep", "\u2028", 1),
        ('{"\u2029":"\x85"}', "linesep", "\u2029", 2),
        ("[" * 513 + "]" * 513, "deep", "[", 1),
        ('{"a":[' * 257 + "1" + "]}" * 257, "deep", "{", 1),
    ],
)
def test_each_kind_is_found_with_its_place(text: str, kind: str, shown: str, number: int) -> None:
    data = text.encode()
    assert jsontext.valid(data)
    assert not is_plain(data)
    found = {fact.kind: fact for fact in facts(data)}
    assert (found[kind].shown, found[kind].number) == (shown, number)
    fact = found[kind]
    assert data[fact.position : fact.position + fact.length].decode() == shown


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[]",
        '""',
        "-0",
        "1.0",
        "9007199254740991",
        "-9007199254740991",
        "0.12345678901234567890",
        "12345678901234567890.5",
        "1e308",
        "1e-400",
        "1E5",
        '{"a":{"a":{"a":1}}}',
        '{"a\\"":1,"a":2}',
        '{"a":"\\":"}',
        '{"9007199254740993":"1e400"}',
        '"\\ud83d\\ude00"',
        '"\\\\ud83d"',
        '"\\u00e9é今🙂"',
        '"\u2027\u202a"',
        '"{{{{[[[["',
        "[" * 512 + "]" * 512,
        ' { "a" : [ 1 , 2 ] } ',
    ],
)
def test_what_all_readers_agree_on_has_no_facts(text: str) -> None:
    assert jsontext.valid(text.encode())
    assert walk(text.encode()) == ()
    assert facts(text.encode()) == ()


@pytest.mark.parametrize(
    "text",
    [
        '{"model":"x","choices":[{"delta":{"content":"Hello"},"finish_reason":null}],"created":1700000000}',
        '{"model": "x", "choices": [{"delta": {"content": "Hello"}}]}',
        '{"t":"\\u4eca\\ud83d\\ude00","f":1.50}',
        '{"id":"chatcmpl-000000000000000000000001","trace":"4bf92f3577b34da6a3ce929d0e0e4736","at":1700000000}',
        '{"id":"gen-1731606465123456789","p":[-0.12345678901234567890,"00000000000000000000"]}',
        '{"a":{"b":{"c":[[],{},""]}}}',
        "[" * 300 + "]" * 300,
    ],
)
def test_the_texts_of_everyday_are_plain(text: str) -> None:
    """What is not plain is walked, which is slow: these must not be."""
    assert is_plain(text.encode())


def test_a_large_text_is_walked_not_parsed() -> None:
    text = b'["' + b"x" * (1 << 20) + b'"]'
    assert not is_plain(text)
    assert facts(text) == ()


def test_facts_stand_in_the_order_of_their_places() -> None:
    text = '{"a":1e400,"a":"\u2028","b":9007199254740993}'.encode()
    assert [fact.kind for fact in facts(text)] == ["float-overflow", "duplicate-key", "linesep", "int-beyond-2^53"]


_WHOLE = st.one_of(st.integers(), st.sampled_from([2**53 - 1, 2**53, -(2**53), 2**63, 2**64 - 1, 2**64]))
VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        _WHOLE,
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=8),
        st.sampled_from(["\u2028", "\x85", "\ud83d", "1e400", '":', "a\\", "\U0001f642"]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=3), inner, max_size=4)),
    max_leaves=12,
)
_SPELLINGS = st.fixed_dictionaries(
    {
        "ensure_ascii": st.booleans(),
        "indent": st.sampled_from([None, 2]),
        "separators": st.sampled_from([None, (",", ":")]),
    }
)


@settings(max_examples=4 * settings().max_examples)
@given(VALUES, _SPELLINGS, st.sampled_from(["", '{"a":1,"a":', '{"k":1e400,"v":', "[" * 300]))
def test_the_quick_look_never_passes_what_the_walk_finds(
    value: object, spelling: dict[str, object], before: str
) -> None:
    """A text that is called plain has no facts, in whatever way it is spelled."""
    after = "".join({"{": "}", "[": "]"}[char] for char in reversed(before) if char in "{[")
    written = json.dumps(value, **spelling)  # type: ignore[arg-type]
    text = (before + written + after).encode("utf-8", "replace")
    assert jsontext.valid(text)
    if is_plain(text):
        assert walk(text) == ()
    assert facts(text) == walk(text)


@settings(max_examples=10 * settings().max_examples)
@given(st.lists(st.sampled_from(['"a"', '"\\u0061"', '"b"', '"A"', '""', '"a\\""']), min_size=1, max_size=5))
def test_a_name_is_there_twice_exactly_when_its_value_is(names: list[str]) -> None:
    """With escapes undone, as Python's parser does, an object has as many names as members, or one is there twice."""
    text = "{" + ",".join(f"{name}:1" for name in names) + "}"
    pairs = json.loads(text, object_pairs_hook=list)
    twice = len({name for name, _ in pairs}) < len(pairs)
    assert ("duplicate-key" in {fact.kind for fact in facts(text.encode())}) == twice
