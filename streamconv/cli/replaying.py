"""One run of `serve`: reads the capture, serves it, says what was asked, and waits for the end."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import threading
from typing import TYPE_CHECKING, Any

import click

from streamconv.captures import Capture, Chain
from streamconv.cli.voice import INTERRUPTED, OUTPUT, USAGE, Voice
from streamconv.cli.walk import Asked, Walk
from streamconv.detect import UnrecognisedError
from streamconv.live.recording import Recording

if TYPE_CHECKING:
    from streamconv.live.server import Exchange

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_ENDS = {"whole": "", "broken": ", then broken off", "left": ", then the client left"}


class Replay:
    """Serves a capture as the options ask."""

    def __init__(self, source: Chain, entry: int | str | None, asked: dict[str, Any]) -> None:
        self._chain = source
        self._entry = entry
        self._asked = asked
        self._voice = Voice(quiet=asked["quiet"])

    def run(self, file: str, command: tuple[str, ...]) -> int:
        """Serve until Ctrl-C, or while the command runs; returns the exit code."""
        if command and shutil.which(command[0]) is None:
            raise click.UsageError(f"{command[0]!r} is no command that can be run; serve takes one FILE")
        recording = self._record(file)
        if recording is not None:
            try:
                return self._serve(recording, command)
            except KeyboardInterrupt:
                return INTERRUPTED
            except OSError as error:
                self._say_unheard(error)
            except (ModuleNotFoundError, ValueError) as error:
                self._voice.fail(str(error), USAGE)
        return self._voice.code

    def _record(self, file: str) -> Recording | None:
        """The one stream of the file; None where it cannot be read, which was said."""
        asked = Asked(chain=self._chain, entry=self._entry, quiet=self._asked["quiet"])
        walk = Walk((file,), asked, self._voice)
        recording: Recording | None = None
        with walk.interrupts:
            for capture in walk.captures():
                recording = self._read(walk, capture)
        return None if walk.interrupted else recording

    def _read(self, walk: Walk, capture: Capture) -> Recording | None:
        try:
            recording = Recording(capture, self._chain.format)
        except UnrecognisedError as error:
            walk.say_unreadable(error)
            return None
        self._voice.begin(capture.name, recording.disagreement)
        return recording

    def _serve(self, recording: Recording, command: tuple[str, ...]) -> int:
        from streamconv.live.server import Replaying, serving  # needs an extra, and takes time to import

        asked = self._asked
        how = Replaying(
            speed=asked["speed"],
            delay=asked["delay"],
            headers=dict(asked["headers"]),
            faults=asked["faults"],
            seed=asked["seed"],
            origin=asked["origin"],
        )
        with serving(recording, how, host=asked["host"], port=asked["port"], say=self._say) as server:
            self._voice.note(f"{recording.events} events of {recording.format} at {server.url}")
            if asked["host"] not in _LOOPBACK:
                self._voice.note("other machines may read them, too")
            if not command:
                threading.Event().wait()  # until Ctrl-C
            words = [word.replace("{url}", server.url) for word in command]
            known = {**os.environ, "STREAMCONV_URL": server.url}
            code = subprocess.run(words, env=known, check=False).returncode  # noqa: S603  that is what it was given for
        return code if code >= 0 else 128 - code  # as a shell says that a signal ended it

    def _say_unheard(self, error: OSError) -> None:
        taken = error.errno == errno.EADDRINUSE
        why = "another program listens there; --port 0 takes a free one" if taken else error.strerror
        self._voice.fail(f"{self._asked['host']} port {self._asked['port']}: {why}", OUTPUT)

    def _say(self, exchange: Exchange) -> None:
        asked = exchange.request
        sent = f"{exchange.size} bytes in {exchange.seconds:.2f} s" if exchange.size else "no body"
        said = f"{exchange.status} {exchange.content_type}".rstrip()
        self._voice.note(f"{asked.method} {asked.path}: {said}, {sent}{_ENDS[exchange.end]}")
