"""`inspect`: every record a line that fits, its problems below it, and one record in depth."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from streamconv import Record
from streamconv.cli import chosen, main
from streamconv.examine import Row
from streamconv.reports.cells import width
from streamconv.rules.checker import SPAN
from tests.conftest import FIXTURES

Run = Callable[..., tuple[int, str, str]]

BROKEN = FIXTURES / "broken"
HOSTILE = (
    ": keep-alive \x1b[31mred\n\n"
    'event: start\nid: 1\ndata: {"model":"测试","n":1.0,"big":123456789012345678901234567890}\n\n'
    'id: 2\ndata: {"text":"\\u4f60\\u597d \\ud83d\\ude00 \\n \\u001b[2J \\u202e","dup":1,"dup":2}\n\n'
    "id: 3\ndata: \x1b]0;owned\x07\x1b[2Jplain \u202eevil\n\n"
    "event: 非常长的事件名字在这里\nid: 4\ndata: " + "你好" * 60 + "\n\n"
    "id: a-very-long-identifier\ndata: " + "🙂" * 60 + "\n\n"
    "retry: 3000\n\n"
    'id: 7\ndata: {"choices":[{"delta":{"content":"cut\n\n'
    "id: 8\x1b[1m\nevent: \x1b[2Jx\ndata: [DONE]\n\n"
    "event: x\ndata: never ends"
)


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command here; gives the exit code, and what stdout and stderr got."""
    for name in ("FORCE_COLOR", "NO_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)

    def run(*args: object, columns: int | None = None) -> tuple[int, str, str]:
        if columns is not None:
            monkeypatch.setenv("COLUMNS", str(columns))
        code = main(["inspect", *map(str, args)])
        out, err = capfdbinary.readouterr()
        return code, out.decode(), err.decode()

    return run


def test_80_columns(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.sse").write_text(HOSTILE)
    code, out, err = run(tmp_path / "x.sse")
    assert code == 1
    assert out.splitlines() == [
        "     # type           id         size data",
        "    :1 comment                     23 : keep-alive ␛[31mred",
        '!    1 start          1            90 {"model":"测试","n":1.0,"big":12345678901…',
        "       └ warning at 5:35: 123456789012345678901234567890 does not fit into 64",
        "         bits [json-int-over-64bit]",
        '!    2 message        2            86 {"text":"你好 😀 \\n \\u001b[2J \\u202e","du…',
        '       └ warning at 8:71: the name "dup" is there twice in one object',
        "         [json-duplicate-key]",
        "     3 message        3            41 \\x1b]0;owned\\x07\\x1b[2Jplain \\u202eevil",
        "     4 非常长的事件…  4           415 你好你好你好你好你好你好你好你好你好你好…",
        "     5 message        a-very-…    275 🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂…",
        "   :20 retry                       13 retry: 3000",
        '✗    6 message        7            50 {"choices":[{"delta":{"content":"cut',
        "       └ error at 23:43: the payload is not JSON: it ends where the rest of a",
        "         string is expected [data-json-truncated]",
        "     7 \\x1b[2Jx       8\\x1b[1m     37 [DONE]",
        "✗  :29 incomplete                  25 event: x␊data: never ends",
        "       └ error at 29:1: the stream ends inside this event ('event', 'data');",
        "         clients discard it [sse-unterminated-event]",
        "       └ warning at 30:17: the last line has no end [sse-unterminated-line]",
    ]
    assert err == "7 events, 1 comment, 1 retry time, 1 incomplete; 1.0 KB; 2 errors, 3 warnings (1 info hidden)\n"


def test_160_columns(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.sse").write_text(HOSTILE)
    lines = run(tmp_path / "x.sse", columns=160)[1].splitlines()
    assert lines == [
        "     # type                   id                 size data",
        "    :1 comment                                     23 : keep-alive ␛[31mred",
        "!    1 start                  1                    90 "
        '{"model":"测试","n":1.0,"big":123456789012345678901234567890}',
        "       └ warning at 5:35: 123456789012345678901234567890 does not fit into 64 bits [json-int-over-64bit]",
        "!    2 message                2                    86 "
        '{"text":"你好 😀 \\n \\u001b[2J \\u202e","dup":1,"dup":2}',
        '       └ warning at 8:71: the name "dup" is there twice in one object [json-duplicate-key]',
        "     3 message                3                    41 \\x1b]0;owned\\x07\\x1b[2Jplain \\u202eevil",
        f"     4 非常长的事件名字在这里 4                   415 {'你好' * 26}…",
        f"     5 message                a-very-long-ide…    275 {'🙂' * 52}…",
        "   :20 retry                                       13 retry: 3000",
        '✗    6 message                7                    50 {"choices":[{"delta":{"content":"cut',
        "       └ error at 23:43: the payload is not JSON: it ends where the rest of a string is expected"
        " [data-json-truncated]",
        "     7 \\x1b[2Jx               8\\x1b[1m             37 [DONE]",
        "✗  :29 incomplete                                  25 event: x␊data: never ends",
        "       └ error at 29:1: the stream ends inside this event ('event', 'data'); clients discard it"
        " [sse-unterminated-event]",
        "       └ warning at 30:17: the last line has no end [sse-unterminated-line]",
    ]
    assert max(map(width, lines)) == 159


@pytest.mark.parametrize("columns", [20, 40, 79, 80, 81, 120, 200])
def test_every_line_fits(run: Run, tmp_path: Path, columns: int) -> None:
    (tmp_path / "x.sse").write_text(HOSTILE)
    lines = run(tmp_path / "x.sse", columns=columns)[1].splitlines()
    assert max(map(width, lines)) <= columns
    assert not any(line.endswith(" ") for line in lines)
    assert not any(char in "\x1b\x07\u202e\x9b" for line in lines for char in line)


@pytest.mark.parametrize("columns", [20, 24, 30, 40, 50, 60, 79])
def test_every_line_fits_and_shows_data_where_times_are_known(run: Run, tmp_path: Path, columns: int) -> None:
    name = timed(tmp_path / "x.timed", (0.0, HOSTILE), (1e6, "data: late\n\n"))
    lines = run(name, columns=columns)[1].splitlines()
    assert max(map(width, lines)) <= columns
    assert sum('{"model":"测' in line for line in lines) == 1


def test_40_columns(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.sse").write_text("event: progress\nid: 1\ndata: the first of many\n\n")
    assert run(tmp_path / "x.sse", columns=40)[1].splitlines() == [
        "     # type       size data",
        "     1 progress     47 the first of many",
    ]
    name = timed(tmp_path / "x.timed", (0.0, (tmp_path / "x.sse").read_text()))
    assert run(name, columns=40)[1].splitlines() == [
        "     #     time type   data",
        "     1    0.000 progr… the first of many",
    ]
    assert run(name, columns=30)[1].splitlines() == ["     # type   data", "     1 progr… the first of ma…"]
    assert run(name, columns=22)[1].splitlines() == ["     # data", "     1 the first of m…"]


def test_a_problem_is_said_in_two_lines_at_most_and_names_its_rule(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.ndjson").write_text('{"a":1,}\n')
    assert run(tmp_path / "x.ndjson", columns=50)[1].splitlines()[2:] == [
        "       └ error at 1:8: not JSON: found '}',",
        "         expected a string [ndjson-invalid-json]",
    ]
    assert run(tmp_path / "x.ndjson", columns=36)[1].splitlines()[2:] == [
        "       └ error at 1:8: not JSON:",
        "         foun… [ndjson-invalid-json]",
    ]
    assert run(tmp_path / "x.ndjson", columns=26)[1].splitlines()[2:] == [
        "       └ error at 1:8: not",
        "         … [ndjson-invali…",
    ]


def test_columns_that_nothing_fills_are_left_out(run: Run) -> None:
    _, out, err = run(FIXTURES / "chat.ndjson")
    assert out.splitlines()[:2] == [
        "     #   size data",
        '     1     85 {"model":"test","created_at":"2024-01-01T00:00:00Z","response":"H…',
    ]
    assert err == "5 events; 427 bytes; no problems\n"


def test_what_the_first_rows_did_not_have_is_before_the_data(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.sse").write_text("data: 1\n\n" * 300 + "event: late\x07\nid: 9\ndata: x\n\n: c\n\n")
    assert run(tmp_path / "x.sse")[1].splitlines()[-2:] == [
        "   301     28 [late\\x07] id=9 x",
        "  :605      5 [comment] : c",
    ]


def test_json_lines_show_what_is_wrong_below_the_line(run: Run) -> None:
    code, out, err = run(BROKEN / "bad-line.ndjson")
    assert code == 1
    assert out.splitlines() == [
        "     # type      size data",
        '     1 message      8 {"n":1}',
        '✗   :2 invalid      9 {"n":2,}',
        "       └ error at 2:8: not JSON: found '}', expected a string",
        "         [ndjson-invalid-json]",
        '✗   :3 invalid     10 {"n":NaN}',
        "       └ error at 3:6: NaN is not JSON [json-nan-infinity]",
        "!   :4 blank        1",
        "       └ warning at 4:1: a blank line [ndjson-blank-line]",
        '     2 message      8 {"n":4}',
    ]
    assert err == "2 events, 2 invalid, 1 blank line; 36 bytes; 2 errors, 1 warning\n"


def test_very_many_problems_of_one_rule_are_marked_and_counted(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.ndjson").write_text('{"a":1}\n\n' * 40)
    code, out, err = run(tmp_path / "x.ndjson")
    assert code == 0
    assert out.count("└") == 10
    assert out.count("\n!") == 40
    assert err == "and 30 more [ndjson-blank-line]\n40 events, 40 blank lines; 360 bytes; 40 warnings\n"


def test_a_problem_of_no_record_is_said_before_the_footer(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.sse").write_text(": only\n\n")
    code, out, _ = run(tmp_path / "x.sse")
    assert code == 1
    assert "└ error: " in out.splitlines()[-1]
    assert out.endswith("[sse-no-events]\n")


def test_colour_where_it_is_forced(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    out = run(BROKEN / "bad-line.ndjson")[1]
    assert '\x1b[31m✗\x1b[0m\x1b[2m   :2 invalid      9\x1b[0m \x1b[2m{"n":2,}\x1b[0m' in out
    assert "└ \x1b[31merror\x1b[0m at 2:8" in out
    assert '{\x1b[34m"n"\x1b[0m:\x1b[36m4\x1b[0m}' in out
    assert "\x1b[1m" in run(FIXTURES / "ping.sse", FIXTURES / "chat.ndjson")[1]


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        (["--filter", "PING"], [3]),
        (["--filter", "^content_block_st(art|op)$"], [2, 8]),
        (["--filter", "hello"], [4]),
        (["--event", "message_*"], [1, 9, 10]),
        (["--event", "!content_*", "--event", "!ping"], [1, 9, 10]),
        (["--where", "delta.text"], [4, 5, 6, 7]),
        (["--where", "delta.text", "--filter", "world"], [6]),
        (["--filter", "nothing at all"], []),
    ],
)
def test_selecting_rows(run: Run, options: list[str], numbers: list[int]) -> None:
    _, out, err = run(FIXTURES / "anthropic.sse", *options)
    assert [int(line.split()[0]) for line in out.splitlines()[1:]] == numbers
    assert err.startswith(f"{len(numbers)} of 10 events shown; ")


def test_selecting_shows_what_cannot_be_read_and_hides_comments(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.sse").write_text("id: 7\nevent: a\ndata: 1\n\n: ping\n\ndata: 2\n\ndata: cut")
    assert "".join(line[:6] for line in run(tmp_path / "x.sse", "--event", "a")[1].splitlines()[1:3]) == "     1✗   :9"
    assert run(tmp_path / "x.sse", "--filter", "ping")[1].splitlines()[1:] == ["    :5 comment            8 : ping"]
    assert [line[5] for line in run(tmp_path / "x.sse", "--filter", "7")[1].splitlines()[1:]] == ["1"]


def test_a_path_shows_only_what_it_finds(run: Run) -> None:
    _, out, _ = run(FIXTURES / "openai-chat.sse", "--path", "choices[0].delta.content")
    assert [line[14:] for line in out.splitlines()[1:]] == ["", "Hello", ",", "world", "!", "—", "—", "(text)"]
    out = run(FIXTURES / "openai-chat.sse", "--path", "choices[0].delta", "--full", "--filter", "Hello")[1]
    assert out.splitlines()[1:] == ["     2    175", "       {", '         "content": "Hello"', "       }"]


def test_a_path_shows_values_as_they_are(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    payloads = [
        '{"a":{"b":[1.0,-1e400,"\\n你"]}}',
        '{"a":"one\\ntwo \\u001b[2J"}',
        '{"a":"null"}',
        '{"a":null}',
        '{"b":1}',
        '{"a":"cut',
        "plain",
    ]
    path = tmp_path / "x.sse"
    path.write_text("".join(f"data: {payload}\n\n" for payload in payloads))
    assert [line[14:] for line in run(path, "--path", "a", "-q")[1].splitlines()[1:] if line[5].isdecimal()] == [
        '{"b":[1.0,-1e999,"\\n你"]}',
        "one\\ntwo \\x1b[2J",
        "null",
        "—",
        "—",
        "(text)",
        "(text)",
    ]
    lines = run(path, "--path", "a", "--full", "--filter", "one|null", "-q")[1].splitlines()[1:]
    assert [line.strip() for line in lines if not line[5].isdecimal()] == ["one", "two \\x1b[2J", "null", "—"]
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert " \x1b[2m—\x1b[0m\n" in run(path, "--path", "a")[1]


def test_what_is_nested_too_deep_is_said_to_be(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.ndjson").write_text("[" * 100_000 + "]" * 100_000 + "\n")
    assert run(tmp_path / "x.ndjson", "--path", "@", "-q")[1].splitlines()[1][14:] == "—"  # it cannot be searched


def test_a_value_that_cannot_be_written_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    monkeypatch.setattr(chosen, "compile_expression", lambda path: lambda record: deep)
    found = chosen.Chosen(None, (), None, "@").found(Row(Record(data="1")))
    assert found == ("aside", "(nested too deep to be written as JSON)")


def test_a_path_shows_an_integer_of_any_size(run: Run, tmp_path: Path) -> None:
    digits = "7" * 5000
    (tmp_path / "x.ndjson").write_text(f'{{"n":{digits}}}\n')
    code, out, _ = run(tmp_path / "x.ndjson", "--path", "n", "--full", "-q")
    assert code == 0
    assert f"       {digits}" in out.splitlines()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--filter", "(a"], "'(a' is not a regular expression: missing ), unterminated subpattern at character 1"),
        (["--filter", "a{99999999999}"], "is not a regular expression: "),
        (["--where", "a ="], "not a JMESPath expression"),
        (["--where", "nope(a)"], "there is no function nope()"),
        (["--path", ".a"], "jq and JMESPath differ here; write: a"),
        (["--where", "abs(n, n)"], "line 1: "),
        (["--at", "1", "--offset", "3"], "a record is named once"),
        (["--at", "1", "other.sse"], "one record is shown of one input"),
        (["-F", "--at", "1"], "--follow follows one file, with all its records"),
        (["-F", "other.sse"], "--follow follows one file"),
    ],
)
def test_what_cannot_be_asked(run: Run, options: list[str], said: str) -> None:
    code, _, err = run(FIXTURES / "chat.ndjson", *options)
    assert code == 2
    assert said in err


def test_following_stdin_means_nothing(run: Run) -> None:
    code, _, err = run("-F", "-")
    assert code == 2
    assert "a pipe is live without it" in err


def test_whole_payloads(run: Run) -> None:
    assert run(FIXTURES / "ping.sse", "--full")[1].splitlines() == [
        "     # type     id   size data",
        "     1 progress a      71",
        "       first",
        "       second line",
        "    :7 comment         10",
        "       : ping",
        "     2 progress        40",
        "       {",
        '         "done": true',
        "       }",
    ]


def test_several_inputs_have_a_line_each_and_every_one_is_tried(run: Run, tmp_path: Path) -> None:
    (tmp_path / "image.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    code, out, err = run(
        FIXTURES / "ping.sse", tmp_path / "image.png", tmp_path / "none", FIXTURES / "chat.ndjson", "-q"
    )
    assert code == 3
    assert out.splitlines()[0] == f"{FIXTURES / 'ping.sse'}: sse"
    assert f"{FIXTURES / 'chat.ndjson'}: ndjson" in out.splitlines()
    assert "image.png: " in err
    assert "none: No such file or directory" in err
    assert "events" not in err


def test_the_streams_of_a_har(run: Run) -> None:
    har = FIXTURES / "captures" / "chromium.har"
    lines = run(har)[1].splitlines()
    assert [line for line in lines if line.startswith("/")] == [
        f"{har}[2]: har,sse  GET http://127.0.0.1:36551/tokens.sse",
        f"{har}[3]: har,ndjson  GET http://127.0.0.1:36551/chat.ndjson",
    ]
    assert run(har, "--entry", "3", "--at", "5")[1].startswith(f"event 5 of {har}[3]: line 5, byte 333, 94 bytes\n")
    assert run(f"{har}[3]:5:2")[1] == run(har, "--entry", "3", "--at", "5")[1]
    code, _, err = run(har, "--at", "1")
    assert code == 2
    assert "help: " in err


def test_one_record_in_depth(run: Run) -> None:
    name = FIXTURES / "ping.sse"
    code, out, err = run(name, "--at", "2")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        f"event 2 of {name}: line 9, byte 81, 40 bytes",
        "  type          progress",
        "  last event id a",
        "",
        "data (JSON, 13 characters)",
        "  {",
        '    "done": true',
        "  }",
        "",
        "bytes",
        "  line offset",
        "     9     81  65 76 65 6e 74 3a 20 70 72 6f 67 72 65 73 73 0d  event: progress.",
        "           97  0a                                               .",
        '    10     98  64 61 74 61 3a 20 7b 22 64 6f 6e 65 22 3a 74 72  data: {"done":tr',
        "          114  75 65 7d 0d 0a                                   ue}..",
        "    11    119  0d 0a                                            ..",
    ]


def test_a_record_with_problems_in_depth_has_them_with_carets(run: Run) -> None:
    name = BROKEN / "bad-line.ndjson"
    code, out, _ = run(f"{name}:2:8")
    assert code == 1
    assert out.splitlines() == [
        f"invalid record of {name}: line 2, byte 8, 9 bytes",
        "",
        "data (JSON, 8 characters)",
        '  {"n":2,}',
        "",
        "bytes",
        "  line offset",
        "     2      8  7b 22 6e 22 3a 32 2c 7d 0a                       {\"n\":2,}.",
        "",
        f"{name}:2:8: error: not JSON: found '}}', expected a string [ndjson-invalid-json]",
        '2 | {"n":2,}␊',
        "  |        ^",
        "  = help: mend the text at the place, or take the line out",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        (["--offset", "71"], "control record of"),
        (["--offset", "80"], "control record of"),
        (["--offset", "81"], "event 2 of"),
        (["--offset", "120"], "event 2 of"),
        (["--offset", "0"], "event 1 of"),
        (["--at", "1"], "event 1 of"),
    ],
)
def test_a_record_is_found_by_its_number_or_any_of_its_bytes(run: Run, place: list[str], shown: str) -> None:
    assert run(FIXTURES / "ping.sse", *place)[1].startswith(shown)


@pytest.mark.parametrize(
    ("name", "place", "start"),
    [
        ("ping.sse", "1", "event 1"),
        ("ping.sse", "6", "event 1"),
        ("ping.sse", "7", "control record"),
        ("ping.sse", "9:3", "event 2"),
        ("ping.sse", "11", "event 2"),
        ("chat.ndjson", "3:999", "event 3"),
        ("pretty.stream.json", "1", "event 1"),
        ("pretty.stream.json", "2", "event 1"),
        ("broken/glued.stream.json", "1:1", "event 1"),
    ],
)
def test_a_record_is_found_by_any_of_its_lines(run: Run, name: str, place: str, start: str) -> None:
    assert run(f"{FIXTURES / name}:{place}")[1].startswith(f"{start} of ")


def test_records_on_one_line_are_told_apart_by_the_column(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "x.stream.json"
    path.write_text('{"a":"你"}{"b":2} {"c":3}\n{"d":4}')
    for column, number in ((1, 1), (9, 1), (10, 2), (16, 2), (17, 3), (18, 3), (24, 3)):
        assert run(f"{path}:1:{column}")[1].startswith(f"event {number} of "), column
    assert run(f"{path}:2")[1].startswith("event 4 of ")
    assert run(f"{path}:1")[1].startswith("event 1 of ")


def test_places_are_those_of_the_file_where_layers_only_cut(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "reply.txt"
    path.write_bytes(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: 1\n\ndata: 2\n\n")
    assert run(f"{path}:6")[1].splitlines()[0] == f"event 2 of {path}: line 6, byte 61, 9 bytes"
    assert run(path, "--offset", "61")[1] == run(f"{path}:6")[1]
    code, _, err = run(f"{path}:2")
    assert code == 2
    assert err == f"streamconv: {path}: there is no record at line 2; the last line is 7\n"


def test_a_record_that_is_not_there(run: Run, tmp_path: Path) -> None:
    name = FIXTURES / "ping.sse"
    for place, said in [
        (["--at", "3"], "there is no event 3; the last one is 2"),
        (["--offset", "121"], "there is no record at byte 121; the last byte is 120"),
    ]:
        code, out, err = run(name, *place)
        assert (code, out, err) == (2, "", f"streamconv: {name}: {said}\n")
    assert run(f"{name}:12:4")[2].endswith("there is no record at line 12, column 4; the last line is 11\n")
    (tmp_path / "empty.sse").write_bytes(b"")
    assert "there are no records" in run(tmp_path / "empty.sse", "--at", "1")[2]


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (KeyboardInterrupt(), 130, "streamconv: {}: interrupted before event 7; the last one read is 1\n"),
        (
            OSError(5, "Input/output error"),
            3,
            "streamconv: {0}: Input/output error\nstreamconv: {0}: broken off before event 7; the last one read is 1\n",
        ),
    ],
)
def test_a_record_that_did_not_come_before_reading_ended(
    run: Run, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, said: str
) -> None:
    def chunks(_: object) -> Iterator[bytes]:
        yield b"data: 1\n\n"
        raise error

    monkeypatch.setattr("streamconv.cli.inputs.Input.chunks", chunks)
    name = FIXTURES / "ping.sse"
    assert run(name, "--at", "7") == (code, "", said.format(name))
    assert run(name, "--at", "1")[1].startswith("event 1 of ")
    assert run(name, "--offset", "99")[2].endswith("before record at byte 99; the last byte read is 8\n")


def test_nothing_was_read_before_reading_ended(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def chunks(_: object) -> Iterator[bytes]:
        yield b"data: "
        raise KeyboardInterrupt

    monkeypatch.setattr("streamconv.cli.inputs.Input.chunks", chunks)
    code, _, err = run(FIXTURES / "ping.sse", "-f", "sse", "--at", "1")
    assert code == 130
    assert err.endswith("interrupted before event 1; no records were read\n")


def test_a_file_whose_name_ends_like_a_place_is_that_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.sse:2").write_text("data: 1\n\n")
    assert run(tmp_path / "x.sse:2")[1].splitlines()[1:] == ["     1      9 1"]
    assert run(f"{tmp_path / 'x.sse:2'}:1")[1].startswith("event 1 of ")
    code, _, err = run(tmp_path / "y.sse:2")
    assert code == 3
    assert err == f"streamconv: {tmp_path / 'y.sse'}: No such file or directory\n"


def test_why_a_line_is_invalid_may_show_only_in_the_next_span(run: Run, tmp_path: Path) -> None:
    last = SPAN // 8
    (tmp_path / "x.ndjson").write_bytes(b'{"a":1}\n' * (last - 1) + b'{"bcd":\n' + b'{"c":1}\n')
    code, out, _ = run(f"{tmp_path / 'x.ndjson'}:{last}")
    assert code == 1
    assert "[ndjson-invalid-json]" in out
    _, out, err = run(tmp_path / "x.ndjson", "--filter", "bcd")
    assert out.splitlines()[1:] == [
        f'✗:{last}      8 [invalid] {{"bcd":',
        f"       └ error at {last}:8: not JSON: it ends where a value is expected",
        "         [ndjson-invalid-json]",
    ]
    assert err == f"0 of {last} events shown, 1 invalid; {SPAN / 1024:.1f} KB; 1 error\n"


def test_a_line_of_a_value_over_lines_has_no_problem_of_its_own(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.ndjson").write_bytes(b'{"a":1}\n{\n"b":1\n}\n')
    code, out, _ = run("-f", "ndjson", f"{tmp_path / 'x.ndjson'}:3")
    assert code == 1
    assert out.startswith("invalid record of ")
    assert "error" not in out


def test_a_disagreement_is_said(run: Run) -> None:
    code, out, err = run(BROKEN / "array-document.ndjson")
    assert code == 0
    assert out.splitlines() == [
        "     #   size data",
        '     1     11 {"n":1}',
        '     2     11 {"n":2}',
        "    :3      2 ]",
        "    :4      1",
    ]
    assert "the name ends in .ndjson, but the stream begins with an array" in err


def test_binary_records_stand_at_bytes(run: Run, tmp_path: Path) -> None:
    from tests.aws_messages import event

    first = event("chunk", b'{"a":1}')
    (tmp_path / "x.eventstream").write_bytes(first + event("end", b"{}"))
    out = run(tmp_path / "x.eventstream", "--at", "2")[1].splitlines()
    assert out[0] == f"event 2 of {tmp_path / 'x.eventstream'}: byte {len(first)}, {len(event('end', b'{}'))} bytes"
    assert out[1] == "  type          end"
    assert "  offset" in out
    (tmp_path / "y.eventstream").write_bytes(first + b"\0\0\0")
    assert f"@{len(first)} incomplete" in run(tmp_path / "y.eventstream")[1]


def test_fields_of_a_record_in_depth(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.sse").write_bytes(b": one\n: two\x1b\nretry: 5\nid: 7\nmeta: x\nevent: e\n\ndata: [DONE]\n\n")
    assert run(tmp_path / "x.sse", "--offset", "0")[1].splitlines()[1:8] == [
        "  kind          comment",
        "  event         e",
        "  id            7",
        "  retry         5 ms",
        "  comment       one",
        "  comment       two\\x1b",
        "  unknown field meta: x",
    ]
    assert "data (end marker, 6 characters)" in run(tmp_path / "x.sse", "--at", "1")[1]


def test_long_bytes_are_shortened_unless_full(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.sse").write_bytes(b"data: " + b"x" * 5000 + b"\n\n")
    out = run(tmp_path / "x.sse", "--at", "1")[1]
    assert "4496 bytes are left out; --full shows them" in out
    assert len(out.splitlines()) < 50
    assert len(run(tmp_path / "x.sse", "--at", "1", "--full")[1].splitlines()) > 300


def timed(path: Path, *chunks: tuple[float, str]) -> Path:
    lines = [{"format": "application/x-streamconv-timed", "version": 1}, *({"t": t, "b": b} for t, b in chunks)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_times_and_gaps_where_they_are_known(run: Run, tmp_path: Path) -> None:
    path = timed(tmp_path / "x.timed", (0.0, "data: 1\n\n"), (0.000035, "data: 2\n\n"), (2.5, ": ping\n\ndata: 3\n\n"))
    _, out, err = run(path)
    assert out.splitlines() == [
        "     #     time     Δt type      size data",
        "     1    0.000        message      9 1",
        "     2    0.000   35µs message      9 2",
        "    :5    2.500  2.50s comment      8 : ping",
        "     3    2.500      0 message      9 3",
    ]
    assert err == "3 events, 1 comment; 35 bytes in 2.50s; no problems\n"
    assert "  time          2.500000 s (0 after the one before)" in run(path, "--at", "3")[1]
    assert "  time          0.000000 s" in run(path, "--at", "1")[1].splitlines()


def test_the_clock_needs_to_know_when_the_capture_began(run: Run, tmp_path: Path) -> None:
    path = timed(tmp_path / "x.timed", (0.25, "data: 1\n\n"))
    _, out, err = run(path, "--clock")
    assert "    0.250" in out
    assert "when it began is not known" in err


def har(path: Path, started: str, time: float) -> Path:
    messages = [{"type": "receive", "time": time, "eventName": "message", "eventId": "", "data": "hi"}]
    entry = {
        "startedDateTime": started,
        "request": {"method": "GET", "url": "http://x/"},
        "response": {"status": 200, "content": {"mimeType": "text/event-stream", "size": 0}},
        "_eventSourceMessages": messages,
    }
    path.write_text(json.dumps({"log": {"version": "1.2", "entries": [entry]}}))
    return path


def test_the_clock_of_a_har(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    path = har(tmp_path / "x.har", "2024-01-01T10:00:00.000Z", 1704103201.5)
    assert "10:00:01.500" in run(path, "--clock")[1]
    far = har(tmp_path / "y.har", "9999-12-31T23:59:59.000Z", 253402387199.0)  # in the year 10000
    assert " ? " in run(far, "--clock")[1]
    unknown = har(tmp_path / "z.har", "some day", 5.0)
    assert "is not known" in run(unknown, "--clock")[2]
