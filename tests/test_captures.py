"""Real captures, read in place: nothing is lost, and nothing changes for a client.

They are other people's work and stay where they are; STREAMCONV_CAPTURES names the folder.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from streamconv import convert, read
from tests.conftest import needs
from tests.reading import bytewise, decode, everything

# Not bare streams: something is wrapped round them.
_WRAPPED = (".har", ".zip", ".yaml", ".flow", "curl-", "httpie-", "cdp-")


def _bare(folder: Path) -> list[Path]:
    files = sorted(path for path in folder.iterdir() if path.is_file() and path.name != "INDEX.md")
    return [path for path in files if not any(mark in path.name for mark in _WRAPPED)]


def test_every_bare_capture_decodes_whole_and_goes_to_records_and_back(captures: Path) -> None:
    problems: list[object] = []
    files = _bare(captures)
    for path in files:
        data = path.read_bytes()
        records = [*read(path, control=True, report=problems.append)]
        assert b"".join(record.raw for record in records) == data, path.name
        format = records[0].format or ""
        if len(data) < 20_000:
            assert [*map(everything, decode(format, bytewise(data)))] == [*map(everything, records)], path.name
        rows = b"".join(convert(path, "records", report=problems.append))
        back = decode("sse", [b"".join(convert(rows, "sse", "records", report=problems.append))])
        before = [(r.type, r.data, r.last_event_id) for r in records if r.kind == "event"]
        after = [(r.type, r.data, r.last_event_id) for r in back if r.kind == "event"]
        if format == "sse":
            assert after == before, path.name
        else:
            assert [data for _, data, _ in after] == [(data or "").replace("\r\n", "\n") for _, data, _ in before], (
                path.name
            )
    print(f"{len(files)} captures")
    assert len(files) >= 100


_FAMILIES = ("openai", "anthropic", "gemini", "ollama", "vercel-ai", "vertex", "azure")


def test_chat_captures_give_lines_that_jq_reads(captures: Path) -> None:
    jq = needs("jq")
    files = [path for path in _bare(captures) if path.name.startswith(_FAMILIES)]
    problems: list[object] = []
    for path in files:
        lines = b"".join(convert(path, "ndjson", report=problems.append))
        events = [record for record in read(path, report=problems.append) if not record.is_end]
        assert lines.count(b"\n") == len(events), path.name
        told = subprocess.run([jq, "-c", "type"], input=lines, capture_output=True, check=True)
        assert told.stdout.count(b"\n") == len(events), path.name
    print(f"{len(files)} chat captures")
    assert len(files) >= 40
