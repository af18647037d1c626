"""Zip archives: each member is a stream; one with a HAR in it is that HAR, whose bodies are the other members.

So Playwright writes `har.zip`: `content._file` names the member. Members are expanded as they are read, a piece at a
time, and no further than a bomb would need.
"""

from __future__ import annotations

import lzma
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from streamconv.captures import values
from streamconv.captures.entries import Entry, cell, names_stream, nothing
from streamconv.captures.har import HAR
from streamconv.captures.har_content import attached_body
from streamconv.captures.layer import EXPANDED, RATIO, CaptureError, Known, Peel, Peeled
from streamconv.captures.spool import Spool
from streamconv.formats import by_suffix
from streamconv.problem import Problem, Report

_BLOCK: Final = 64 * 1024
# What zipfile and its decompressors raise for wrong bytes; RuntimeError for a member that needs a password.
_DAMAGED: Final = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError, ValueError)


class ZipArchive(Peel):
    """Collects the members of an archive."""

    name = "zip"

    def __init__(self, known: Known, evidence: str, report: Report) -> None:
        super().__init__(known, evidence, report)
        self.entries: list[Entry] = []
        self._har: HAR | None = None
        self._file = Spool()

    def feed(self, item: bytes, /) -> list[bytes]:
        """Nothing: an archive's list of members stands at its end."""
        self._file.write(item)
        return []

    def finish(self) -> list[bytes]:
        """Read the list of members, and the HAR if there is one."""
        try:
            archive = zipfile.ZipFile(self._file)
        except _DAMAGED as error:
            raise CaptureError(f"the zip archive is damaged or cut: {error}") from None
        members = [member for member in archive.infolist() if not member.is_dir()]
        har = next((member for member in members if member.filename.lower().endswith(".har")), None)
        self.evidence = f"{self.evidence}; members: {len(members)}"
        if har is None:
            self.entries = [_member_entry(archive, member, at) for at, member in enumerate(members, 1)]
        else:
            self._read_har(archive, har)
        return []

    def _read_har(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
        har = _AttachedHAR(archive, self.known, f"the member {member.filename}", self._report)
        for chunk in _expanded(archive, member, self._report):
            har.feed(chunk)
        har.finish()
        self._har = har
        self.entries = har.entries

    @property
    def layers(self) -> list[Peeled]:
        """The archive, and the HAR in it."""
        return super().layers + (self._har.layers if self._har is not None else [])


class _AttachedHAR(HAR):
    """A HAR whose bodies are members of its archive."""

    def __init__(self, archive: zipfile.ZipFile, known: Known, evidence: str, report: Report) -> None:
        super().__init__(known, evidence, report)
        self._archive = archive

    def add(self, value: Any, entry: Entry) -> Entry:
        """The entry, with its member as its body."""
        name = values.text(values.member(values.member(value, "response"), "content").get("_file"))
        try:
            body = self._archive.getinfo(name)
        except KeyError:
            return entry
        opened = _Opener(self._archive, body, entry.content_type)
        return msgspec.structs.replace(entry, open=opened, missing="")


def _member_entry(archive: zipfile.ZipFile, member: zipfile.ZipInfo, number: int) -> Entry:
    found = by_suffix(member.filename)
    content_type = found.media_types[0] if found is not None and found.media_types else ""
    return Entry(
        name=member.filename,
        number=number,
        is_stream=True,
        open=_Opener(archive, member) if member.file_size else nothing,
        url=member.filename,
        content_type=content_type if names_stream(content_type) else "",
        size=member.file_size,
        missing="" if member.file_size else "it is empty",
    )


class _Opener:
    """Gives the bytes of a member."""

    def __init__(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, content_type: str = "") -> None:
        self._archive = archive
        self._member = member
        self._content_type = content_type  # where a HAR says how it came to be

    def __call__(self, report: Report) -> Iterator[bytes]:
        return attached_body(_expanded(self._archive, self._member, report), self._content_type, report)


def _expanded(archive: zipfile.ZipFile, member: zipfile.ZipInfo, report: Report) -> Iterator[bytes]:
    size = 0
    try:
        with archive.open(member) as file:
            while chunk := file.read(_BLOCK):
                size += len(chunk)
                if size > max(EXPANDED, RATIO * member.compress_size):
                    raise CaptureError(
                        f"{cell(member.filename)}: {member.compress_size} bytes expand to more than {size}: this looks "
                        f"like a decompression bomb, and is read no further"
                    )
                yield chunk
    except CaptureError:
        raise
    except _DAMAGED as error:
        message = f"the member {member.filename} is damaged after {size} bytes: {error}; what came before is read"
        report(Problem(rule="capture-zip", severity="error", message=message))
