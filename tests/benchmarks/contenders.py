"""The contenders: each does one thing with one file, as a whole process or as a reader in a process of its own."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Final

from tests.benchmarks.peers import Peers
from tests.benchmarks.timing import Contender

OURS: Final = "streamconv"
_READERS: Final = str(Path(__file__).with_name("readers.py"))
_IN_PROCESS: Final = (
    "httpx-sse",
    "launchdarkly-eventsource",
    "openai SDK",
    "anthropic SDK",
    "sseclient-py",
)


class Contenders:
    """Makes them, of the peers that are installed. Ours is always the first, and named OURS."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    def ours(self, *words: str) -> Contender:
        """A command of ours."""
        return Contender((self._peers.command("streamconv"), *words))

    def reader(self, name: str, path: str) -> Contender:
        """A reader of `readers.py`."""
        return Contender((self._peers.python, _READERS, name, path), inside=True)

    def readers(self, path: str) -> dict[str, Contender]:
        """Those that give the events of an event stream."""
        return {name: self.reader(name, path) for name in (OURS, *_IN_PROCESS)}

    def loop(self, name: str, path: str) -> Contender:
        """A reader of `readers.py` as a whole process that writes what it reads, a payload on a line."""
        return Contender((self._peers.python, _READERS, name, path, "lines"))

    def live(self, path: str) -> dict[str, Contender]:
        """Those that are handed a frame at a time."""
        names = (OURS, "httpx-sse", "launchdarkly-eventsource")
        return {name: self.reader(f"{name}, live", path) for name in names}

    def sse_to_ndjson(self, path: str, *, json: bool) -> dict[str, Contender]:
        """Whole processes that write the payloads of an event stream, one a line; `json` where they are JSON."""
        file = shlex.quote(path)
        fields = f"sed -n 's/^data: //p' {file}"
        of_any = {
            OURS: self.ours("convert", path),
            "eventsource-parser": Contender(
                ("node", self._peers.node, path, "json" if json else "text"), needs=("node",)
            ),
            "sed": _shell(fields),
            "mawk": Contender(("mawk", "/^data: /{print substr($0, 7)}", path), needs=("mawk",)),
        }
        if not json:
            return of_any
        without_end = f"{fields} | grep -v '^.DONE'"
        alone = 'select(startswith("data: {")) | .[6:] | fromjson'
        return of_any | {
            **{f"{name} in a loop": self.loop(name, path) for name in ("httpx-sse", "openai SDK")},
            "sed | jq -c .": _shell(f"{without_end} | jq -c .", "jq"),
            "jq": Contender(("jq", "-Rc", alone, path), needs=("jq",)),
            "gojq": Contender(("gojq", "-Rc", alone, path), needs=("gojq",)),
            "sed | mlr": _shell(f"{without_end} | mlr --ijsonl --ojsonl cat", "mlr"),
        }

    def ndjson_to_sse(self, path: str) -> dict[str, Contender]:
        """Whole processes that write each line as an event."""
        as_event = '"data: " + tojson + "\\n"'
        return {
            OURS: self.ours("convert", path, "--to", "sse"),
            "for line: orjson.loads": Contender((self._peers.python, self._peers.bare_ndjson, path)),
            "jq": Contender(("jq", "-cr", as_event, path), needs=("jq",)),
            "gojq": Contender(("gojq", "-r", as_event, path), needs=("gojq",)),
            "sed": Contender(("sed", r"s/.*/data: &\n/", path)),
        }

    def pretty_to_ndjson(self, path: str) -> dict[str, Contender]:
        """Whole processes that write pretty-printed texts, one after the other, one a line."""
        return {
            OURS: self.ours("convert", path),
            "json_reformat": Contender(("json_reformat", "-m", "-s"), input=path, needs=("json_reformat",)),
            "jq": Contender(("jq", "-c", ".", path), needs=("jq",)),
            "gojq": Contender(("gojq", "-c", ".", path), needs=("gojq",)),
            "mlr": Contender(("mlr", "--ijson", "--ojsonl", "cat", path), needs=("mlr",)),
        }

    def start(self) -> dict[str, Contender]:
        """How long it takes to say the version."""
        return {OURS: self.ours("--version"), "import click": Contender((self._peers.python, "-c", "import click"))}


def _shell(command: str, *needs: str) -> Contender:
    return Contender(("sh", "-c", command), needs=needs)
