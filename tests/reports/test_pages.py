"""The page of a rule: what stands on it, and that it fits."""

from __future__ import annotations

import re

import pytest

from streamconv.reports.pages import as_markdown, as_text
from streamconv.rules import RULES, Rule, find


def test_a_page_in_text() -> None:
    assert as_text(find("json-duplicate-key")) == (
        """json-duplicate-key (warning)

One object has the same name twice, once escapes are undone.

Parsers keep the last one, the first one, or both; nobody warns. What two
programs read is not the same.

Bad:

    {"a":1,"\\u0061":2}␊

  1:8: warning: the name "\\u0061" is there twice in one object
  [json-duplicate-key]

Good:

    {"a":1,"b":2}␊

Help: write each name once

Clause: RFC 8259, section 4; RFC 7493, section 2.3
"""
    )


def test_a_page_in_markdown() -> None:
    assert as_markdown(find("sse-bom")) == (
        """## sse-bom

*warning*

The stream begins with a byte order mark.

The standard drops one. Python's clients do not: in httpx-sse, openai, anthropic and sseclient-py the first field
has an unknown name, and the first event loses it.

Bad:

```text
<BOM>data: 1␊
␊
```

  1:1: warning: a byte order mark at the start [sse-bom]

Good:

```text
data: 1␊
␊
```

**Help:** write the stream without one

**Fix:** the mark is left out; of two, none

**Clause:** WHATWG HTML 9.2.5 and 9.2.6 (UTF-8 decode)
"""
    )


def test_an_example_says_what_is_known_beside_the_bytes() -> None:
    page = as_text(find("capture-content-type"))
    assert "    (content-type: application/json)\n    data: 1␊\n" in page
    assert "    (max-record-size: 16)\n" in as_text(find("record-too-large"))
    assert "    [0.00 s] data: 1␊\n    [0.00 s] ␊\n    [61.00 s] data: 2␊\n" in as_text(find("sse-keepalive-gap"))
    assert "    (nothing)\n" in as_text(find("capture-empty"))
    assert "Clause" not in as_text(find("capture-empty"))


def test_a_large_example_is_shortened() -> None:
    page = as_text(find("event-too-large"))
    assert re.search(r"^    … \d+ more lines …$", page, re.MULTILINE)
    assert len(page.splitlines()) < 40
    assert "…" in as_text(find("line-too-long"))


@pytest.mark.parametrize("rule", RULES, ids=[rule.name for rule in RULES])
def test_every_page_fits_a_terminal_and_hides_nothing(rule: type[Rule]) -> None:
    page = as_text(rule)
    assert max(map(len, page.splitlines())) <= 80
    for text in (page, as_markdown(rule)):
        assert text.replace("\n", "").isprintable()
        assert text.endswith("\n")
        assert "\n\n\n" not in text
    assert as_markdown(rule).count("```") == 4
