"""The corpora of the benchmarks: deterministic streams of any size, written once and kept.

`openai` chat chunks as OpenAI sends them; `anthropic` named events with short payloads; `small` three short fields of
text; `crlf` CRLF, payloads over two lines, comments; `logprobs` chat chunks with the probabilities of their tokens, no
two of them alike; `ndjson` the payloads of `openai`, one a line; `pretty` the same pretty-printed, one after the other;
`large` few payloads, of up to 1 MiB.
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
