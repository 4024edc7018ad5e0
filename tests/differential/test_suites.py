"""The suites of `tests/differential/suites`, each request asked of Caddy and of us."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pogoproxy.config.adapt import adapt
from pogoproxy.module import Handler
from pogoproxy.standard import LANGUAGE, REGISTRY

from .suites import (
    expressions,
    folders,
    interplay,
    matching,
    placeholders,
    raw,
    response_headers,
    responses,
    rewriting,
    routing,
)

pytestmark = pytest.mark.peer

MODULES = (
    expressions,
    folders,
    interplay,
    matching,
    placeholders,
    raw,
    response_headers,
    responses,
    rewriting,
    routing,
)
SUITES = {suite.name: suite for module in MODULES for suite in module.SUITES}


@pytest.mark.parametrize("name", SUITES)
async def test_requests_are_answered_as_caddy_does(both, tmp_path, name):
    suite = SUITES[name]
    root = tmp_path / "site"
    root.mkdir()
    for path, text in suite.files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    unlike = []
    async with both(suite.site.replace("{root}", str(root)), suite.routes) as peers:
        for request in suite.requests:
            theirs, ours = await peers.send(request)
            if (theirs != ours) != (request in suite.differs):
                unlike.append(f"{request!r}\n  Caddy {theirs}\n  ours  {ours}")
    assert not unlike, "\n" + "\n".join(unlike)


ELSEWHERE = {
    "handlers/test_against_caddy.py": {"copy_response", "copy_response_headers", "reverse_proxy"},
    "differential/test_encode.py": {"encode"},
    "differential/test_small_handlers.py": {"authentication", "intercept"},
}
"""What is compared with Caddy by other tests than the suites."""

NOT_COMPARED = {
    "acme_server": "the sites are in plain HTTP",
    "app": "Caddy has none",
    "metrics": "the figures are each server's own",
    "php": "Caddy has none",
    "timeouts": "the Caddy of these tests has none",
    "tls": "the sites are in plain HTTP",
    "push": "refused by name",
    "templates": "refused by name",
    "tracing": "leaves answers as they are",
    "url_pattern": "refused by name",
}
"""With the reason."""


def test_the_suites_are_large():
    assert sum(len(set(suite.requests)) for suite in SUITES.values()) >= 700


def test_all_handlers_and_matchers_that_run_are_compared():
    assert all((Path(__file__).parent.parent / file).exists() for file in ELSEWHERE)
    known = set(NOT_COMPARED).union(_named_in_the_suites(), *ELSEWHERE.values())
    modules = (module for module in REGISTRY.modules.values() if issubclass(module, Handler))
    handlers = {str(module.__struct_config__.tag) for module in modules if hasattr(module, "provision")}
    matchers = {matcher.name for matcher in REGISTRY.matchers.values() if matcher.provision is not None}
    assert handlers | matchers <= known


def _named_in_the_suites() -> Iterator[str]:
    for suite in SUITES.values():
        adapted = adapt(f"{suite.routes}\nhttp://:80 {{\n{suite.site}\n}}\n", "Caddyfile", LANGUAGE)
        yield from _names(msgspec.json.decode(adapted.text()))


def _names(value: Any) -> Iterator[str]:
    """The handlers and matchers in a config."""
    if isinstance(value, list):
        for one in value:
            yield from _names(one)
    elif isinstance(value, dict):
        if "handler" in value:
            yield value["handler"]
        for one in value.get("match", ()) if isinstance(value.get("match"), list) else ():
            yield from one
        for one in value.values():
            yield from _names(one)
