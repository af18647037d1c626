"""OpenAI's and Anthropic's clients, whole, in both worlds: what each reads at an address, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

import anthropic
import openai

from tests.conftest import FIXTURES

_QUESTION: Final[list[Any]] = [{"role": "user", "content": "?"}]
_CHAT: Final[dict[str, Any]] = {"model": "any", "messages": _QUESTION, "stream": True}


class Outcome(NamedTuple):
    """The payloads that a client gave, and the name of what it raised then; "" where it raised nothing."""

    payloads: list[Any]
    raised: str = ""


class SDK(NamedTuple):
    """A client: its classes for the two worlds, and a stream for it."""

    name: str
    client: Any
    async_client: Any
    stream: Any
    async_stream: Any
    fixture: Path

    def chat(self, asynchronous: bool, **how: Any) -> Outcome:
        """What comes of a chat, as its user asks for it."""

        def ask(client: Any) -> Any:
            if self.name == "openai":
                return client.chat.completions.create(**_CHAT)
            return client.messages.create(**_CHAT, max_tokens=9)

        return self._outcome(ask, asynchronous, how)

    def read(self, asynchronous: bool, **how: Any) -> Outcome:
        """What comes of any stream: the client's own reader, without the types of an API."""
        stream = self.async_stream if asynchronous else self.stream
        return self._outcome(
            lambda client: client.post("/", cast_to=object, stream=True, stream_cls=stream[object]), asynchronous, how
        )

    def _outcome(self, ask: Callable[[Any], Any], asynchronous: bool, how: dict[str, Any]) -> Outcome:
        found: list[Any] = []

        def read() -> None:
            with self.client(**how) as client, ask(client) as stream:
                found.extend(stream)

        async def aread() -> None:
            async with self.async_client(**how) as client, await ask(client) as stream:
                async for one in stream:
                    found.append(one)

        try:
            asyncio.run(aread()) if asynchronous else read()
        except Exception as error:
            return Outcome(found, type(error).__name__)
        return Outcome(found)


SDKS: Final = {
    "openai": SDK(
        "openai",
        openai.OpenAI,
        openai.AsyncOpenAI,
        openai.Stream,
        openai.AsyncStream,
        FIXTURES / "openai-chat.sse",
    ),
    "anthropic": SDK(
        "anthropic",
        anthropic.Anthropic,
        anthropic.AsyncAnthropic,
        anthropic.Stream,
        anthropic.AsyncStream,
        FIXTURES / "anthropic.sse",
    ),
}
