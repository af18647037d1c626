"""Deltas of objects: texts grow, lists and objects take theirs, of anything else the last counts."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from streamconv.protocols.deltas import add
from streamconv.protocols.growing import settled


def added(*deltas: dict[str, Any]) -> Any:
    tree: dict[str, Any] = {}
    for delta in deltas:
        before = copy.deepcopy(delta)
        add(tree, delta)
        assert delta == before
    return settled(tree)


@pytest.mark.parametrize(
    ("deltas", "whole"),
    [
        ([{"a": "x"}, {"a": "y"}, {"a": ""}, {"a": None}], {"a": "xy"}),
        ([{"a": None}, {"a": "x"}], {"a": "x"}),
        ([{"a": ""}], {"a": ""}),
        ([{"id": ""}, {"id": "x"}, {"id": "x"}, {"id": None}, {"id": "y"}], {"id": "x"}),
        ([{"name": "get_"}, {"name": "time"}, {"name": "get_time"}, {"name": ""}], {"name": "get_time"}),
        ([{"name": "get"}, {"name": "get_time"}], {"name": "get_time"}),
        ([{"index": 1}, {"index": 2}], {"index": 1}),
        ([{"n": 1}, {"n": 2.5}, {"n": None}, {"n": True}], {"n": True}),
        ([{"a": {"b": "x", "c": 1}}, {"a": {"b": "y"}}], {"a": {"b": "xy", "c": 1}}),
        ([{"a": 1}, {"a": {"b": "y"}}, {"a": [1]}], {"a": [1]}),
        ([{"a": [1]}, {"a": [2, "x"]}, {"a": []}], {"a": [1, 2, "x"]}),
        (
            [{"a": [{"index": 1, "t": "x"}]}, {"a": [{"index": 0, "t": "y"}, {"index": 1, "t": "z"}]}],
            {"a": [{"index": 1, "t": "xz"}, {"index": 0, "t": "y"}]},
        ),
        ([{"a": [{"t": "x"}]}, {"a": [{"t": "y"}]}], {"a": [{"t": "x"}, {"t": "y"}]}),
        ([{"a": [{"index": "one", "t": "x"}]}], {"a": [{"index": "one", "t": "x"}]}),
    ],
)
def test_deltas_add_up(deltas: list[dict[str, Any]], whole: Any) -> None:
    assert added(*deltas) == whole


def test_what_is_deeper_than_any_delta_goes_is_replaced() -> None:
    def nested(text: str, depth: int) -> Any:
        return {"a": text if depth == 0 else nested(text, depth - 1)}

    assert added(nested("x", 8), nested("y", 8)) == nested("xy", 8)
    assert added(nested("x", 9), nested("y", 9)) == nested("y", 9)
    deep: Any = "x"
    for _ in range(100_000):
        deep = [deep]
    tree: dict[str, Any] = {}
    add(tree, {"a": deep})
    add(tree, {"a": deep})
    assert len(settled(tree)["a"]) == 2
