"""Bar charts as SVG 1.1, with text as text, in greys and a blue that can be read on white and on black."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple
from xml.sax.saxutils import escape

_WIDTH: Final = 760
_NAMES: Final = 190  # the width of the names, on the left
_FIGURES: Final = 60  # that of the figures, on the right
_LINE: Final = 24
_OURS: Final = "#2f81f7"
_GREY: Final = "#8b949e"


class Measure(NamedTuple):
    """One bar: what, how much; one of what is `wrong` is only outlined."""

    name: str
    value: float
    ours: bool = False
    wrong: bool = False


class Chart(NamedTuple):
    """Bars under a title."""

    title: str
    measures: Sequence[Measure]


def drawn(*charts: Chart) -> str:
    """The charts, one below the other."""
    lines: list[str] = []
    top = 0
    for chart in charts:
        lines += _chart(chart, top)
        top += _LINE * (len(chart.measures) + 2)
    key = "outlined: wrong on one or more of CRLF, two data lines, no space, BOM"
    lines.append(_text(_NAMES + 8, top + 14, key, _GREY))
    title = "; ".join(chart.title for chart in charts)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {top + _LINE}" width="{_WIDTH}" '
            f'height="{top + _LINE}" role="img" font-family="system-ui, sans-serif" font-size="13">',
            f"<title>{escape(title)}</title>",
            *lines,
            "</svg>\n",
        ]
    )


def _chart(chart: Chart, top: int) -> list[str]:
    lines = [_text(_NAMES + 8, top + 18, chart.title, _GREY, weight="bold")]
    most = max(measure.value for measure in chart.measures)
    for at, measure in enumerate(chart.measures, 1):
        y = top + at * _LINE + 4
        width = measure.value / most * (_WIDTH - _NAMES - 8 - _FIGURES)
        colour = _OURS if measure.ours else _GREY
        weight = "bold" if measure.ours else "normal"
        fill = f'fill="none" stroke="{colour}" stroke-dasharray="3 2"' if measure.wrong else f'fill="{colour}"'
        lines += [
            _text(_NAMES, y + 13, measure.name, colour, weight=weight, anchor="end"),
            f'<rect x="{_NAMES + 8}" y="{y}" width="{width:.1f}" height="{_LINE - 7}" {fill}/>',
            _text(round(_NAMES + 14 + width), y + 13, f"{measure.value:.0f}", colour, weight=weight),
        ]
    return lines


def _text(x: int, y: int, text: str, colour: str, *, weight: str = "normal", anchor: str = "start") -> str:
    style = f'fill="{colour}" font-weight="{weight}" text-anchor="{anchor}"'
    return f'<text x="{x}" y="{y}" {style}>{escape(text)}</text>'
