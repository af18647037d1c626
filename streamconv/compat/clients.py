"""The clients, one entry each, with the versions that were measured: `tests/interop/test_compat.py` runs the packages.

To add one: an entry in CLIENTS, and its package in that test.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final

from streamconv.compat.profile import Handling, Profile
from streamconv.jsonscan import BOM
from streamconv.record import END_MARKER

_BOM_AS_LATIN_1: Final = BOM.decode("latin-1").encode()  # a byte order mark that was decoded as Latin-1 once

_OPENAI: Final = Handling(
    protocols=("openai-chat", "openai-completions", "openai-responses", "openai-assistants", "openai-transcription"),
    ends_at=END_MARKER,
    json=True,
    error_member=True,
    exempt="thread.",
)
_ANTHROPIC: Final = Handling(
    protocols=("anthropic-messages",),
    passes_over=("ping",),
    unnamed=False,
    empty=False,
    raises_at="error",
    json=True,
)

CLIENTS: Final = (
    Profile(
        name="browser",
        about="EventSource of browsers, WHATWG HTML 9.2: the standard itself",
        content_types="essence",
        statuses="200",
    ),
    Profile(
        name="eventsource-parser",
        version="4.1.3",
        about="npm; under eventsource 5",
        more_boms=(BOM, _BOM_AS_LATIN_1),
        ids="own and told",
    ),
    Profile(
        name="eventsource-parser-3",
        version="3.1.1",
        about="npm eventsource-parser 3; under eventsource 3 and 4, and the AI SDK",
        lines="waiting",
        more_boms=(_BOM_AS_LATIN_1,),
        ids="own",
    ),
    Profile(
        name="fetch-event-source",
        version="2.0.1",
        about="npm @microsoft/fetch-event-source",
        content_types="begins",
        bom="dropped in fields",
        needs_colon=True,
        drops_empty_first_line=True,
        takes_nul_ids=True,
        dispatches="every empty line",
        ids="own and told at once",
    ),
    Profile(
        name="httpx-sse",
        version="0.4.3",
        about="PyPI",
        content_types="contains",
        bom="kept",
        dispatches="any field",
    ),
    Profile(
        name="sseclient-py",
        version="1.9.0",
        about="PyPI",
        lines="blocks",
        bom="kept",
        strict=True,
        takes_nul_ids=True,
        dispatches="block",
        at_end=True,
        ids="own",
    ),
    Profile(
        name="openai",
        version="3.54.0",
        about="PyPI; OpenAI's SDK",
        statuses="2xx",
        bom="kept",
        strict=True,
        dispatches="any field",
        handling=_OPENAI,
    ),
    Profile(
        name="anthropic",
        version="2.12.0",
        about="PyPI; Anthropic's SDK",
        statuses="2xx",
        lines="blocks",
        bom="kept",
        strict=True,
        dispatches="any field",
        handling=_ANTHROPIC,
    ),
    Profile(
        name="naive",
        about="for line in response.iter_lines(): if line.startswith('data: '): …",
        lines="unicode",
        bom="kept",
        dispatches="data line",
        at_end=True,
        tells=("data",),
        handling=Handling(ends_at=END_MARKER),
    ),
)

_BY_NAME: Final = {client.name: client for client in CLIENTS}


def find(name: str) -> Profile:
    """The client of this name. Raises ValueError, which suggests the near one."""
    if name in _BY_NAME:
        return _BY_NAME[name]
    near = get_close_matches(name, _BY_NAME, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(_BY_NAME)}"
    raise ValueError(f"no client is named {name!r}; {hint}")
