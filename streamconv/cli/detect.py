"""`streamconv detect`: what is this? The layers, the format, and the evidence."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click

from streamconv.captures import Capture, CaptureError, Chain, Entry, Opened, Peeled, open_streams
from streamconv.cli import options
from streamconv.cli.inputs import Input
from streamconv.cli.interrupts import Interrupts
from streamconv.cli.output import Output, OutputClosedError, OutputError
from streamconv.cli.unreadable import say_unreadable
from streamconv.cli.voice import INTERRUPTED, OUTPUT, Voice
from streamconv.detect import Detection, UnrecognisedError
from streamconv.detect import detect as detect_capture
from streamconv.problem import Problem
from streamconv.reports.printable import printable


@click.command()
@options.inputs
@options.source
@options.as_json
@options.quiet
def detect(inputs: tuple[str, ...], source: Chain | None, entry: int | str | None, as_json: bool, quiet: bool) -> int:
    """Tell what FILEs (or stdin) are, from their first bytes: one line, which --from takes, and the evidence of each
    part. A HAR or another container is read whole, and each of its streams is told.

    \b
    Examples:
      streamconv detect fixtures/openai-chat.sse
      streamconv detect --json fixtures/*.ndjson
      gzip -c fixtures/tokens.sse | streamconv detect

    \b
    Exit codes: 0 recognised; 1 recognised, but damaged; 2 usage;
    3 input unreadable, empty or unrecognised; 4 output failed; 130 interrupted.
    """
    return _Detecting(source or Chain(), entry, as_json, quiet=quiet).run(inputs or ("-",))


class _Detecting:
    """One run of the command."""

    def __init__(self, chain: Chain, entry: int | str | None, as_json: bool, *, quiet: bool) -> None:
        self._chain = chain
        self._entry = "all" if entry is None else entry
        self._as_json = as_json
        self._voice = Voice(quiet=quiet)
        self._output = Output(None, live=True)

    def run(self, inputs: tuple[str, ...]) -> int:
        """Tell all inputs; returns the exit code."""
        with Interrupts() as interrupts:
            try:
                for name in inputs:
                    self._input(Input(name, interrupts))
            except KeyboardInterrupt:
                self._voice.raise_code(INTERRUPTED)
            except OutputError as error:
                self._voice.fail(str(error), OUTPUT)
            except OutputClosedError:
                pass
        return self._voice.code

    def _input(self, one: Input) -> None:
        self._voice.begin(one.name)
        try:
            for capture in open_streams(
                Opened(one.chunks(), one.name), self._chain, entry=self._entry, report=self._report
            ):
                self._stream(one, capture)
        except CaptureError as error:
            self._untold(one, None, error.layers, error)
        except OSError as error:
            self._untold(one, None, (), error)

    def _untold(
        self,
        one: Input,
        entry: Entry | None,
        layers: Sequence[Peeled],
        error: CaptureError | UnrecognisedError | OSError,
    ) -> None:
        """Say the layers that were taken off, and why no further."""
        name = _name(one, entry)
        if self._as_json:
            self._write_facts(_failure(one.name, entry, layers, error))
        elif layers:
            self._write(name, ",".join(layer.name for layer in layers), layers)
        say_unreadable(self._voice, name, one.path, error)

    def _report(self, problem: Problem) -> None:
        if problem.severity != "info":
            self._voice.report(problem)

    def _stream(self, one: Input, capture: Capture) -> None:
        try:
            detection = detect_capture(capture, self._chain.format)
        except UnrecognisedError as error:
            self._untold(one, capture.entry, capture.layers, error)
            return
        if self._as_json:
            self._write_facts(_facts(one.name, capture, detection))
        else:
            self._tell(_name(one, capture.entry), capture, detection)

    def _write_facts(self, facts: dict[str, Any]) -> None:
        known = {key: value for key, value in facts.items() if value is not None}
        self._output.write(json.dumps(known).encode() + b"\n")

    def _tell(self, name: str, capture: Capture, detection: Detection) -> None:
        choice = detection.choice
        rows = [*detection.layers, (choice.format, choice.why)]
        if detection.payload is not None:
            rows.append((detection.payload, _PAYLOADS[detection.payload]))
        if detection.spoken is not None:
            rows.append(("protocol", f"{detection.spoken.protocol}: {detection.spoken.evidence}"))
        if choice.disagreement:
            rows.append(("but", choice.disagreement))
        runner_up = f", else {choice.runner_up}" if choice.runner_up and choice.confidence != "certain" else ""
        request = f"  {capture.method} {capture.url}".rstrip()
        self._write(name, f"{detection.chain} ({choice.confidence}{runner_up}){request}", rows)

    def _write(self, name: str, said: str, rows: Any) -> None:
        lines = [f"{name}: {said}", *(f"  {part:<11} {evidence}" for part, evidence in rows)]
        self._output.write("".join(f"{printable(line)}\n" for line in lines).encode("utf-8", "replace"))


def _name(one: Input, entry: Entry | None) -> str:
    return one.name if entry is None else f"{one.name}[{entry.number}]"


_PAYLOADS = {"json": "the first payload is a JSON object or array", "text": "the first payload is text"}


def _facts(name: str, capture: Capture, detection: Detection) -> dict[str, Any]:
    """What `--json` says of a stream; None where it is not known."""
    choice = detection.choice
    return {
        "file": name,
        "entry": capture.entry.number if capture.entry is not None else None,
        "chain": detection.chain,
        "layers": _told(detection.layers),
        "format": choice.format,
        "evidence": choice.why,
        "payload": detection.payload,
        "protocol": detection.spoken.protocol if detection.spoken is not None else None,
        "protocol_evidence": detection.spoken.evidence if detection.spoken is not None else None,
        "confidence": choice.confidence,
        "runner_up": choice.runner_up,
        "disagreement": choice.disagreement or None,
        "content_type": capture.content_type or None,
        "status": capture.status,
        "method": capture.method or None,
        "url": capture.url or None,
    }


def _failure(
    name: str, entry: Entry | None, layers: Sequence[Peeled], error: CaptureError | UnrecognisedError | OSError
) -> dict[str, Any]:
    """What `--json` says of what cannot be told: the layers that were taken off, and why no further."""
    message = str(error.strerror if isinstance(error, OSError) else error)
    return {
        "file": name,
        "entry": entry.number if entry is not None else None,
        "layers": _told(layers),
        "error": message.partition("\n")[0],
    }


def _told(layers: Sequence[Peeled]) -> list[dict[str, str]]:
    return [{"name": layer.name, "evidence": layer.evidence} for layer in layers]
