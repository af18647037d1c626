"""What a message stands on, as a part: a page, a file, what a search found."""

from __future__ import annotations

from typing import Any

from streamconv.protocols.message import Part
from streamconv.protocols.shape import members, text


def source(found: Any) -> Part:
    """The part for a source: a URL, an annotation, or what a search found. Its text is the URL."""
    if isinstance(found, str):
        return Part("source", found)
    place = members(members(found).get("url_citation", found))
    return Part("source", text(place.get("url")) or "", value=found)
