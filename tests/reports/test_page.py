"""The page, put together: all of a capture is in it, and nothing gets out of its block."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from streamconv.captures import Opened, open_stream
from streamconv.examine import Examination, Row
from streamconv.pipeline import TimedBytes
from streamconv.problem import Problem
from streamconv.protocols.assembler import Assembler
from streamconv.protocols.message import Choice, Message, Part
from streamconv.record import Record
from streamconv.reports.page import BLOCK, SCRIPTS, Shown, blocks_of, end_of, inert, page, row_json, script_of, shell
from streamconv.rules import RULES
from tests.conftest import FIXTURES, ROOT

WEB = ROOT / "streamconv" / "reports" / "web"
_EXPORTED = re.compile(r"^export (?:async )?(?:function|class|const) (\w+)", re.MULTILINE)
_BLOCK = re.compile(rb'<script type="application/json">(.*?)</script>\n', re.DOTALL)


def shown(*chunks: bytes, name: str = "a.sse") -> Shown:
    examination = Examination(open_stream(Opened(iter(chunks), name)), None, RULES)
    return Shown(examination=examination, rows=examination.rows(), assembler=Assembler())


def blocks(made: bytes) -> list[dict[str, Any]]:
    """What a browser takes out of the page, without ours."""
    return [json.loads(block) for block in _BLOCK.findall(made)]


def rows(made: bytes) -> list[dict[str, Any]]:
    return [row for block in blocks(made) for row in block.get("rows", ())]


def payload(row: dict[str, Any]) -> str | None:
    """The payload of a row, as the script takes it: JavaScript counts UTF-16 code units."""
    if "span" not in row:
        return row.get("data")
    start, end = row["span"]
    units: bytes = row["raw"].encode("utf-16-le")[2 * start : 2 * end]
    return units.decode("utf-16-le")


def raw(row: dict[str, Any]) -> bytes:
    return base64.b64decode(row["b64"]) if "b64" in row else row["raw"].encode()


# What is in it


def test_every_byte_of_every_fixture_is_in_its_page() -> None:
    for path in sorted(FIXTURES.glob("*.*")) + sorted((FIXTURES / "broken").iterdir()):
        if path.name == "conformance.json":
            continue
        content = path.read_bytes()
        examination = Examination(open_stream(Opened(iter((content,)), path.name)), None, RULES)
        seen: list[Record] = []

        def kept(examination: Examination = examination, seen: list[Record] = seen) -> Iterator[Row]:
            for row in examination.rows():
                seen.append(row.record)
                yield row

        found = rows(b"".join(page([Shown(examination=examination, rows=kept())], "t")))
        assert b"".join(map(raw, found)) == content, path
        assert [payload(row) for row in found] == [record.data for record in seen], path


def test_what_is_known_of_a_capture_before_and_after_its_rows() -> None:
    first, *_, last = blocks(b"".join(page([shown(b"data: 1\n\ndata: cut", name="a.txt")], "t")))
    assert first == {
        "capture": {
            "name": "a.txt",
            "chain": "sse",
            "format": "sse",
            "why": "the field 'data' of an event stream",
        }
    }
    assert last == {"end": {"loose": [], "cut": None, "message": None}}


def test_a_capture_without_a_record() -> None:
    made = b"".join(page([shown(name="a.sse")], "t"))
    assert [[*block] for block in blocks(made)] == [["capture"], ["end"]]


def test_a_capture_that_is_no_stream_but_something_round_one() -> None:
    """Its format is not known; what it is instead is a problem beside no row."""
    made = b"".join(page([shown(b"<!doctype html><title>502</title>", name="reply")], "t"))
    first, last = blocks(made)
    assert first == {"capture": {"name": "reply", "chain": ""}}
    assert [problem["rule"] for problem in last["end"]["loose"]] == ["capture-html"]


def test_a_row_has_what_its_record_has() -> None:
    made = shown(
        TimedBytes(b": ping\n\nretry: 5\n\n", 0.5),
        TimedBytes(b'id: 7\nevent: delta\ndata: {"a":1}\n\ndata: b\ndata: c\n\ndata: cut', 2.0),
    )
    found = rows(b"".join(page([made], "t")))
    for row in found:
        row.pop("problems", None)
    assert found == [
        _row(kind="control", label="comment", comments=["ping"], time=0.5, line=1, raw=": ping\n\n"),
        _row(kind="control", label="retry", retry=5, time=0.5, gap=0, line=3, offset=8, raw="retry: 5\n\n"),
        _row(
            n=1,
            event="delta",
            id="7",
            json=True,
            time=2,
            gap=1.5,
            line=5,
            offset=18,
            raw='id: 7\nevent: delta\ndata: {"a":1}\n\n',
            span=[25, 32],
        ),
        _row(n=2, last="7", json=True, time=2, gap=0, line=9, offset=52, raw="data: b\ndata: c\n\n", data="b\nc"),
        _row(
            kind="incomplete",
            label="incomplete",
            last="7",
            time=2,
            gap=0,
            line=12,
            offset=69,
            raw="data: cut",
            span=[6, 9],
        ),
    ]


def _row(**members: Any) -> dict[str, Any]:
    return {"offset": 0, "size": len(members["raw"].encode()), **members}


@pytest.mark.parametrize(
    ("raw_bytes", "data", "content"),
    [
        (b"data: caf\xe9\n\n", "caf\ufffd", {"b64": "ZGF0YTogY2Fm6QoK", "data": "caf\ufffd"}),
        ("data: 🙂今\n\n".encode(), "🙂今", {"raw": "data: 🙂今\n\n", "span": [6, 9]}),
        ("id: 🙂\ndata: 今\n\n".encode(), "今", {"raw": "id: 🙂\ndata: 今\n\n", "span": [13, 14]}),
        (b"data:\n\n", "", {"raw": "data:\n\n", "span": [0, 0]}),
        (b": x\n\n", None, {"raw": ": x\n\n"}),
        (b'{"text":"\\ud800"}\n', "\ud800", {"raw": '{"text":"\\ud800"}\n', "data": "\ud800"}),
        (b"data: \0\r\n\r\n", "\0", {"raw": "data: \0\r\n\r\n", "span": [6, 7]}),
    ],
)
def test_bytes_and_payload_stand_in_a_row_once(raw_bytes: bytes, data: str | None, content: dict[str, Any]) -> None:
    found = json.loads(row_json(Row(Record(data=data, raw=raw_bytes))))
    assert {name: found[name] for name in ("raw", "b64", "span", "data") if name in found} == content


def test_a_time_that_is_no_number_is_none() -> None:
    assert "time" not in json.loads(row_json(Row(Record(data="", time=float("inf")))))


def test_problems_stand_at_their_place_in_the_record() -> None:
    found = rows(b"".join(page([shown(b'{"a":1}\n  {,}\n', name="a.ndjson")], "t")))
    problem = next(one for one in found[1]["problems"] if one["rule"] == "ndjson-invalid-json")
    assert (problem["severity"], problem["place"], problem["within"], problem["length"]) == ("error", "2:4", 3, 1)
    assert raw(found[1])[3:4] == b","
    assert (found[1]["offset"], found[1]["start"]) == (10, 8)


def test_problems_beside_no_row_stand_at_the_end() -> None:
    made = shown(b"data: 1\n\n")
    made.examination.loose.append(
        Problem(rule="late", severity="error", message="late", record=Record(offset=0), line=1)
    )
    made.examination.loose.append(Problem(rule="whole", severity="warning", message="all of it"))
    made.examination.capture.problems.append(Problem(rule="capture-gzip", severity="info", message="gzip: taken off"))
    made.examination.capture.problems.append(Problem(rule="capture-gzip", severity="error", message="cut"))
    assert [(one["rule"], one.get("of")) for one in end_of(made)["loose"]] == [
        ("capture-gzip", None),
        ("late", 0),
        ("whole", None),
    ]


def test_what_the_stream_adds_up_to() -> None:
    content = (FIXTURES / "anthropic.sse").read_bytes()
    message = blocks(b"".join(page([shown(content)], "t")))[-1]["end"]["message"]
    assert message["protocol"] == "anthropic-messages"
    assert message["verdict"]["complete"] is True
    assert message["at"] == 10
    assert message["choices"][0]["finish"] == "stop"
    assert message["choices"][0]["parts"][0]["text"] == "Hello, world!"
    assert json.loads(message["usage"])["output_tokens"] == 4
    partial = shown(content)
    partial.assembler = None
    assert blocks(b"".join(page([partial], "t")))[-1]["end"]["message"] is None


def test_what_the_provider_says_is_told_as_far_as_it_can_be_written() -> None:
    deep: Any = []
    for _ in range(5000):
        deep = [deep]

    class Told(Assembler):
        def snapshot(self) -> Message:
            return Message("openai-chat", choices=(Choice(parts=(Part("data", value=deep),)),), usage={"n": 10**5000})

    message = end_of(Shown(examination=shown(b"").examination, rows=(), assembler=Told()))["message"]
    assert message["usage"] == '{"n":1' + "0" * 5000 + "}"
    assert message["choices"][0]["parts"][0]["value"] == '"(nested too deep to be written as JSON)"'


# Nothing gets out


@pytest.mark.parametrize(
    "text", ["</script>", "<!--<script>", "]]>", "&lt;", "\u2028\u2029", "\0\x1b\x7f", "<\ud800>", "\\u003c/script>"]
)
def test_a_block_is_the_same_text_to_readers_of_json_and_nothing_to_those_of_html(text: str) -> None:
    row = row_json(Row(Record(data=text, event=text, comments=(text,), raw=text.encode("utf-8", "replace"))))
    safe = inert(row)
    assert json.loads(safe) == json.loads(row)
    assert not set(safe.decode()) & set("<>&\u2028\u2029\0")


def test_a_title_is_text() -> None:
    before, after = shell("</title><script>\x1b[0m{{style}}")
    assert b"<title>&lt;/title&gt;&lt;script&gt;\\x1b[0m{{style}}</title>" in before
    assert before.count(b"<script") == 0
    assert after.count(b"<script") == 1


def test_the_policy_names_the_one_script_and_the_one_style() -> None:
    made = b"".join(page([], "t")).decode()
    for kind, content in (
        ("script", made.partition('<script type="module">')[2].rpartition("</script>")[0]),
        ("style", made.partition("<style>")[2].partition("</style>")[0]),
    ):
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in made
    assert "connect-src" not in made
    assert b"connect-src 'self'" in shell("t", live=True)[0]
    assert b'<html lang="en" data-live>' in shell("t", live=True)[0]


def test_nothing_in_the_page_is_read_as_html_or_run_as_code() -> None:
    made = b"".join(page([], "t")).decode()
    for forbidden in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "Function(",
        "http://",
    ):
        assert forbidden not in made
    assert not re.search(r"\son[a-z]+=", made)
    assert not re.search(r"(?:src|href)=[\"'](?!data:,)", made)


# How it is made


def test_blocks_are_of_bounded_size_and_come_as_the_rows_do() -> None:
    drawn = 0

    def chunks() -> Iterator[bytes]:
        nonlocal drawn
        for at in range(3000):
            drawn = at
            yield b"data: " + b"x" * 1000 + b"\n\n"

    examination = Examination(open_stream(Opened(chunks(), "a.sse")), None, RULES)
    made = blocks_of(Shown(examination=examination, rows=examination.rows()))
    sizes = []
    for block in made:
        if not sizes:
            assert drawn < 10
        sizes.append(len(block))
    assert len(sizes) > 10
    assert max(sizes) < BLOCK + 2000


def test_each_module_uses_what_stands_before_it() -> None:
    """They are put together in this order, in one scope."""
    assert {path.name for path in WEB.glob("*.js")} == set(SCRIPTS)
    for at, name in enumerate(SCRIPTS):
        source = (WEB / name).read_text()
        for names, module in re.findall(r'^import \{ ([^}]*) \} from "\./([a-z]+\.js)";$', source, re.MULTILINE):
            assert module in SCRIPTS[:at], (name, module)
            exported = set(_EXPORTED.findall((WEB / module).read_text()))
            assert set(names.split(", ")) <= exported, (name, module)
    assert "import " not in script_of().replace("important", "")
    assert len({*SCRIPTS}) == len(SCRIPTS)


def test_the_modules_stay_small() -> None:
    for name in SCRIPTS:
        assert (WEB / name).read_text().count("\n") < 400, name


def test_the_installed_package_has_the_files(tmp_path: Path) -> None:
    """What builds the wheel takes every file below the package that is not ignored."""
    hatchling = pytest.importorskip("hatchling.builders.wheel", reason="hatchling builds the wheel, and is not here")
    (built,) = hatchling.WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    with zipfile.ZipFile(built) as wheel:
        packed = set(wheel.namelist())
    assert {f"streamconv/reports/web/{path.name}" for path in WEB.iterdir()} <= packed
