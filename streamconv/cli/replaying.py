"""One run of `serve`: reads the captures, serves them, says what was asked, and waits for the end."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from streamconv.captures import Chain
from streamconv.cli.voice import INTERRUPTED, OUTPUT, PROBLEMS, USAGE, Voice
from streamconv.cli.walk import Asked, Walk
from streamconv.detect import UnrecognisedError
from streamconv.live.loopback import is_loopback
from streamconv.live.recording import Recording
from streamconv.reports.quantities import counted

if TYPE_CHECKING:
    from streamconv.live.server import Exchange

_ENDS = {"whole": "", "broken": ", then broken off", "left": ", then the client left"}


class Replay:
    """Serves captures as the options ask."""

    def __init__(self, source: Chain, entry: int | str | None, asked: dict[str, Any]) -> None:
        self._chain = source
        self._entry = entry
        self._asked = asked
        self._voice = Voice(quiet=asked["quiet"])

    def run(self, files: tuple[str, ...], command: tuple[str, ...]) -> int:
        """Serve until Ctrl-C, or while the command runs; returns the exit code."""
        if command and shutil.which(command[0]) is None:
            raise click.UsageError(f"{command[0]!r} is no command that can be run")
        for file in files:
            if not os.path.exists(file) and shutil.which(file) is not None:
                raise click.UsageError(f"{file!r} is a command, and no file; write -- before it")
        recordings = self._record(files)
        if recordings and self._voice.code <= PROBLEMS:
            try:
                return self._serve(recordings, command)
            except KeyboardInterrupt:
                return INTERRUPTED
            except OSError as error:
                self._say_unheard(error)
            except (ModuleNotFoundError, ValueError) as error:
                self._voice.fail(str(error), USAGE)
        return self._voice.code

    def _record(self, files: tuple[str, ...]) -> dict[str, Recording]:
        """The streams of the files by their paths, less those that cannot be read, which was said."""
        asked = Asked(chain=self._chain, entry=self._entry, quiet=self._asked["quiet"])
        walk = Walk(files, asked, self._voice)
        names = paths(files)
        recordings: dict[str, Recording] = {}
        with walk.interrupts:
            for capture in walk.captures():
                try:
                    recording = Recording(capture, self._chain.format)
                except UnrecognisedError as error:
                    walk.say_unreadable(error)
                else:
                    self._voice.begin(capture.name, recording.disagreement)
                    inside = f"[{capture.entry.number}]" if capture.entry and self._entry == "all" else ""
                    recordings[names[walk.input.path] + inside] = recording
        return recordings

    def _serve(self, recordings: dict[str, Recording], command: tuple[str, ...]) -> int:
        from streamconv.live.answers import Replaying
        from streamconv.live.server import serving  # needs an extra, and takes time to import

        asked = self._asked
        how = Replaying(
            speed=asked["speed"],
            delay=asked["delay"],
            headers=asked["headers"],
            faults=asked["faults"],
            seed=asked["seed"],
            origin=asked["origin"],
        )
        with serving(recordings, how, host=asked["host"], port=asked["port"], say=self._say) as server:
            for path, recording in recordings.items():
                url = server.url.rstrip("/") + (quote(os.fsencode(path)) if len(recordings) > 1 else "/")
                self._voice.note(f"{counted(recording.events, 'event')} of {recording.format} at {url}")
            if not is_loopback(asked["host"]):
                self._voice.note("other machines may read them, too")
            if not command:
                threading.Event().wait()  # until Ctrl-C
            return self._run(command, server.url)

    def _run(self, command: tuple[str, ...], url: str) -> int:
        """The exit code of the command, or ours where it cannot be started."""
        words = [word.replace("{url}", url) for word in command]
        known = {**os.environ, "STREAMCONV_URL": url}
        try:
            code = subprocess.run(words, env=known, check=False).returncode  # noqa: S603  that is what it was given for
        except OSError as error:
            self._voice.fail(f"{command[0]}: {error.strerror}", USAGE)
            return self._voice.code
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


def paths(files: Sequence[str]) -> dict[str, str]:
    """The path that each file is served at: its place below the folder that holds them all."""
    places = {file: os.path.abspath(file) for file in files if file != "-"}
    top = os.path.commonpath([os.path.dirname(place) for place in places.values()]) if places else ""
    below = {file: f"/{os.path.relpath(place, top)}".replace(os.sep, "/") for file, place in places.items()}
    return {**below, "-": "/stdin"}
