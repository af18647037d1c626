"""A document changes as JSON Patch says, all or nothing, and its copies stay as they were."""

from __future__ import annotations

from typing import Any

import pytest

from streamconv.protocols.document import Document, copied
from streamconv.protocols.growing import Growing


@pytest.mark.parametrize(
    ("before", "operations", "after"),
    [
        # the examples of RFC 6902, appendix A
        ({"foo": "bar"}, [{"op": "add", "path": "/baz", "value": "qux"}], {"baz": "qux", "foo": "bar"}),
        ({"foo": ["bar", "baz"]}, [{"op": "add", "path": "/foo/1", "value": "qux"}], {"foo": ["bar", "qux", "baz"]}),
        ({"baz": "qux", "foo": "bar"}, [{"op": "remove", "path": "/baz"}], {"foo": "bar"}),
        ({"foo": ["bar", "qux", "baz"]}, [{"op": "remove", "path": "/foo/1"}], {"foo": ["bar", "baz"]}),
        ({"baz": "qux"}, [{"op": "replace", "path": "/baz", "value": "boo"}], {"baz": "boo"}),
        (
            {"foo": {"bar": "baz", "waldo": "fred"}, "qux": {"corge": "grault"}},
            [{"op": "move", "from": "/foo/waldo", "path": "/qux/thud"}],
            {"foo": {"bar": "baz"}, "qux": {"corge": "grault", "thud": "fred"}},
        ),
        (
            {"foo": ["all", "grass", "cows", "eat"]},
            [{"op": "move", "from": "/foo/1", "path": "/foo/3"}],
            {"foo": ["all", "cows", "eat", "grass"]},
        ),
        (
            {"baz": "qux", "foo": ["a", 2, "c"]},
            [{"op": "test", "path": "/baz", "value": "qux"}, {"op": "test", "path": "/foo/1", "value": 2}],
            {"baz": "qux", "foo": ["a", 2, "c"]},
        ),
        ({"foo": "bar"}, [{"op": "add", "path": "/child", "value": {"x": {}}}], {"foo": "bar", "child": {"x": {}}}),
        ({"/": 9, "~1": 10}, [{"op": "test", "path": "/~01", "value": 10}], {"/": 9, "~1": 10}),
        ({"foo": ["bar"]}, [{"op": "add", "path": "/foo/-", "value": ["abc"]}], {"foo": ["bar", ["abc"]]}),
        # and what they leave out
        ({"a": [1]}, [{"op": "replace", "path": "/a/0", "value": 2}], {"a": [2]}),
        ({"a": 1}, [{"op": "replace", "path": "", "value": [3]}], [3]),
        ({"a": 1}, [{"op": "remove", "path": ""}], None),
        ({"a": {"b": 1}}, [{"op": "copy", "from": "/a", "path": "/c"}], {"a": {"b": 1}, "c": {"b": 1}}),
        ({"a": 1}, [{"op": "move", "from": "/a", "path": "/a"}], {"a": 1}),
        ({"a": [{"b": None}]}, [{"op": "test", "path": "", "value": {"a": [{"b": None}]}}], {"a": [{"b": None}]}),
    ],
)
def test_a_patch_is_applied(before: Any, operations: Any, after: Any) -> None:
    document = Document(before)
    assert document.patch(operations)
    assert document.plain() == after


