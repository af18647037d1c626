"""The corpora of the benchmarks: deterministic streams of any size, written once and kept.

`openai` chat chunks as OpenAI sends them; `anthropic` named events with short payloads; `small` three short fields of
text; `crlf` CRLF, payloads over two lines, comments; `logprobs` chat chunks with the probabilities of their tokens, no
two of them alike; `tools` chat chunks of arguments of tool calls; `responses` the events of OpenAI Responses, numbered;
`ollama` chat as Ollama sends it, one object a line; `ndjson` the payloads of `openai`, one a line; `pretty` the same
pretty-printed, one after the other; `large` few payloads, of up to 1 MiB.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any, Final

_WORDS: Final = (
    "stream event chunk cache 今天 天气 délai größe the of and to in that it was for on are as with his they at be "
    "this from have or by one had not but what all were when we there can an your which their said if do will each"
).split()
_BLOCK: Final = 1 << 20


def _text(choose: random.Random, words: int) -> str:
    return " ".join(choose.choice(_WORDS) for _ in range(words))


def _chunk(choose: random.Random, number: int) -> dict[str, Any]:
    """A chat completion chunk of 250 to 350 bytes."""
    delta = {"content": _text(choose, choose.randrange(1, 6))}
    return {
        "id": f"chatcmpl-{number // 200:024d}",
        "object": "chat.completion.chunk",
        "created": 1700000000 + number,
        "model": "gpt-4o-mini-2024-07-18",
        "service_tier": "default",
        "system_fingerprint": "fp_0123456789",
        "choices": [
            {"index": 0, "delta": delta, "logprobs": None, "finish_reason": None}
        ],
        "obfuscation": "x" * choose.randrange(4, 12),
    }  # fmt: skip


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _openai(choose: random.Random, number: int) -> str:
    if number % 200 == 199:
        return "data: [DONE]\n\n"
    return f"data: {_compact(_chunk(choose, number))}\n\n"


def _anthropic(choose: random.Random, number: int) -> str:
    payload = {
        "type": "content_block_delta",
        "index": number % 3,
        "delta": {"type": "text_delta", "text": _text(choose, 6)},
    }
    return f"event: content_block_delta\ndata: {_compact(payload)}\n\n"


def _small(choose: random.Random, number: int) -> str:
    return f"event: message\ndata: {choose.choice(('可以', '今天', 'ok', '年'))}\nid: {number}\n\n"


def _crlf(choose: random.Random, number: int) -> str:
    comment = ": ping\r\n\r\n" if number % 10 == 0 else ""
    first, second = _text(choose, 8), _text(choose, 8)
    return f"{comment}event: update\r\ndata: {first}\r\ndata: {second}\r\nid: {number}\r\n\r\n"


def _token(choose: random.Random) -> dict[str, Any]:
    word = choose.choice(_WORDS)
    return {"token": word, "logprob": round(-9 * choose.random(), 8), "bytes": list(word.encode())}


def _logprobs(choose: random.Random, number: int) -> str:
    token = _token(choose)
    said = {
        "index": 0,
        "delta": {"content": token["token"]},
        "logprobs": {"content": [{**token, "top_logprobs": [_token(choose) for _ in range(3)]}], "refusal": None},
        "finish_reason": None,
    }
    return f"data: {_compact({**_chunk(choose, number), 'id': 'chatcmpl-1', 'choices': [said]})}\n\n"


def _arguments(choose: random.Random) -> list[str]:
    """Those of a tool call, in the fragments that a model writes: together an object with a text of many lines."""
    return ['{"', "text", '": "', *(choose.choice(_WORDS) + choose.choice((" ", "\\n")) for _ in range(400)), '"}']


def _tools(choose: random.Random, number: int) -> str:
    """One tool call of a message that has any number of them."""
    said: list[dict[str, Any]] = [{"function": {"arguments": text}} for text in _arguments(choose)]
    named = {"id": f"call_{number:024d}", "type": "function", "function": {"name": "write", "arguments": ""}}
    return "".join(
        f"data: {_compact({**_chunk(choose, 0), 'choices': [_called({'index': number, **one})]})}\n\n"
        for one in (named, *said)
    )


def _called(fragment: dict[str, Any]) -> dict[str, Any]:
    return {"index": 0, "delta": {"tool_calls": [fragment]}, "logprobs": None, "finish_reason": None}


def _responses(choose: random.Random, number: int) -> str:
    """One item of a response that has any number of them: a tool call, or a message."""
    texts = _arguments(choose)
    events = [*(_call_item if number % 2 else _message_item)(f"{number:048x}", texts)]
    first = number // 2 * (2 * len(texts) + 8) + number % 2 * (len(texts) + 5)
    return "".join(
        f"event: {type}\ndata: {_compact({'type': type, 'sequence_number': at, 'output_index': number, **said})}\n\n"
        for at, (type, said) in enumerate(events, first)
    )


def _message_item(id: str, texts: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    place = {"item_id": f"msg_{id}", "content_index": 0}
    part = {"type": "output_text", "annotations": [], "text": "".join(texts)}
    item = {"id": f"msg_{id}", "type": "message", "role": "assistant", "content": [part]}
    yield "response.output_item.added", {"item": {**item, "content": []}}
    yield "response.content_part.added", {**place, "part": {**part, "text": ""}}
    for text in texts:
        yield "response.output_text.delta", {**place, "delta": text, "logprobs": [], "obfuscation": "x" * len(text)}
    yield "response.output_text.done", {**place, "text": part["text"], "logprobs": []}
    yield "response.content_part.done", {**place, "part": part}
    yield "response.output_item.done", {"item": item}


def _call_item(id: str, texts: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    place, whole = {"item_id": f"fc_{id}"}, {"arguments": "".join(texts)}
    item = {"id": f"fc_{id}", "type": "function_call", "call_id": f"call_{id}", "name": "write", **whole}
    yield "response.output_item.added", {"item": {**item, "arguments": ""}}
    for text in texts:
        yield "response.function_call_arguments.delta", {**place, "delta": text, "obfuscation": "x" * len(text)}
    yield "response.function_call_arguments.done", {**place, **whole}
    yield "response.output_item.done", {"item": item}


def _ollama(choose: random.Random, number: int) -> str:
    said = {"role": "assistant", "content": f" {choose.choice(_WORDS)}"}
    seconds, rest = divmod(number * 12_345_678, 1_000_000_000)
    time = f"2026-08-04T{seconds // 3600 % 24:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{rest // 1000:06d}Z"
    return f"{_compact({'model': 'qwen3:4b', 'created_at': time, 'message': said, 'done': False})}\n"


def _ndjson(choose: random.Random, number: int) -> str:
    return f"{_compact(_chunk(choose, number))}\n"


def _pretty(choose: random.Random, number: int) -> str:
    return f"{json.dumps(_chunk(choose, number), ensure_ascii=False, indent=2)}\n"


def _large(choose: random.Random, number: int) -> str:
    """Sizes of all orders up to 1 MiB; the first is a whole one."""
    size = int(_BLOCK / 2 ** (choose.random() * 8)) if number else _BLOCK
    payload = _compact({"n": number, "text": ""})
    return f"data: {payload[:-2]}{'0123456789abcde ' * (size // 16)}"[: size - 4] + '"}\n\n'


CORPORA: Final[dict[str, tuple[str, Callable[[random.Random, int], str]]]] = {
    "openai": (".sse", _openai),
    "anthropic": (".sse", _anthropic),
    "small": (".sse", _small),
    "crlf": (".sse", _crlf),
    "logprobs": (".sse", _logprobs),
    "tools": (".sse", _tools),
    "responses": (".sse", _responses),
    "ollama": (".ndjson", _ollama),
    "ndjson": (".ndjson", _ndjson),
    "pretty": (".stream.json", _pretty),
    "large": (".sse", _large),
}


def corpus(name: str, size: int, folder: Path) -> Path:
    """The corpus of this name, at least `size` bytes of whole records, in `folder`; made where it is not there yet."""
    suffix, record = CORPORA[name]
    path = folder / f"{name}-{size}{suffix}"
    if not path.exists():
        part = path.with_name(path.name + ".part")
        with part.open("wb") as out:
            written = 0
            for block in _blocks(record):
                written += out.write(block)
                if written >= size:
                    break
        part.rename(path)
    return path


def _blocks(record: Callable[[random.Random, int], str]) -> Iterator[bytes]:
    choose = random.Random(1)
    records: list[str] = []
    size = 0
    for number in count():
        records.append(record(choose, number))
        size += len(records[-1])
        if size >= _BLOCK or number < 100:  # small corpora end early
            yield "".join(records).encode()
            records, size = [], 0
