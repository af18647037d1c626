"""`streamconv convert`: payload modes, names and ids, losses, doubtful records, selection, outputs."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import FIXTURES, Completed

Run = Callable[..., Completed]

TOKENS = FIXTURES / "tokens.sse"
OPENAI = FIXTURES / "openai-chat.sse"
ANTHROPIC = FIXTURES / "anthropic.sse"
CHAT = FIXTURES / "chat.ndjson"


def out(done: Completed, code: int = 0) -> list[str]:
    assert done.returncode == code, done.stderr.decode()
    return done.stdout.decode().splitlines()


def said(done: Completed) -> list[str]:
    return done.stderr.decode().splitlines()


# Payloads.


def test_text_tokens_stay_strings_also_where_they_look_like_numbers(streamconv: Run) -> None:
    texts = ["可以", "，", "今天", "天气", "不错", "。", "2024", "年", "🙂", ""]
    assert [*map(json.loads, out(streamconv("convert", TOKENS)))] == texts


def test_scalars_are_json_in_a_stream_that_began_with_an_object(streamconv: Run) -> None:
    assert out(streamconv("convert", input=b"data: {}\n\ndata: 2024\n\ndata: year\n\n")) == ["{}", "2024", '"year"']


def test_each_input_is_judged_by_its_own_first_payload(streamconv: Run, tmp_path: Path) -> None:
    (tmp_path / "a.sse").write_bytes(b"data: 1\n\n")
    (tmp_path / "b.sse").write_bytes(b"data: {}\n\ndata: 1\n\n")
    assert out(streamconv("convert", "a.sse", "b.sse")) == ['"1"', "{}", "1"]


def test_a_broken_payload_passes_as_text_and_is_said_with_its_place(streamconv: Run) -> None:
    done = streamconv("convert", FIXTURES / "broken" / "broken-payload.sse")
    assert out(done, 1) == ['{"n":1}', '"{\\"n\\":2,\\"a\\":tru}"', '{"n":3}']
    assert said(done)[0].endswith(
        "broken-payload.sse:3:21: error: the payload is not JSON: 'tru' is no value [data-json-invalid]"
    )


def test_payload_json_refuses_text(streamconv: Run) -> None:
    done = streamconv("convert", "--payload", "json", input=b"data: 1\n\ndata: x\n\ndata: [DONE]\n\n")
    assert out(done, 1) == ["1"]
    assert said(done)[0].startswith("stdin:3:7: error: the payload is not JSON: found 'x', expected a value")
    done = streamconv("convert", "--payload", "json", "-t", "sse", input=b"data: 1\n\ndata: x\n\ndata: [DONE]\n\n")
    assert done.stdout == b"data: 1\n\ndata: [DONE]\n\n"
    assert done.returncode == 1


def test_payload_text_quotes_everything_and_unquotes_for_sse(streamconv: Run) -> None:
    assert out(streamconv("convert", "--payload", "text", input=b'data: {"a":1}\n\n')) == ['"{\\"a\\":1}"']
    done = streamconv("convert", "--payload", "text", "-t", "sse", input=b'"a\\nb"\n{"c":1}\n')
    assert done.stdout == b'data: a\ndata: b\n\ndata: {"c":1}\n\n'
    assert out(streamconv("convert", "--payload", "text", input=b'"a"\n{"c":1}\n')) == ['"a"', '"{\\"c\\":1}"']


def test_tokens_of_numbers_and_escapes_are_not_touched(streamconv: Run) -> None:
    text = '{"a":1.0,"b":1e400,"c":-0,"d":123456789012345678901234567890,"e":"\\u00e9","a":2,"f":"\\ud83d"}'
    for target in ("ndjson", "stream+json", "json-seq"):
        assert (
            streamconv("convert", "-t", target, input=f"data: {text}\n\n".encode()).stdout.strip(b"\x1e\n")
            == text.encode()
        )


def test_json_over_several_data_lines_becomes_one_line(streamconv: Run) -> None:
    assert out(streamconv("convert", input=b'data: {\ndata:  "a" : [1, 2]\ndata: }\n\n')) == ['{"a":[1,2]}']


# What is written.


def test_the_article_stream_in_every_format(streamconv: Run) -> None:
    data = b'data: {"n":1}\n\ndata: {"n":2}\n\n'
    written = {
        "sse": data,
        "ndjson": b'{"n":1}\n{"n":2}\n',
        "stream+json": b'{"n":1}\n{"n":2}\n',
        "json": b'[{"n":1}\n,{"n":2}\n]\n',
        "json-seq": b'\x1e{"n":1}\n\x1e{"n":2}\n',
        "raw": data,
        "records": b'{"n":1,"data":{"n":1},"line":1,"offset":0,"size":15}\n'
        b'{"n":2,"data":{"n":2},"line":3,"offset":15,"size":15}\n',
    }
    for target, wanted in written.items():
        assert streamconv("convert", "-t", target, input=data).stdout == wanted, target


def test_an_empty_selection_is_an_empty_array(streamconv: Run) -> None:
    assert streamconv("convert", "-t", "json", "--take", "0", input=b"data: 1\n\n").stdout == b"[]\n"


def test_the_default_target_is_ndjson_whatever_the_input(streamconv: Run) -> None:
    assert out(streamconv("convert", CHAT)) == CHAT.read_text().splitlines()


def test_done_appends_the_end_marker_once(streamconv: Run) -> None:
    assert (
        streamconv("convert", "-t", "sse", "--done", input=b'{"a":1}\n').stdout == b'data: {"a":1}\n\ndata: [DONE]\n\n'
    )
    again = streamconv("convert", "-t", "sse", "--done", input=b"data: 1\n\ndata: [DONE]\n\n").stdout
    assert again == b"data: 1\n\ndata: [DONE]\n\n"


def test_the_end_marker_is_not_written_into_json(streamconv: Run) -> None:
    done = streamconv("convert", OPENAI)
    assert len(out(done)) == 7
    assert said(done) == []
    assert said(streamconv("convert", "-v", OPENAI))[-1] == (
        "streamconv: ndjson does not carry 1 end marker (--to records keeps them)"
    )


def test_event_from_and_id_from_label_sse(streamconv: Run) -> None:
    lines = b'{"type":"ping","i":7}\n{"type":true,"i":null}\n{"type":{}}\n'
    done = streamconv("convert", "-t", "sse", "--event-from", "type", "--id-from", "i", input=lines)
    assert done.stdout.decode().split("\n\n") == [
        'event: ping\nid: 7\ndata: {"type":"ping","i":7}',
        'data: {"type":true,"i":null}',
        'data: {"type":{}}',
        "",
    ]


def test_a_name_that_no_event_stream_can_carry_is_refused(streamconv: Run) -> None:
    done = streamconv("convert", "-t", "sse", "--event-from", "t", input=b'{"t":"a\\nevent: b"}\n{"t":"ok"}\n')
    assert (done.returncode, done.stdout) == (1, b'event: ok\ndata: {"t":"ok"}\n\n')
    assert "the event name has a character that no event stream can carry" in said(done)[0]


def test_ids_never_cross_from_one_input_to_the_next(streamconv: Run, tmp_path: Path) -> None:
    (tmp_path / "a.sse").write_bytes(b"id: 7\ndata: a\n\n")
    (tmp_path / "b.sse").write_bytes(b"data: b\n\n")
    assert streamconv("convert", "a.sse", "b.sse", "-t", "sse").stdout == b"id: 7\ndata: a\n\nid:\ndata: b\n\n"


def test_an_id_survives_the_record_that_set_it(streamconv: Run) -> None:
    stream = b"id: 7\nevent: x\ndata: a\n\ndata: b\n\n"
    done = streamconv("convert", "-t", "sse", "--event", "message", input=stream)
    assert done.stdout == b"id: 7\ndata: b\n\n"


# Losses.


def test_what_is_lost_is_said_in_one_line(streamconv: Run) -> None:
    done = streamconv("convert", input=b"retry: 9\n\n: c\nevent: x\nid: 1\nfoo: bar\ndata: {}\n\nid: 2\ndata: {}\n\n")
    assert out(done) == ["{}", "{}"]
    assert said(done) == [
        "streamconv: ndjson does not carry 1 event name, 2 ids, 1 retry time, 1 unknown field (--to records keeps them)"
    ]


def test_quiet_says_nothing_and_verbose_all(streamconv: Run) -> None:
    stream = b": c\nid: 1\ndata: {}\n\n"
    assert said(streamconv("convert", "-q", input=stream)) == []
    done = streamconv("convert", "-q", FIXTURES / "broken" / "bad-line.ndjson")
    assert (done.returncode, said(done)) == (1, [])
    assert said(streamconv("convert", "-v", input=stream)) == [
        "streamconv: stdin: sse (a comment of an event stream)",
        "streamconv: ndjson does not carry 1 id, 1 comment (--to records keeps them)",
    ]


def test_a_name_that_the_payload_carries_is_not_lost(streamconv: Run) -> None:
    assert said(streamconv("convert", ANTHROPIC)) == []


def test_lossless_stops_before_the_first_loss(streamconv: Run, tmp_path: Path) -> None:
    stream = b"data: {}\n\nid: 7\ndata: {}\n\ndata: {}\n\n"
    done = streamconv("convert", "--lossless", input=stream)
    assert out(done, 1) == ["{}"]
    assert said(done) == [
        "stdin:3: error: ndjson cannot carry this id [lost-id]",
        "  help: --to records keeps everything",
    ]
    (tmp_path / "a.sse").write_bytes(stream)
    done = streamconv("convert", "--lossless", "a.sse", "-o", "out.ndjson")
    assert done.returncode == 1
    assert said(done)[-1] == "streamconv: out.ndjson: not written"
    assert not (tmp_path / "out.ndjson").exists()
    assert out(streamconv("convert", "--lossless", OPENAI)) == out(streamconv("convert", OPENAI))


# Doubtful records.


def test_an_unterminated_event_is_left_out_and_said(streamconv: Run) -> None:
    done = streamconv("convert", FIXTURES / "broken" / "no-blank-line.sse")
    assert out(done, 1) == ['"one"']
    assert said(done)[0].endswith(
        "no-blank-line.sse:3:1: error: the stream ends inside this event ('data'); clients discard it"
        " [sse-unterminated-event]"
    )
    assert said(done)[1] == "  help: --keep-incomplete passes it on"


def test_keep_incomplete_passes_it_on(streamconv: Run) -> None:
    path = FIXTURES / "broken" / "no-blank-line.sse"
    assert out(streamconv("convert", "--keep-incomplete", path), 1) == ['"one"', '"two"']
    assert streamconv("convert", "--keep-incomplete", path, "-t", "sse").stdout == b"data: one\n\ndata: two\n\n"


def test_strict_stops_at_the_first(streamconv: Run, tmp_path: Path) -> None:
    done = streamconv("convert", "--strict", FIXTURES / "broken" / "bad-line.ndjson")
    assert out(done, 1) == ['{"n":1}']
    assert len(said(done)) == 1
    streamconv("convert", "--strict", FIXTURES / "broken" / "bad-line.ndjson", "-o", "out.ndjson")
    assert not (tmp_path / "out.ndjson").exists()


def test_rejects_keeps_the_bytes_that_are_left_out(streamconv: Run, tmp_path: Path) -> None:
    done = streamconv("convert", "--rejects", "bad.txt", FIXTURES / "broken" / "bad-line.ndjson")
    assert out(done, 1) == ['{"n":1}', '{"n":4}']
    assert (tmp_path / "bad.txt").read_bytes() == b'{"n":2,}\n{"n":NaN}\n'


@pytest.mark.parametrize(
    ("name", "lines", "rules"),
    [
        ("cut-event.sse", ['{"n":1}'], ["sse-unterminated-event"]),
        ("cut-utf8.sse", ['"今天"'], ["sse-unterminated-event"]),
        ("stray-json.sse", ['{"n":1}'], ["sse-unterminated-event"]),
        ("cut-line.ndjson", ['{"n":1}'], ["ndjson-truncated"]),
        ("commas.stream.json", ['{"n":1}', '{"n":2}', '{"n":3}'], ["stream-comma"] * 2),
        ("glued.stream.json", ['{"n":1}', '{"n":1}'], ["stream-ambiguous-scalar"]),
        ("cut-array.json", ['{"n":1}', '{"n":2}'], ["json-truncated"]),
        ("bad-element.json", ['{"n":1}', '{"n":3}'], ["json-invalid"]),
        (
            "bad-elements.json-seq",
            ['{"n":1}', '{"n":4}'],
            ["seq-truncated", "seq-truncated-scalar", "seq-missing-rs", "seq-truncated-scalar"],
        ),
    ],
)
def test_broken_fixtures_give_what_is_whole_and_name_the_rest(
    streamconv: Run, name: str, lines: list[str], rules: list[str]
) -> None:
    done = streamconv("convert", FIXTURES / "broken" / name)
    assert out(done, 1) == lines
    assert [line.rpartition("[")[2][:-1] for line in said(done) if ": error: " in line] == rules


# Selection.


def test_event_selects_by_type(streamconv: Run) -> None:
    events = out(streamconv("convert", ANTHROPIC, "--event", "content_block_*", "--event", "!*_stop"))
    assert [json.loads(line)["type"] for line in events] == ["content_block_start"] + ["content_block_delta"] * 4
    assert len(out(streamconv("convert", ANTHROPIC, "--event", "!ping"))) == 9


def test_an_event_that_matches_nothing_says_which_types_there_were(streamconv: Run) -> None:
    done = streamconv("convert", ANTHROPIC, "--event", "pong")
    assert out(done, 1) == []
    assert said(done) == [
        "streamconv: no event matches pong; there were content_block_delta (4), message_start (1),"
        " content_block_start (1), ping (1), content_block_stop (1), message_delta (1), message_stop (1)"
    ]


def test_where_selects_by_payload(streamconv: Run) -> None:
    assert [
        json.loads(line)["response"] for line in out(streamconv("convert", CHAT, "--where", "response == 'world'"))
    ] == ["world"]
    assert out(streamconv("convert", TOKENS, "--where", "@ == '2024'")) == ['"2024"']


@pytest.mark.parametrize(
    ("habit", "mended"),
    [
        (".type == 'error'", "type == 'error'"),
        ('type == "error"', "type == 'error'"),
        ("eval_count == 4", "eval_count == `4`"),
        ('.choices[0].delta.content != ""', "choices[0].delta.content != ''"),
        ('select(.type == "error")', "type == 'error'"),
        (".done == true and .eval_count > 3", "done == `true` && eval_count > `3`"),
        (".", "@"),
        (".[0]", "[0]"),
        ('contains(.response, "or")', "contains(response, 'or')"),
        ("items[?.n > 2].n | [0]", "items[?n > `2`].n | [0]"),
    ],
)
def test_jq_habits_are_refused_with_the_mended_expression(streamconv: Run, habit: str, mended: str) -> None:
    done = streamconv("convert", "--where", habit, input=b"{}\n")
    assert (done.returncode, done.stdout) == (2, b"")
    assert f"write: {mended} (help" in said(done)[0]
    assert streamconv("convert", "--where", mended, input=b"{}\n").returncode in (0, 1)


def test_a_bad_expression_is_a_usage_error(streamconv: Run) -> None:
    for name in ("--where", "--event-from", "--id-from"):
        done = streamconv("convert", "-t", "sse", name, "a ==", input=b"{}\n")
        assert (done.returncode, done.stdout) == (2, b"")
        assert "not a JMESPath expression" in said(done)[0]
    done = streamconv("convert", "--where", "lenght(a)", input=b'{"a":1}\n')
    assert (done.returncode, done.stdout) == (2, b"")
    assert "there is no function lenght() in JMESPath" in said(done)[0]


def test_a_function_of_another_type_finds_nothing(streamconv: Run) -> None:
    lines = b'{"a":1}\n{"a":"xx"}\n{}\n'
    assert out(streamconv("convert", "--where", "length(a) > `1`", input=lines)) == ['{"a":"xx"}']


def test_a_where_that_is_never_true_says_so(streamconv: Run) -> None:
    done = streamconv("convert", CHAT, "--where", "error")
    assert out(done, 1) == []
    assert said(done) == ["streamconv: of 5 events, none makes error true"]


def test_skip_take_and_tail(streamconv: Run) -> None:
    lines = b"".join(b"%d\n" % number for number in range(1, 8))
    assert out(streamconv("convert", "--skip", "2", "--take", "3", input=lines)) == ["3", "4", "5"]
    assert out(streamconv("convert", "--tail", "2", input=lines)) == ["6", "7"]
    assert out(streamconv("convert", "--take", "0", input=lines)) == []
    assert out(streamconv("convert", "--skip", "9", input=lines)) == []


# Outputs.


def test_the_output_names_its_format(streamconv: Run, tmp_path: Path) -> None:
    assert streamconv("convert", CHAT, "-o", "out.sse").returncode == 0
    assert (tmp_path / "out.sse").read_bytes().startswith(b'data: {"model"')
    assert streamconv("convert", CHAT, "-o", "out.json-seq.gz").returncode == 0
    assert gzip.decompress((tmp_path / "out.json-seq.gz").read_bytes()) == (FIXTURES / "sequence.json-seq").read_bytes()
    assert streamconv("convert", CHAT, "-o", "out.unknown").returncode == 0
    assert (tmp_path / "out.unknown").read_bytes() == CHAT.read_bytes()


def test_an_output_may_be_the_input(streamconv: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"data: 1\n\n")
    (tmp_path / "a.txt").chmod(0o600)
    assert streamconv("convert", "a.txt", "-t", "json", "-o", "a.txt").returncode == 0
    assert (tmp_path / "a.txt").read_bytes() == b'["1"\n]\n'
    assert (tmp_path / "a.txt").stat().st_mode & 0o777 == 0o600


def test_an_output_is_not_touched_when_no_input_can_be_read(streamconv: Run, tmp_path: Path) -> None:
    (tmp_path / "out.ndjson").write_bytes(b"before")
    done = streamconv("convert", "none", "-o", "out.ndjson")
    assert done.returncode == 3
    assert (tmp_path / "out.ndjson").read_bytes() == b"before"
    assert [path.name for path in tmp_path.iterdir()] == ["out.ndjson"]


def test_an_output_that_vanishes_meanwhile(streamconv: Run, tmp_path: Path) -> None:
    """A folder put where the file was to go: said, and no temporary file is left."""
    (tmp_path / "a.sse").write_bytes(b"data: 1\n\n")
    code = (
        "import os, sys; from streamconv.cli import main, output\n"
        "keep = output.Output.commit\n"
        "def commit(self):\n    os.mkdir('out.ndjson'); keep(self)\n"
        "output.Output.commit = commit\n"
        "sys.exit(main(['convert', 'a.sse', '-o', 'out.ndjson']))"
    )
    import subprocess
    import sys

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=tmp_path, check=False)
    assert (done.returncode, done.stderr) == (4, b"streamconv: out.ndjson: Is a directory\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.sse", "out.ndjson"]


def test_dash_is_stdin_and_stdout(streamconv: Run) -> None:
    assert streamconv("convert", "-", "-o", "-", input=b"data: {}\n\n").stdout == b"{}\n"


def test_several_files_keep_their_order(streamconv: Run) -> None:
    lines = out(streamconv("convert", CHAT, FIXTURES / "sequence.json-seq"))
    assert lines == CHAT.read_text().splitlines() * 2


# records


def test_records_is_convert_to_records(streamconv: Run) -> None:
    assert streamconv("records", TOKENS).stdout == streamconv("convert", "--to", "records", TOKENS).stdout
    assert streamconv("records", TOKENS).stdout == (FIXTURES / "expected" / "tokens.sse.records").read_bytes()


def test_stable_records_of_two_runs_are_equal(streamconv: Run) -> None:
    shifted = b": a comment more\n\n" + TOKENS.read_bytes()
    once = streamconv("records", "--stable", "--event", "*", TOKENS).stdout
    assert once == streamconv("records", "--stable", "--event", "*", input=shifted).stdout
    assert once.splitlines()[0].decode() == '{"event":"message","id":"1","text":"可以"}'


def test_records_of_several_files_name_them(streamconv: Run, tmp_path: Path) -> None:
    (tmp_path / "a.sse").write_bytes(b"data: 1\n\n")
    (tmp_path / "b.sse").write_bytes(b"data: 2\n\n")
    rows = [*map(json.loads, out(streamconv("records", "a.sse", "b.sse")))]
    assert [(row["file"], row["n"], row["text"]) for row in rows] == [("a.sse", 1, "1"), ("b.sse", 1, "2")]


def test_records_carry_invalid_and_incomplete_records_and_say_them(streamconv: Run) -> None:
    done = streamconv("records", FIXTURES / "broken" / "bad-line.ndjson")
    assert [json.loads(row).get("kind", "event") for row in out(done, 1)] == ["event", "invalid", "invalid", "event"]
    assert len(said(done)) == 2


def test_what_only_raw_keeps_is_said(streamconv: Run) -> None:
    assert said(streamconv("records", FIXTURES / "broken" / "latin-1.sse")) == [
        "streamconv: records does not carry 1 record with bytes that are not UTF-8 (--to raw keeps them)"
    ]


# What must not be overwritten, and what must not look complete.


def test_nothing_is_written_where_it_is_still_read(streamconv: Run, tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_bytes(b"{}\n")
    for args in (
        ("a.ndjson", "--rejects", "a.ndjson"),
        ("-F", "a.ndjson", "-o", "a.ndjson"),
        ("a.ndjson", "--rejects", "b.ndjson", "-o", "./b.ndjson"),
        ("a.ndjson", "-", "-o", "a.ndjson"),
    ):
        done = streamconv("convert", *args, input=b"{}\n")
        assert done.returncode == 2, args
        assert "overwrite an input" in said(done)[0] or "the same file" in said(done)[0]
    with (tmp_path / "a.ndjson").open("ab") as file:
        import subprocess
        import sys

        command = [sys.executable, "-m", "streamconv", "convert", "a.ndjson"]
        done = subprocess.run(command, stdout=file, stderr=subprocess.PIPE, cwd=tmp_path, check=False)
    assert (done.returncode, b"stdout would overwrite" in done.stderr) == (2, True)
    assert (tmp_path / "a.ndjson").read_bytes() == b"{}\n"


def test_a_live_output_is_left_alone_until_something_is_written(streamconv: Run, tmp_path: Path) -> None:
    (tmp_path / "out.json").write_bytes(b"keep")
    done = streamconv("convert", "-o", "out.json", input=b"hello there\n")
    assert (done.returncode, said(done)[-1]) == (3, "streamconv: out.json: not written")
    assert (tmp_path / "out.json").read_bytes() == b"keep"


def test_a_live_output_that_was_stopped_is_ended_well(streamconv: Run, tmp_path: Path) -> None:
    done = streamconv("convert", "--lossless", "-o", "out.json", input=b"data: {}\n\nid: 7\ndata: {}\n\n")
    assert done.returncode == 1
    assert (tmp_path / "out.json").read_bytes() == b"[{}\n]\n"


def test_a_loss_that_only_the_end_brings_is_refused_too(streamconv: Run, tmp_path: Path) -> None:
    (tmp_path / "a.sse").write_bytes(b"data: {}\n\nid: 7\ndata: {}\n\n")
    done = streamconv("convert", "a.sse", "--tail", "2", "--lossless", "-o", "out.ndjson")
    assert done.returncode == 1
    assert not (tmp_path / "out.ndjson").exists()


def test_rejects_may_be_compressed(streamconv: Run, tmp_path: Path) -> None:
    streamconv("convert", "--rejects", "bad.gz", input=b"{}\nx\n")
    assert gzip.decompress((tmp_path / "bad.gz").read_bytes()) == b"x\n"


def test_strict_and_rejects_hold_for_payloads_that_are_not_json(streamconv: Run, tmp_path: Path) -> None:
    stream = b"data: {}\n\ndata: hello\n\ndata: {}\n\n"
    done = streamconv("convert", "--payload", "json", "--rejects", "bad", input=stream)
    assert (out(done, 1), (tmp_path / "bad").read_bytes()) == (["{}", "{}"], b"data: hello\n\n")
    done = streamconv("convert", "--payload", "json", "--strict", "--rejects", "bad", input=stream)
    assert (out(done, 1), (tmp_path / "bad").read_bytes()) == (["{}"], b"data: hello\n\n")


def test_a_stream_that_was_broken_off_gets_no_end_marker(streamconv: Run) -> None:
    done = streamconv("convert", "--strict", "-t", "sse", "--done", input=b"{}\nbad\n{}\n")
    assert (done.returncode, done.stdout) == (1, b"data: {}\n\n")


def test_end_markers_are_no_events_where_they_cannot_be_written(streamconv: Run) -> None:
    stream = b"data: {}\n\ndata: [1]\n\ndata: [DONE]\n\n"
    assert out(streamconv("convert", "--tail", "1", input=stream)) == ["[1]"]
    assert streamconv("convert", "--tail", "1", "-t", "sse", input=stream).stdout == b"data: [DONE]\n\n"


def test_options_that_mean_nothing_to_the_target_are_refused(streamconv: Run) -> None:
    assert "written to sse, not to ndjson" in said(streamconv("convert", "--done"))[0]
    assert "names and ids are written to sse and records" in said(streamconv("convert", "--event-from", "a"))[0]


def test_selecting_does_not_change_what_a_payload_is(streamconv: Run) -> None:
    assert out(streamconv("convert", "--skip", "1", input=b"data: {}\n\ndata: 42\n\n")) == ["42"]
    assert out(streamconv("convert", "--skip", "1", input=b"data: x\n\ndata: 42\n\n")) == ['"42"']


def test_pretty_json_becomes_one_data_line(streamconv: Run) -> None:
    done = streamconv("convert", "-t", "sse", "--lossless", input=b'{\r\n"a": 1\r\n}\r\n')
    assert (done.returncode, done.stdout) == (0, b'data: {"a":1}\n\n')
    done = streamconv("convert", "-f", "records", "-t", "sse", input=b'{\n  "data": {\n    "a": 1\n  }\n}\n')
    assert done.stdout == b'data: {"a":1}\n\n'


def test_dash_is_no_file_name(streamconv: Run) -> None:
    done = streamconv("convert", "--strict", "-o", "-", "-t", "json", input=b"{}\nx\n")
    assert (done.returncode, done.stdout, len(said(done))) == (1, b"[{}\n]\n", 1)


def test_payloads_too_deep_for_an_expression_find_nothing(streamconv: Run) -> None:
    deep = b"data: " + b"[" * 30_000 + b"]" * 30_000 + b"\n\n"
    assert out(streamconv("convert", "--where", "a", input=deep + b'data: {"a":1}\n\n')) == ['{"a":1}']
    assert "nested too deeply" in said(streamconv("convert", "--where", "(" * 5000 + "a" + ")" * 5000))[0]
    assert "slice step" in said(streamconv("convert", "--where", "a[::0]", input=b'{"a":[1]}\n'))[0].lower()
    done = streamconv("convert", input=b'{"line":1,"offset":0,"size":5,"x":' + deep[6:-2] + b"}\n")
    assert done.returncode == 0


def test_jqs_pipes_into_functions_are_not_mended_wrongly(streamconv: Run) -> None:
    line = said(streamconv("convert", "--where", ".a | length > 1"))[0]
    assert "write jq's '| length' as a call: length(a)" in line


def test_a_kept_tail_is_an_event(streamconv: Run) -> None:
    done = streamconv("convert", "--keep-incomplete", input=b"data: {}\n")
    assert out(done, 1) == ["{}"]
    assert len(said(done)) == 1


# Names that clients need.

UNNAMED = "1: warning: events without names, by which clients of Anthropic Messages read them [llm-unnamed-events]"


def test_writing_sse_without_the_names_that_clients_read_by_says_so_once(streamconv: Run, tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_bytes(streamconv("convert", ANTHROPIC).stdout)
    done = streamconv("convert", "a.ndjson", "a.ndjson", "--to", "sse")
    help = "  help: streamconv convert --event-from type --to sse takes the names from the payloads"
    assert said(done) == [f"a.ndjson:{UNNAMED}", help]
    assert done.returncode == 0
    assert streamconv("convert", "-q", "a.ndjson", "--to", "sse").stderr == b""


def test_with_names_there_is_nothing_to_say(streamconv: Run, tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_bytes(streamconv("convert", ANTHROPIC).stdout)
    assert said(streamconv("convert", "a.ndjson", "--to", "sse", "--event-from", "type")) == []
    assert said(streamconv("convert", ANTHROPIC, "--to", "sse")) == []
    assert said(streamconv("convert", "a.ndjson", "--to", "json-seq")) == []


def test_nor_is_there_of_protocols_whose_clients_need_none(streamconv: Run) -> None:
    assert said(streamconv("convert", CHAT, "--to", "sse")) == []
    assert said(streamconv("convert", OPENAI, "--to", "sse")) == []
    late = b'{"n":1}\n' * 32 + b'{"type":"message_start","message":{}}\n'
    assert said(streamconv("convert", "-f", "ndjson", "--to", "sse", input=late)) == []


def test_a_name_that_is_missing_later_is_said_at_its_place(streamconv: Run) -> None:
    stream = ANTHROPIC.read_bytes()
    at = stream.index(b"event: ", 10)
    done = streamconv(
        "convert", "--to", "sse", input=b": hi\n\n" + stream[:at] + stream[at:].replace(b"event: ", b": ", 1)
    )
    assert len(said(done)) == 2
    assert said(done)[0].startswith("stdin:6: warning: events without names")
