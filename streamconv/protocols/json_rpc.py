"""JSON-RPC 2.0 (jsonrpc.org/specification), as MCP streams it over HTTP: the message is the response to the request.

Facts of MCP: modelcontextprotocol.io, Transports and Tools. A tool's result is text and other content; where the tool
failed, `isError` says so in a response that is none of an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from streamconv.protocols.event import Event
from streamconv.protocols.message import Choice, Part, PartType
from streamconv.protocols.protocol import Protocol, error_in, error_sign
from streamconv.protocols.shape import besides
from streamconv.protocols.sign import Close, Delta, End, Finish, Open, Request, Response, Sign, Start

_CONTENT: Final[dict[str, PartType]] = {"image": "file", "audio": "file", "resource": "file", "resource_link": "source"}


class JsonRpc(Protocol):
    """Of several responses, as to a batch or in a log of a whole session, all count."""

    name = "json-rpc"
    title = "JSON-RPC (MCP)"
    source = "jsonrpc.org/specification; modelcontextprotocol.io, Transports"
    terminator = "response"
    reasons = False
    continues = True
    finishes: ClassVar = {"result": "stop", "isError": "error", "error": "error"}

    def __init__(self) -> None:
        self._responses: list[dict[str, Any]] = []
        self._asked: dict[str | int, None] = {}  # requests that have no response yet
        self._parts: list[Part] = []
        self._reason: str | None = None

    @staticmethod
    def recognises(event: Event) -> str | None:
        """A message, or the first of a batch, that says its version."""
        first = event.value[0] if isinstance(event.value, list) and event.value else event.value
        if isinstance(first, dict) and first.get("jsonrpc") == "2.0":
            return f"a JSON-RPC {'message' if first is event.value else 'batch'}"
        return None

    def take(self, event: Event) -> Iterator[Sign]:
        """Add a message or a batch of them."""
        for message in event.value if isinstance(event.value, list) else [event.value]:
            if isinstance(message, dict):
                yield from self._take_message(message, event)

    def _take_message(self, message: dict[str, Any], event: Event) -> Iterator[Sign]:
        id = message.get("id")
        if isinstance(message.get("method"), str):
            self._parts.append(Part("data", value=message))
            if isinstance(id, str | int):
                if not self._asked:
                    yield Start(str(id))
                self._asked[id] = None
                yield Request(id)
        elif "result" in message or "error" in message:
            yield from self._respond(message, id)
        else:
            self._parts.append(Part("data", value=message))
            failed = error_in(event)
            if failed is not None:
                yield self.fail(*failed)

    def _respond(self, message: dict[str, Any], id: Any) -> Iterator[Sign]:
        self._responses.append(message)
        known = id if isinstance(id, str | int) else None
        self.id = None if known is None else str(known)
        yield Response(known)
        error = message.get("error")
        if error is not None:
            self._reason = "error"
            yield self.fail(error, error_sign(error))
        else:
            yield from self._show(message.get("result"))
        yield Finish(str(self._reason))
        if known is not None:
            self._asked.pop(known, None)
        if not self._asked:
            yield End()

    def _show(self, result: Any) -> Iterator[Sign]:
        """The content of a tool's result; any other result is data."""
        content = result.get("content") if isinstance(result, dict) else None
        if not isinstance(content, list):
            self._reason = "result"
            self._parts.append(Part("data", value=result))
            return
        self._reason = "isError" if result.get("isError") is True else "result"
        for block in content:
            text = block.get("text") if isinstance(block, dict) and block.get("type") == "text" else None
            if isinstance(text, str):
                name = f"content {len(self._parts)}"
                rest = besides(block, "type", "text")
                self._parts.append(Part("text", text, value=rest or None))
                yield Open(name)
                yield Delta(name, "text", text)
                yield Close(name)
            else:
                kind = str(block.get("type")) if isinstance(block, dict) else ""
                self._parts.append(Part(_CONTENT.get(kind, "data"), value=block))
        rest = besides(result, "content", "isError")
        if rest:
            self._parts.append(Part("data", value=rest))

    def native(self) -> Any:
        """The response; a list of them where there are several or none, as the answer to a batch is."""
        return self._responses[0] if len(self._responses) == 1 else [*self._responses]

    def choices(self) -> tuple[Choice, ...]:
        """All that was said: the content of results, and the requests and notifications of the server as data."""
        return (Choice(0, None, tuple(self._parts), self._reason, self.finish_of(self._reason)),)
