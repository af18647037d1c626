"""A pipe is live: what goes in comes out before the next one is written, for every pair of formats."""

from __future__ import annotations

import os
import signal
from itertools import product
from pathlib import Path

import pytest

from streamconv.cli.interrupts import Interrupts
from tests.aws_messages import event
from tests.cli.running import read_until, start, until_it_listens

# How the first record, and each further one, is written in each format: nothing that would end the stream.
WRITTEN = {
    "sse": (b'data: {"n":%d}\n\n', b'data: {"n":%d}\n\n'),
    "ndjson": (b'{"n":%d}\n', b'{"n":%d}\n'),
    "stream+json": (b'{\n  "n": %d\n}', b'{\n  "n": %d\n}'),
    "json": (b'[{"n":%d}', b',{"n":%d}'),
    "json-seq": (b'\x1e{"n":%d}\n', b'\x1e{"n":%d}\n'),
    "records": (b'{"data":{"n":%d},"line":1,"offset":0,"size":9}\n',) * 2,
}
TARGETS = ["sse", "ndjson", "stream+json", "json", "json-seq", "records", "raw"]


@pytest.mark.parametrize(("source", "target"), [*product(WRITTEN, TARGETS)])
def test_a_record_is_out_before_the_next_is_in(source: str, target: str) -> None:
    """The format is not named: recognising it must not hold records back either."""
    first, further = WRITTEN[source]
    with start("convert", "--to", target) as process:
        assert process.stdin
        assert process.stdout
        for number in range(101, 105):
            process.stdin.write((first if number == 101 else further) % number)
            read_until(process.stdout, b"%d" % number)
        process.stdin.close()
        process.stdout.read()


def test_formats_that_are_only_read_are_live_too() -> None:
    for write in (lambda n: event("chunk", b'{"n":%d}' % n), lambda n: b'9:{"n":%d}\n' % n):
        with start("convert") as process:
            assert process.stdin
            assert process.stdout
            for number in range(101, 104):
                process.stdin.write(write(number))
                assert read_until(process.stdout, b"\n") == b'{"n":%d}\n' % number
            process.stdin.close()


def test_the_lone_cr_that_would_end_a_record_waits_for_the_next_byte() -> None:
    with start("convert") as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(b'data: {"n":1}\r\n\r\n')
        assert read_until(process.stdout, b"\n") == b'{"n":1}\n'
        process.stdin.write(b'data: {"n":2}\r\r')
        process.stdin.write(b"d")
        assert read_until(process.stdout, b"\n") == b'{"n":2}\n'
        process.stdin.close()


def test_take_stops_reading_a_pipe_that_stays_open() -> None:
    with start("convert", "--take", "2") as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(b'{"n":1}\n{"n":2}\n{"n":3}\n')
        assert process.stdout.read() == b'{"n":1}\n{"n":2}\n'  # its end comes though ours does not
        assert process.wait() == 0


def test_an_output_file_from_a_pipe_grows_and_ctrl_c_keeps_what_is_complete(tmp_path: Path) -> None:
    with start("convert", "-o", "out.json", cwd=tmp_path) as process:
        assert process.stdin
        assert process.stderr
        process.stdin.write(b'data: {"n":1}\n\ndata: {"n":2}\n\ndata: {"n":')
        while not (out := tmp_path / "out.json").exists() or b'{"n":2}' not in out.read_bytes():
            pass
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130
        assert out.read_bytes() == b'[{"n":1}\n,{"n":2}\n]\n'
        assert b"ends inside this event" in process.stderr.read()


def test_ctrl_c_before_anything_came_says_nothing_and_writes_nothing() -> None:
    with start("convert", "-v") as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdin.write(b"d")  # too little to recognise anything by
        until_it_listens(process.pid)
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130
        assert process.stdout.read() == b""


def test_sigterm_leaves_no_temporary_file(tmp_path: Path) -> None:
    big = tmp_path / "big.ndjson"
    big.write_bytes(b'{"a":1}\n' * 5_000_000)
    with start("convert", "big.ndjson", "-o", "out.ndjson", cwd=tmp_path, measured=False) as process:
        while not [*tmp_path.glob(".out.ndjson.*.part")]:
            pass
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 143
    assert [path.name for path in tmp_path.iterdir()] == ["big.ndjson"]


