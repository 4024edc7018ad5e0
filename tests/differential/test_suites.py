"""The suites of `tests/differential/suites`, each request asked of Caddy and of us."""

from __future__ import annotations

import pytest

from .suites import expressions, folders

pytestmark = pytest.mark.peer

SUITES = {suite.name: suite for module in (expressions, folders) for suite in module.SUITES}


@pytest.mark.parametrize("name", SUITES)
async def test_requests_are_answered_as_caddy_does(both, tmp_path, name):
    suite = SUITES[name]
    root = tmp_path / "site"
    root.mkdir()
    for path, text in suite.files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    unlike = []
    async with both(suite.site.replace("{root}", str(root))) as peers:
        for request in suite.requests:
            theirs, ours = await peers.send(request)
            if (theirs != ours) != (request in suite.differs):
                unlike.append(f"{request!r}\n  Caddy {theirs}\n  ours  {ours}")
    assert not unlike, "\n" + "\n".join(unlike)
