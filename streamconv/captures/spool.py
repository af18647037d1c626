"""A place for a container that must be read from its end: memory, and past a size a temporary file."""

from __future__ import annotations

import tempfile
from typing import Final

IN_MEMORY: Final = 64 * 1024 * 1024  # bytes; more goes to a file that has no name


class Spool(tempfile.SpooledTemporaryFile[bytes]):
    """Closed when the last of those who read from it is gone."""

    def __init__(self) -> None:
        super().__init__(max_size=IN_MEMORY)

    def __del__(self) -> None:
        self.close()
