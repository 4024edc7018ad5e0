"""The applications and jobs of these tests, written into the folder of a server before it is started."""

from __future__ import annotations

from pathlib import Path

_APPLICATION = """
import json

async def application(scope, receive, send):
    assert scope["type"] == "http"
    body = json.dumps(await answer(scope["path"])).encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})
"""


def asgi(source: str) -> str:
    """The source of an application whose answers are, in JSON, what `async def answer(path)` in `source` returns."""
    return source + _APPLICATION


def write_modules(folder: Path, **sources: str) -> None:
    """Write each source to the Python module of its name."""
    for name, source in sources.items():
        (folder / f"{name}.py").write_text(source)
