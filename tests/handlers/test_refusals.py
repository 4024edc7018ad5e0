"""What is adapted but will not run says so, and what to use in its place."""

from __future__ import annotations

import msgspec
import pytest

from pogoproxy.errors import ConfigError
from pogoproxy.http.route import provision_handler, provision_matcher
from pogoproxy.module import Context
from pogoproxy.standard import REGISTRY


@pytest.mark.parametrize(
    ("handler", "advice"),
    [
        ({"handler": "push"}, "send a Link header"),
        ({"handler": "templates"}, "by `app`"),
        ({"handler": "file_server", "browse": {"template_file": "x.html"}}, "Go's"),
        ({"handler": "file_server", "fs": "bundle"}, "mount it"),
    ],
)
def test_handlers(handler, advice):
    with pytest.raises(ConfigError, match="is not supported") as mistake:
        provision_handler(msgspec.Raw(msgspec.json.encode(handler)), Context(REGISTRY), "routes[0].handle[0]")
    assert advice in mistake.value.message
    assert str(mistake.value.path).startswith("routes[0].handle[0]")


def test_url_patterns():
    with pytest.raises(ConfigError, match="path_regexp and host"):
        provision_matcher("url_pattern", msgspec.Raw(b'{"pattern":"/:id"}'), Context(REGISTRY), "match")
