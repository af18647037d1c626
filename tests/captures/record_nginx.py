"""Records fixtures/captures/nginx.timed: a token every 30 ms, as they came through an nginx that buffers.

python -m tests.captures.record_nginx, where curl and nginx are installed; nginx buffers unless it is told not to.
"""

from __future__ import annotations

import asyncio
import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.conftest import FIXTURES
from tests.record_fixtures import compact, served

SAID = "A proxy that buffers keeps what a model says until it has enough, and then gives all of it at once. " * 2
CONFIGURATION = """
daemon off; pid {folder}/pid; error_log stderr; events {{ }}
http {{
  access_log off; client_body_temp_path {folder}; proxy_temp_path {folder};
  server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://127.0.0.1:{behind}; }} }}
}}
"""


def application() -> Any:
    """A chat that takes its time."""
    from fastapi import FastAPI
    from fastapi.responses import StreamingResponse

    app = FastAPI()

    @app.get("/chat.sse")
    async def chat() -> StreamingResponse:
        async def stream() -> AsyncIterator[str]:
            head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1700000000, "model": "test-model"}
            deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
            deltas += [{"content": word} for word in re.findall(r"\S+ ?", SAID)]
            for delta in deltas:
                yield f"data: {compact(head | {'choices': [{'index': 0, 'delta': delta, 'finish_reason': None}]})}\n\n"
                await asyncio.sleep(0.03)
            yield f"data: {compact(head | {'choices': [{'index': 0, 'delta': {}, 'finish_reason': 'stop'}]})}\n\n"
            yield "data: [DONE]\n\n"

        return StreamingResponse(stream(), media_type="text/event-stream")

    return app


def main() -> None:
    """Run the server, the proxy and curl, and write the file."""
    with served(application) as behind, tempfile.TemporaryDirectory() as folder, closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        configuration = Path(folder, "nginx.conf")
        configuration.write_text(CONFIGURATION.format(folder=folder, port=port, behind=behind))
        nginx = subprocess.Popen(["nginx", "-c", configuration, "-p", folder])
        try:
            url = f"http://127.0.0.1:{port}/chat.sse"
            convert = f"{sys.executable} -m streamconv convert --to timed -o {FIXTURES}/captures/nginx.timed"
            subprocess.run(f"curl -siN --retry-connrefused --retry 5 {url} | {convert}", shell=True, check=True)
        finally:
            nginx.terminate()
            nginx.wait()


if __name__ == "__main__":
    main()
