"""Makes the manual page while the package is built: into the wheel's share/man/man1, and the sdist."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ManPage(BuildHookInterface):
    """A build hook of hatchling."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the page; what is installed for editing has none, as it would be out of date at once."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        from streamconv.cli.manual import page

        self._folder = tempfile.TemporaryDirectory()
        source = Path(self._folder.name) / "streamconv.1"
        source.write_text(page(self.metadata.version))
        place = "share/man/man1/streamconv.1"
        build_data["shared_data" if self.target_name == "wheel" else "force_include"][str(source)] = place

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Take the folder away again."""
        if version != "editable":
            self._folder.cleanup()
