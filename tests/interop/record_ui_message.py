"""Records `fixtures/protocols/ui-message.sse`: what the Vercel AI SDK's server side sends for a mock model.

    STREAMCONV_NODE=FOLDER python -m tests.interop.record_ui_message

FOLDER is one in which `npm install ai@7` has been run.
"""

from __future__ import annotations

import urllib.request

from tests.conftest import FIXTURES
from tests.interop.node_tools import serving

if __name__ == "__main__":
    with serving("ui-message-server.mjs") as address, urllib.request.urlopen(address, timeout=60) as response:
        (FIXTURES / "protocols" / "ui-message.sse").write_bytes(response.read())
