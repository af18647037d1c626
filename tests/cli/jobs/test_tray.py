"""What is handed over by a tray arrives as it was, through the memory or the pipe, in both directions."""

from __future__ import annotations

import io
import os
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamconv.cli.jobs import tray
from streamconv.cli.jobs.tray import ROOM, Tray


def through_pipe(one: Tray, value: object) -> int:
    """Assert that a value is handed over; returns how many bytes of it went through the pipe."""
    pipe = io.BytesIO()
    one.dump(value, pipe)
    pipe.seek(0)
    assert one.load(pipe) == value
    return pipe.tell()


def test_large_bytes_lie_in_memory_and_little_goes_through_the_pipe() -> None:
    one = Tray()
    assert through_pipe(one, b"x" * 1_000_000) < 100
    assert through_pipe(one, [b"a" * 2_000_000, b"b" * 1_000_000, "c"]) < 150
    assert through_pipe(one, b"x" * ROOM) < 100


def test_what_has_no_room_goes_through_the_pipe() -> None:
    one = Tray()
    assert through_pipe(one, b"x" * (ROOM + 1)) > ROOM
    assert through_pipe(one, [b"x" * ROOM, b"y" * 500_000]) > 500_000
    assert through_pipe(one, b"small") < 100


@given(st.lists(st.lists(st.one_of(st.binary(max_size=60), st.text(), st.integers())), min_size=1))
def test_any_values_are_handed_over_one_after_the_other(values: list[object]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tray, "_LARGE", 20)
        one = Tray(100)
        for value in values:
            through_pipe(one, value)


def test_what_was_taken_stays_when_more_is_laid_there() -> None:
    one = Tray()
    first, second = io.BytesIO(), io.BytesIO()
    one.dump(b"1" * 100_000, first)
    first.seek(0)
    taken = one.load(first)
    one.dump(b"2" * 100_000, second)
    assert taken == b"1" * 100_000


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # pytest has threads of its own
def test_another_process_finds_it_there() -> None:
    one = Tray()
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        with os.fdopen(writer, "wb") as pipe:
            one.dump([b"x" * 3_000_000, 7], pipe)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        assert one.load(pipe) == [b"x" * 3_000_000, 7]
        with pytest.raises(EOFError):
            one.load(pipe)
    os.waitpid(pid, 0)


def test_what_was_broken_off_is_not_taken() -> None:
    one = Tray()
    pipe = io.BytesIO()
    one.dump([b"x" * 100_000, "more"], pipe)
    with pytest.raises((EOFError, pickle.UnpicklingError)):
        one.load(io.BytesIO(pipe.getvalue()[:-5]))
