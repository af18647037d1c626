"""A page of HTML or XML, with which servers and proxies answer where a stream was asked for (WHATWG HTML 13.1)."""

from __future__ import annotations

import re
from typing import Final

BEGINS: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?[ \t\r\n]*+<(?:!doctype\b|html\b|head\b|body\b|\?xml\b|!--)", re.IGNORECASE
)
_TITLE = re.compile(rb"<title\b[^>]{0,200}+>([^<]{1,200})", re.IGNORECASE)


def words(start: bytes) -> str:
    """What is said of a page that begins so: its title, which mostly is what went wrong."""
    import html  # with a table of all entities

    found = _TITLE.search(start)
    title = " ".join(html.unescape(found[1].decode("utf-8", "replace")).split()) if found is not None else ""
    return f"a page of HTML or XML, not a stream: {repr(title) if title else 'an error page, or a login?'}"
