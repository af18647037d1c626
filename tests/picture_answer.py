"""Makes .github/answer.svg, the picture of a terminal in the README: python -m tests.picture_answer"""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from tests.conftest import FIXTURES, ROOT
from tests.terminal import Terminal

PICTURE: Final = ROOT / ".github" / "answer.svg"
_COLUMNS: Final = 92
_CELL: Final = 8  # units of width of a character, which `textLength` holds it to
_LINE: Final = 20
_MARGIN: Final = 16
_INK: Final = {"default": "#c9d1d9", "red": "#ff7b72"}


def screen() -> list[list[tuple[str, str]]]:
    """The lines of the terminal: what they hold, and its colours."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        Path("run.sse").write_bytes((FIXTURES / "protocols" / "anthropic-tools.sse").read_bytes()[:1500])
        terminal = Terminal("run.sse", columns=_COLUMNS)
        terminal.stdin.close()
        terminal.until_end()
        shown = [terminal.spans(line) for line, text in enumerate(terminal.lines) if text]
    return [[("$ streamconv run.sse", "default")], *shown]


def drawn(lines: list[list[tuple[str, str]]]) -> str:
    """SVG 1.1 of a dark terminal, with text as text."""
    width, height = _COLUMNS * _CELL + 2 * _MARGIN, len(lines) * _LINE + 2 * _MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'role="img" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="13">',
        "<title>streamconv run.sse</title>",
        f'<rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>',
    ]
    for at, spans in enumerate(lines, 1):
        column = 0
        for text, colour in spans:
            left = len(text) - len(text.lstrip())
            place = f'x="{_MARGIN + (column + left) * _CELL}" y="{_MARGIN + at * _LINE - 6}"'
            length = len(text.strip()) * _CELL
            parts.append(
                f'<text {place} fill="{_INK[colour]}" textLength="{length}" xml:space="preserve">'
                f"{escape(text.strip())}</text>"
            )
            column += len(text)
    return "\n".join([*parts, "</svg>\n"])


if __name__ == "__main__":
    PICTURE.write_text(drawn(screen()))
