"""One run of `fix`: each input read once, mended and checked as it passes, and written whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from typing import Final

from streamconv.captures import CaptureError, Chain, Opened, Peeled, open_stream
from streamconv.cli.inputs import Input
from streamconv.cli.interrupts import Interrupts
from streamconv.cli.output import Output, OutputClosedError, OutputError
from streamconv.cli.unreadable import say_unreadable
from streamconv.cli.voice import INTERRUPTED, OUTPUT, PROBLEMS, Voice
from streamconv.detect import UnrecognisedError, choose
from streamconv.examine import checker_of, held_to
from streamconv.mend import Mender
from streamconv.pipeline import blocks
from streamconv.problem import Problem
from streamconv.reports.difference import unified
from streamconv.reports.excerpt import visible
from streamconv.reports.printable import printable
from streamconv.rules import RULES

_CUT: Final = frozenset({"http", "chunked", "utf-16", "dots"})  # layers that leave nothing behind
_MENDED: Final = frozenset(rule.name for rule in RULES if rule.mended)


class Fixing:
    """Runs what was asked for on the command line."""

    def __init__(
        self,
        names: tuple[str, ...],
        chain: Chain,
        entry: int | str | None,
        output: str | None,
        *,
        in_place: bool,
        diff: bool,
        quiet: bool,
    ) -> None:
        self._names = names
        self._chain = chain
        self._entry = entry
        self._output = output
        self._in_place = in_place
        self._diff = diff
        self._voice = Voice(quiet=quiet)
        self._interrupts = Interrupts()

    def run(self) -> int:
        """Mend all inputs and return the exit code."""
        with self._interrupts:
            for one in [Input(name, self._interrupts) for name in self._names]:
                try:
                    self._fix(one)
                except (UnrecognisedError, CaptureError, OSError) as error:
                    say_unreadable(self._voice, one.name, one.path, error)
                except OutputError as error:
                    self._voice.fail(str(error), OUTPUT)
                except OutputClosedError:
                    break
                except KeyboardInterrupt:
                    self._voice.raise_code(INTERRUPTED)
                    break
        return self._voice.code

    def _fix(self, one: Input) -> None:
        mending = _Mending(one, self._chain, self._entry)
        if self._diff:
            self._show_difference(one.name, mending)
        else:
            self._write(one, mending)
        self._sum_up(one.name, mending)

    def _write(self, one: Input, mending: _Mending) -> None:
        path = one.path if self._in_place else self._output
        output = Output(path, live=path is None)
        try:
            for piece in mending.pieces(lambda chunk: None):
                output.write(piece)
            if self._in_place:
                _refuse_loss(mending)
            if self._in_place and not mending.changed:
                output.discard()
            else:
                output.commit()
        except BaseException:
            output.discard()
            raise

    def _show_difference(self, name: str, mending: _Mending) -> None:
        before: list[bytes] = []
        after = b"".join(mending.pieces(before.append))
        lines: Iterable[str] = ()
        if mending.changed:
            old, new = ([*map(visible, data.splitlines(keepends=True))] for data in (b"".join(before), after))
            lines = unified(old, new, printable(name))
        output = Output(None, live=True)
        output.write("".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace"))
        output.commit()

    def _sum_up(self, name: str, mending: _Mending) -> None:
        if mending.disagreement:
            self._voice.note(f"{name}: {mending.disagreement}")
        mended = Counter({rule: count for rule, count in (mending.before - mending.after).items() if rule in _MENDED})
        if mended:
            self._voice.note(f"{name}: {'would mend' if self._diff else 'mended'} {_listed(mended)}")
        if mending.left:
            self._voice.note(f"{name}: left as it is: {_listed(mending.left)}; streamconv check shows where")
        if mending.errors:
            self._voice.raise_code(PROBLEMS)


def _refuse_loss(mending: _Mending) -> None:
    """What is written over the file is the stream alone: all else, and what is damaged, would be lost."""
    if mending.damaged:
        raise CaptureError(f"{mending.damaged}; the file stays as it is, write elsewhere with -o")
    lost = [layer.name for layer in mending.layers if layer.name.partition("/")[0] not in _CUT]
    if lost:
        raise CaptureError(f"{', '.join(lost)} round the stream would be lost in place; write elsewhere with -o")


def _listed(rules: Counter[str]) -> str:
    return ", ".join(rule if count == 1 else f"{rule} ({count})" for rule, count in sorted(rules.items()))


class _Mending:
    """One input on its way through a Mender, with a Checker before and one after it."""

    def __init__(self, one: Input, chain: Chain, entry: int | str | None) -> None:
        self._one = one
        self._entry = entry
        # A format by itself takes nothing off, for others; here it says what is inside, and the rest is to be mended.
        self._chain = chain if chain.layers else chain._replace(layers=None)
        self._read = sha256()
        self.layers: tuple[Peeled, ...] = ()
        self.before: Counter[str] = Counter()  # rule -> problems
        self.after: Counter[str] = Counter()
        self.left: Counter[str] = Counter()  # of those after, all but the infos
        self.errors = 0  # of those after
        self.damaged = ""  # what is wrong with a layer
        self.disagreement = ""  # about the format
        self.changed = False

    def pieces(self, keep: Callable[[bytes], object]) -> Iterator[bytes]:
        """The mended bytes, as they become ready; `keep` gets what was read.

        Raises OSError, UnrecognisedError, CaptureError.
        """
        opened = Opened(self._chunks(keep), self._one.name)
        capture = open_stream(opened, self._chain, entry=self._entry, report=self._of_layer)
        self.layers = capture.layers
        choice, chunks = choose(capture.chunks, held_to(capture, self._chain.format))
        self.disagreement = choice.disagreement
        mender = Mender(choice.format)
        before, after = checker_of(capture, choice.format, RULES), checker_of(capture, choice.format, RULES)
        written = sha256()
        for chunk in chunks:
            for block in blocks(chunk):
                self.before.update(problem.rule for problem in before.feed(block))
                piece = mender.feed(block)
                written.update(piece)
                self._judge(after.feed(piece))
                yield piece
        self.before.update(problem.rule for problem in before.finish())
        piece = mender.finish()
        written.update(piece)
        self._judge(after.feed(piece) + after.finish())
        self.changed = self._read.digest() != written.digest()
        yield piece

    def _chunks(self, keep: Callable[[bytes], object]) -> Iterator[bytes]:
        for chunk in self._one.chunks():
            self._read.update(chunk)
            keep(chunk)
            yield chunk

    def _of_layer(self, problem: Problem) -> None:
        """A layer that was taken off is mended by that; what is wrong with it is left."""
        if problem.severity == "info":
            self.before[problem.rule] += 1
        else:
            self.damaged = self.damaged or problem.message
            self._judge([problem])

    def _judge(self, problems: list[Problem]) -> None:
        self.after.update(problem.rule for problem in problems)
        self.left.update(problem.rule for problem in problems if problem.severity != "info")
        self.errors += sum(problem.severity == "error" for problem in problems)
