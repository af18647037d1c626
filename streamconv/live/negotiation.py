"""Which format a client gets: RFC 9110, 12.5.1, and what clients of streams really send."""

from __future__ import annotations

from streamconv.formats import by_media_type


def negotiate(accept: str, own: str) -> str:
    """The name of the format for an Accept header: the capture's own, unless another type of stream is asked for.

    `*/*` and `application/json` say nothing: the SDKs of OpenAI and Anthropic send the latter while they stream. Of
    several types of stream, that with the highest weight is taken, the first of equals.
    """
    weights = _weights(accept)
    if any(weights.get(one, 0.0) > 0 for one in ("*/*", "application/json")):
        return own
    asked = [(weight, found) for essence, weight in weights.items() if (found := by_media_type(essence)) and weight > 0]
    served = [(weight, found.name) for weight, found in asked if found.name == own or found.writer is not None]
    return max(served, key=lambda one: one[0], default=(0.0, own))[1]


def _weights(accept: str) -> dict[str, float]:
    """The weights of the media ranges, which are in lower case, without parameters; 0 for one that is no number."""
    found: dict[str, float] = {}
    for part in accept.split(","):
        essence, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = next((piece[2:] for piece in parameters if piece.startswith("q=")), "1")
        try:
            found.setdefault(essence, float(weight))
        except ValueError:
            found.setdefault(essence, 0.0)
    return found
