"""The plot is an SVG whose bars are as long as they should be."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from tests.benchmarks.plot import Chart, Measure, drawn

_SVG = "{http://www.w3.org/2000/svg}"


def test_bars_are_as_long_as_their_values_and_named() -> None:
    measures = [Measure("mawk & co", 400, wrong=True), Measure("streamconv", 300, ours=True), Measure("jq", 40)]
    picture = ElementTree.fromstring(drawn(Chart("first <MB/s>", measures), Chart("second", measures[1:])))
    widths = [float(bar.get("width", "")) for bar in picture.iter(f"{_SVG}rect")]
    assert widths[1] == pytest.approx(widths[0] * 3 / 4, abs=0.1)
    assert widths[2] == pytest.approx(widths[0] / 10, abs=0.1)
    assert widths[3] == widths[0]
    assert [bar.get("fill") == "none" for bar in picture.iter(f"{_SVG}rect")] == [True, False, False, False, False]
    texts = [text.text for text in picture.iter(f"{_SVG}text")]
    assert texts[:5] == ["first <MB/s>", "mawk & co", "400", "streamconv", "300"]
    tops = [float(bar.get("y", "")) for bar in picture.iter(f"{_SVG}rect")]
    assert tops == sorted(tops)
    assert tops[-1] < float(picture.get("height", ""))
