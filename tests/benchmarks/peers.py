"""The peers that are compared with: an environment of their own, which has this project too, and their versions."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parents[2]
_PYPI: Final = ("httpx-sse", "httpx", "sseclient-py", "launchdarkly-eventsource", "openai", "anthropic")
_NPM: Final = ("eventsource-parser",)
_DEBIAN: Final = {
    "jq": "jq",
    "gojq": "gojq",
    "mlr": "miller",
    "json_reformat": "yajl-tools",
    "mawk": "mawk",
    "sed": "sed",
    "npm": "npm",
}

_NODE: Final = """
import { createParser } from 'eventsource-parser'
import fs from 'node:fs'
const json = process.argv[3] === 'json'
let out = []
const flush = () => { if (out.length) { fs.writeSync(1, out.join('\\n') + '\\n'); out = [] } }
const parser = createParser({ onEvent(event) {
  if (event.data === '[DONE]') return
  if (json) JSON.parse(event.data) // which is what validates
  out.push(json && event.data.includes('\\n') ? JSON.stringify(JSON.parse(event.data)) : event.data)
} })
const decoder = new TextDecoder()
for await (const chunk of fs.createReadStream(process.argv[2])) {
  parser.feed(decoder.decode(chunk, { stream: true }))
  flush()
}
parser.feed(decoder.decode())
flush()
"""

_BARE_NDJSON: Final = """
import sys, orjson
out = sys.stdout.buffer
with open(sys.argv[1], 'rb') as lines:
    for line in lines:
        orjson.loads(line)
        out.write(b'data: ' + line + b'\\n')
"""


class Peers(NamedTuple):
    """Where the peers are. `missing` are those that are not here and cannot be had."""

    folder: Path
    missing: tuple[str, ...]

    @property
    def python(self) -> str:
        """The interpreter of the peers' environment, which has this project too."""
        return str(self.folder / "env" / "bin" / "python")

    def command(self, name: str) -> str:
        """A command of the peers' environment."""
        return str(self.folder / "env" / "bin" / name)

    @property
    def node(self) -> str:
        """The script that converts with eventsource-parser."""
        return str(self.folder / "node" / "convert.mjs")

    @property
    def bare_ndjson(self) -> str:
        """The bare loop that parses NDJSON and writes SSE."""
        return str(self.folder / "bare_ndjson.py")

    def versions(self) -> dict[str, str]:
        """The version of each peer that is here, by the name of its package."""
        listed = subprocess.run([self.command("pip"), "list", "--format=json"], capture_output=True, check=True)
        found = {one["name"]: one["version"] for one in json.loads(listed.stdout) if one["name"] in _PYPI}
        if "node" not in self.missing:
            for name in _NPM:
                manifest = self.folder / "node" / "node_modules" / name / "package.json"
                found[name] = json.loads(manifest.read_text())["version"]
            found["Node"] = _said("node", "--version").removeprefix("v")
        for tool, package in _DEBIAN.items():
            if tool not in self.missing and tool != "npm":
                found[package] = _debian_version(package) or "(not Debian's)"
        return found


def install(folder: Path) -> Peers:
    """Install the peers in `folder`, which is used again the next time. Raises CalledProcessError."""
    folder.mkdir(parents=True, exist_ok=True)
    env = folder / "env"
    _say(f"installing {', '.join((*_PYPI, *_NPM))}")
    if not env.exists():
        subprocess.run([sys.executable, "-m", "venv", env], check=True)
    pip = [str(env / "bin" / "pip"), "install", "-q", "--disable-pip-version-check"]
    subprocess.run([*pip, str(ROOT), *_PYPI], check=True)
    # As users have it, compiled, which an editable one need not be: that doubles the time of a start.
    subprocess.run([*pip, "--force-reinstall", "--no-deps", str(ROOT)], check=True)
    (folder / "bare_ndjson.py").write_text(_BARE_NDJSON)
    missing = _install_debian()
    if "npm" in missing:
        missing.append("node")
    else:
        node = folder / "node"
        node.mkdir(exist_ok=True)
        (node / "convert.mjs").write_text(_NODE)
        latest = [f"{name}@latest" for name in _NPM]  # else one that was installed before would stay
        subprocess.run(["npm", "install", "--silent", "--prefix", node, *latest], check=True)
    return Peers(folder, tuple(missing))


def _install_debian() -> list[str]:
    """The programs that are still missing."""
    packages = [package for tool, package in _DEBIAN.items() if not shutil.which(tool)]
    if packages and shutil.which("apt-get") and os.geteuid() == 0:
        _say(f"installing {', '.join(packages)}, with apt-get")
        subprocess.run(["apt-get", "update", "-qq"], check=False, stdout=subprocess.DEVNULL)
        subprocess.run(["apt-get", "install", "-y", "-qq", *packages], check=False, stdout=subprocess.DEVNULL)
    missing = [tool for tool in _DEBIAN if not shutil.which(tool)]
    if missing:
        _say(f"NOT HERE: {', '.join(missing)}; in Debian: apt-get install {' '.join(_DEBIAN[one] for one in missing)}")
    return missing


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def _debian_version(package: str) -> str:
    if not shutil.which("dpkg-query"):
        return ""
    asked = ["dpkg-query", "-W", "-f", "${Version}", package]
    return subprocess.run(asked, capture_output=True, check=False).stdout.decode().strip()


def _said(*command: str) -> str:
    return subprocess.run(command, capture_output=True, check=True).stdout.decode().strip()