@pytest.mark.parametrize(
    "misfit",
    [
        {"op": "add", "path": "/nowhere/b", "value": 1},
        {"op": "add", "path": "b", "value": 1},
        {"op": "add", "path": "/list/9", "value": 1},
        {"op": "add", "path": "/list/01", "value": 1},
        {"op": "add", "path": "/list/x", "value": 1},
        {"op": "add", "path": "/a/b", "value": 1},
        {"op": "replace", "path": "/nowhere", "value": 1},
        {"op": "replace", "path": "/list/-", "value": 1},
        {"op": "remove", "path": "/a/b"},
        {"op": "move", "from": "/object", "path": "/object/inside"},
        {"op": "copy", "from": "/nowhere", "path": "/b"},
        {"op": "test", "path": "/a", "value": True},
        {"op": "test", "path": "/list", "value": [1, 2, 4]},
        {"op": "test", "path": "/list", "value": [1]},
        {"op": "test", "path": "/object", "value": {"b": 1}},
        {"op": "test", "path": "/object", "value": [1]},
        {"op": "swim", "path": "/a"},
        {"op": "add", "path": "/a"},
        {"op": "add", "path": 7, "value": 1},
        "add",
    ],
)
def test_a_patch_that_does_not_fit_changes_nothing(misfit: Any) -> None:
    before = {"a": 1, "list": [1, 2, 3], "object": {"a": 1}}
    document = Document(copied(before))
    changes = [
        {"op": "add", "path": "/new", "value": 1},
        {"op": "replace", "path": "/a", "value": 2},
        {"op": "add", "path": "/list/0", "value": 0},
        {"op": "remove", "path": "/list/3"},
        {"op": "replace", "path": "/list/1", "value": 9},
        {"op": "remove", "path": "/object/a"},
        {"op": "add", "path": "/object/a", "value": 1},
        {"op": "test", "path": "/new", "value": 1},
        {"op": "add", "path": "/list", "value": [1, 2, 3]},
        {"op": "replace", "path": "/a", "value": 1},
    ]
    assert not document.patch([*changes, misfit])
    assert document.plain() == before
    assert list(document.plain()) == list(before)
    assert document.patch(changes)


def test_what_is_no_patch_does_not_fit() -> None:
    assert not Document({}).patch({"op": "add", "path": "/a", "value": 1})
    document = Document({"a": 1})
    assert not document.patch([{"op": "replace", "path": "", "value": 2}, {"op": "remove", "path": "/a"}])
    assert document.plain() == {"a": 1}


def test_copies_of_copies_have_an_end() -> None:
    """Each operation doubles the document: after forty there would be no memory. After one that is too large, none
    is tried: it would take as long.
    """
    document = Document({"a": [1, 2, 3]})
    fitted = [document.patch([{"op": "copy", "from": "", "path": f"/{number}"}]) for number in range(40)]
    assert fitted[:10] == [True] * 10
    assert not any(fitted[20:])
    assert not document.patch([{"op": "copy", "from": "/a", "path": "/c"}])
    assert document.patch([{"op": "add", "path": "/b", "value": 1}])


def test_a_copy_knows_nothing_of_later_changes_and_depth_costs_no_stack() -> None:
    deep: Any = []
    for _ in range(5000):
        deep = [deep]
    document = Document({"a": {"b": [1]}, "deep": deep, "same": deep})
    before = document.plain()
    assert document.patch([{"op": "add", "path": "/a/b/-", "value": 2}])
    assert before["a"] == {"b": [1]}
    assert document.plain()["a"] == {"b": [1, 2]}
    document.merge({"deep": 1})
    assert document.patch([{"op": "test", "path": "/same", "value": deep}])


def test_merging_goes_level_by_level() -> None:
    document = Document()
    document.merge({"usage": {"input": 1, "more": {"a": 1}}, "list": [1]})
    document.merge({"usage": {"output": 2, "more": {"b": 2}}, "list": [2], "model": "m"})
    usage = {"input": 1, "output": 2, "more": {"a": 1, "b": 2}}
    assert document.plain() == {"usage": usage, "list": [2], "model": "m"}
    document.merge("text")
    assert document.plain() == "text"


def test_paths_of_keys_make_their_way_and_texts_grow() -> None:
    document = Document()
    assert document.write(["chat", "list"], [])
    assert document.write(["chat", "list", "0", "text"], "He")
    assert document.append(["chat", "list", 0, "text"], "llo")
    assert document.append(["chat", "list", "0", "text"], "!")
    assert document.write(["chat", "list", "1"], 2)
    assert document.patch([{"op": "test", "path": "/chat/list/0", "value": {"text": "Hello!"}}])
    assert document.plain() == {"chat": {"list": [{"text": "Hello!"}, 2]}}
    assert not document.append(["chat", "list"], "x")
    assert not document.append(["nothing"], "x")
    assert not document.write(["chat", "list", "9"], 1)
    assert not document.write("chat", 1)
    assert document.write([], {"new": 1})
    assert document.plain() == {"new": 1}
    assert copied([Growing("a")]) == ["a"]
    assert not Document(7).write(["a"], 1)
