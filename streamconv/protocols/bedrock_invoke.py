"""What Titan, Llama, Mistral and Claude 2 stream inside Bedrock's InvokeModelWithResponseStream, each in its own form.

Amazon Bedrock user guide, Inference request parameters and response fields for foundation models. Later models of
Claude are `anthropic-messages` inside, Nova is `bedrock-converse`, Command is `cohere-v1`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from streamconv.protocols.event import Event
from streamconv.protocols.shape import besides, number, objects
from streamconv.protocols.sign import End, Sign, Usage
from streamconv.protocols.text_answers import TextAnswers

METRICS: Final = "amazon-bedrock-invocationMetrics"  # what Bedrock adds to the last payload of every model
# Of each form the member that has the text, and the one that has the reason.
_FORMS: Final = {
    "outputText": "completionReason",  # Titan
    "generation": "stop_reason",  # Llama
    "completion": "stop_reason",  # Claude 2
    "text": "stop_reason",  # one of Mistral's outputs
}
_SURE: Final = ("outputText", "generation")  # those whose members nobody else has together


class BedrockInvoke(TextAnswers):
    """Each payload has some of the text; the last one tells why it ended, and Bedrock's own metrics."""

    name = "bedrock-invoke"
    title = "Bedrock InvokeModelWithResponseStream"
    source = "Amazon Bedrock user guide, Inference request parameters and response fields"
    terminator = METRICS
    finishes: ClassVar = {
        "FINISH": "stop",
        "FINISHED": "stop",
        "STOP_CRITERIA_MET": "stop",
        "LENGTH": "length",
        "RAG_QUERY_WHEN_RAG_DISABLED": "other",
        "CONTENT_FILTERED": "content_filter",
        "stop": "stop",
        "stop_sequence": "stop",
        "max_tokens": "length",
        "length": "length",
    }

    def __init__(self) -> None:
        super().__init__()
        self._form = ""
        self._members: dict[str, Any] = {}

    @staticmethod
    def recognises(event: Event) -> str | None:
        """The members of a model's form; of the less certain ones, only in a `chunk` of AWS."""
        for form in _SURE:
            if isinstance(event.object.get(form), str) and _FORMS[form] in event.object:
                return f"{form} and {_FORMS[form]}"
        if event.name != "chunk" or event.record.format != "aws-eventstream":
            return None
        if isinstance(event.object.get("completion"), str) or any("text" in one for one in _outputs(event)):
            return "a chunk with the text of a model"
        return None

    def _take(self, event: Event) -> Iterator[Sign]:
        outputs = _outputs(event)
        if outputs:
            self._form = "outputs"
            self._members.update(besides(event.object, "outputs", METRICS))
        for index, output in enumerate(outputs or [event.object]):
            yield from self._add_output(index, output, alone=not outputs)
        if METRICS in event.object:
            self.usage = event.object[METRICS]
            yield Usage()
            yield End()

    def _add_output(self, index: int, output: dict[str, Any], *, alone: bool) -> Iterator[Sign]:
        form = next((name for name in _FORMS if isinstance(output.get(name), str)), None)
        if alone:
            said = {name: value for name, value in output.items() if value is not None or name not in self._members}
            self._members.update(besides(said, form or "", METRICS))
            self._form = form or self._form
        if form is not None:
            yield from self._add(output[form], index)
        yield from self._finish(output.get(_FORMS.get(form or self._form, "stop_reason")), index)

    def native(self) -> dict[str, Any]:
        """The response of InvokeModel, in the form of the model."""
        if self._form == "outputs":
            outputs = [{"text": one.text, "stop_reason": one.reason} for one in self.choices()]
            return {**self._members, "outputs": outputs}
        if self._form == "outputText":
            result = {
                "tokenCount": number(self._members.get("totalOutputTextTokenCount")),
                "outputText": self._text(),
                "completionReason": self._reasons.get(0),
            }
            rest = besides(self._members, "index", "totalOutputTextTokenCount", "completionReason")
            return {**rest, "results": [result]}
        return {**self._members, self._form or "completion": self._text()}


def _outputs(event: Event) -> list[dict[str, Any]]:
    return objects(event.object.get("outputs"))
