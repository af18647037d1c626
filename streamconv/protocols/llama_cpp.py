"""llama.cpp's own /completion (ggml-org/llama.cpp, tools/server/README.md); its chat speaks as OpenAI's does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from streamconv.protocols.event import Event
from streamconv.protocols.shape import besides, elements, number, text
from streamconv.protocols.sign import Sign, Usage
from streamconv.protocols.text_answers import TextAnswers

# Lists of which each event has those of its own tokens.
_LISTS: Final = ("tokens", "completion_probabilities")
# How builds before `stop_type` said the same.
_FLAGS: Final = {"stopped_eos": "eos", "stopped_word": "word", "stopped_limit": "limit"}


class LlamaCpp(TextAnswers):
    """Where several prompts were sent their answers are interleaved, each with its `index`."""

    name = "llama-cpp"
    title = "llama.cpp completion"
    source = "ggml-org/llama.cpp, tools/server/README.md, POST /completion"
    terminator = ""
    finishes: ClassVar = {"eos": "stop", "word": "stop", "limit": "length"}

    def __init__(self) -> None:
        super().__init__()
        self._members: dict[int, dict[str, Any]] = {}

    @staticmethod
    def recognises(event: Event) -> str | None:
        """A content, whether it stops, and one of the members that only this server has beside them."""
        value = event.object
        if not isinstance(value.get("content"), str) or not isinstance(value.get("stop"), bool):
            return None
        member = next(
            (name for name in ("id_slot", "slot_id", "multimodal", "tokens_predicted") if name in value), None
        )
        return f"content, stop and {member}" if member is not None else None

    def _take(self, event: Event) -> Iterator[Sign]:
        value = event.object
        index = number(value.get("index"))
        held = self._members.setdefault(index, {})
        for name in _LISTS:
            held.setdefault(name, []).extend(elements(value.get(name)))
        held.update(besides(value, "content", *_LISTS))
        self.model = text(value.get("model")) or self.model
        yield from self._add(value.get("content"), index)
        if value.get("stop") is True:
            self.usage = {name: value[name] for name in ("tokens_evaluated", "tokens_predicted") if name in value}
            yield Usage()
            flag = next((reason for name, reason in _FLAGS.items() if value.get(name) is True), "none")
            yield from self._finish(text(value.get("stop_type")) or flag, index)

    def native(self) -> Any:
        """The response of the server: an object, of several prompts a list of them."""
        answers = [
            {"content": self._text(index), **{name: value for name, value in held.items() if value != []}}
            for index, held in sorted(self._members.items())
        ]
        return answers[0] if len(answers) == 1 else answers