def test_sigterm_ends_the_command_with_its_exit_code() -> None:
    with pytest.raises(SystemExit) as ended, Interrupts():
        signal.raise_signal(signal.SIGTERM)
    assert ended.value.code == 143


def test_ctrl_c_while_a_file_is_converted_leaves_the_output_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "big.ndjson").write_bytes(b'{"a":1}\n' * 5_000_000)
    (tmp_path / "out.ndjson").write_bytes(b"before\n")
    with start("convert", "big.ndjson", "-o", "out.ndjson", cwd=tmp_path) as process:
        assert process.stderr
        while not [*tmp_path.glob(".out.ndjson.*.part")]:
            pass
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130
        assert b"out.ndjson: not written" in process.stderr.read()
    assert (tmp_path / "out.ndjson").read_bytes() == b"before\n"
    assert len([*tmp_path.iterdir()]) == 2


def test_ctrl_c_ends_the_wait_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with start("convert", "fifo", cwd=tmp_path) as process:
        until_it_listens(process.pid)
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130


def test_an_unknown_field_first_does_not_hold_back_the_events() -> None:
    with start("convert") as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(b"error: x\n\ndata: {}\n\n")
        assert read_until(process.stdout, b"\n") == b"{}\n"
        process.stdin.close()


def test_two_texts_in_two_chunks_are_read_as_in_one() -> None:
    with start("convert") as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(b'{"a":1}')
        process.stdin.write(b'{"b":2}\n')
        process.stdin.close()
        assert process.stdout.read() == b'{"a":1}\n{"b":2}\n'


def test_follow_reads_on_as_the_file_grows_and_after_it_is_replaced(tmp_path: Path) -> None:
    log = tmp_path / "log.sse"
    with start("convert", "-F", "log.sse", cwd=tmp_path) as process:
        assert process.stdout
        assert process.stderr
        assert b"waiting" in read_until(process.stderr, b"\n")
        log.write_bytes(b'data: {"n":1}\n\n')
        read_until(process.stdout, b'{"n":1}\n')
        with log.open("ab") as file:
            file.write(b'data: {"n":2}\n\ndata: {"n":')
        read_until(process.stdout, b'{"n":2}\n')
        replacement = tmp_path / "new"
        replacement.write_bytes(b'data: {"n":4}\n\n')
        replacement.rename(log)
        assert read_until(process.stdout, b'{"n":4}\n') == b'{"n":4}\n'
        log.unlink()
        log.write_bytes(b'data: {"n":5}\n\n')
        read_until(process.stdout, b'{"n":5}\n')
        log.write_bytes(b"")  # cut, not replaced
        with log.open("ab") as file:
            file.write(b"data: 6\n\n")
        read_until(process.stdout, b'"6"\n')
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130


def test_follow_is_interrupted_while_it_waits_for_a_file(tmp_path: Path) -> None:
    with start("convert", "-F", "none.sse", cwd=tmp_path) as process:
        assert process.stderr
        read_until(process.stderr, b"waiting for it\n")
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130


def test_stamp_gives_the_time_of_arrival() -> None:
    with start("records", "--stamp") as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(b"data: 1\n\n")
        assert b'"time":0.0,' in read_until(process.stdout, b"\n")
        process.stdin.write(b"data: 2\n\n")
        assert b'"time":' in read_until(process.stdout, b"\n")
        process.stdin.close()


def test_a_compressed_file_from_a_pipe_can_be_read_while_it_grows(tmp_path: Path) -> None:
    import zlib

    with start("convert", "-o", "out.ndjson.gz", cwd=tmp_path) as process:
        assert process.stdin
        process.stdin.write(b'data: {"n":1}\n\n')
        out = tmp_path / "out.ndjson.gz"
        while not out.exists() or b'{"n":1}\n' not in zlib.decompressobj(31).decompress(out.read_bytes()):
            pass
        process.stdin.close()
        assert process.wait() == 0
