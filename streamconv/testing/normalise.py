"""Normalising: what a stream says without what every run says anew, as plain values for snapshots."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from streamconv.record import Record
from streamconv.testing.payload import payload_of

VOLATILE: Final = frozenset(
    {
        # ids, of messages and what is in them
        *("id", "item_id", "call_id", "tool_call_id", "tool_use_id", "toolCallId", "response_id", "request_id"),
        *("message_id", "messageId", "responseId", "generation_id", "trace_id", "x_groq", "signature"),
        # times and durations
        *("created", "created_at", "createTime", "completed_at", "timestamp", "expires_at"),
        *("total_duration", "load_duration", "prompt_eval_duration", "eval_duration"),
        # what a provider's machine adds
        *("system_fingerprint", "obfuscation", "service_tier"),
    }
)
"""The members of payloads that differ between two runs of the same request; `id` is also the id of an event."""


def normalise(records: Iterable[Record], *, drop: Iterable[str] = VOLATILE) -> list[dict[str, Any]]:
    """What the records say, as plain values that are the same in every run.

    Each is a dict with what it has of `kind` (where it is no event), `event`, `id`, `retry`, `comments` and `data`: the
    payload, parsed where it is JSON. Members of payloads whose name is in `drop` are left out, at any depth:
    `drop={*VOLATILE, "usage"}` leaves out more.
    """
    names = frozenset(drop)
    return [_plain(record, names) for record in records]


def _plain(record: Record, drop: frozenset[str]) -> dict[str, Any]:
    plain: dict[str, Any] = {"kind": record.kind} if record.kind != "event" else {}
    for name in ("event", "id", "retry", "comments"):
        value = getattr(record, name)
        if value not in (None, ()) and name not in drop:
            plain[name] = [*value] if name == "comments" else value
    if record.data is not None:
        plain["data"] = _without(payload_of(record), drop)
    return plain


def _without(value: Any, drop: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return {name: _without(one, drop) for name, one in value.items() if name not in drop}
    return [_without(one, drop) for one in value] if isinstance(value, list) else value
