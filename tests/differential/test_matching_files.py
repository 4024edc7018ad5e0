"""The matcher `file` and `try_files` beside Caddy's."""

from __future__ import annotations

import os

import pytest

pytestmark = pytest.mark.peer

FOUND = '"{file_match.relative} {file_match.type} {file_match.remainder}"'

SITE = f"""
root {{root}}
handle /spa/* {{
	uri strip_prefix /spa
	try_files {{path}} {{path}}/ /index.html?from={{path}}
	respond "{{uri}}"
}}
handle /fail/* {{
	uri strip_prefix /fail
	try_files {{path}} =418
	respond "{{uri}}"
}}
handle /php/* {{
	uri strip_prefix /php
	@php file {{
		try_files {{path}} {{path}}/index.php index.php
		try_policy first_exist_fallback
		split_path .php
	}}
	respond @php {FOUND}
}}
handle /glob/* {{
	uri strip_prefix /glob
	@glob file /many/*.log {{path}}*
	respond @glob {FOUND}
}}
handle /large {{
	@large file {{
		try_files /many/a.log /many/b.log
		try_policy largest_size
	}}
	respond @large {FOUND}
}}
handle /small {{
	@small file {{
		try_files /many/a.log /many/b.log
		try_policy smallest_size
	}}
	respond @small {FOUND}
}}
handle /recent {{
	@recent file {{
		try_files /many/a.log /many/b.log
		try_policy most_recently_modified
	}}
	respond @recent {FOUND}
}}
handle /missing {{
	@missing file /nowhere
	respond @missing found
	respond "not found" 404
}}
handle {{
	@file file
	respond @file {FOUND}
	respond "nothing" 404
}}
"""

PATHS = (
    *("/index.html", "/dir", "/dir/", "/nothing", "/../etc/passwd", "/%2e%2e/etc/passwd", "/sp%20ace.txt", "/x%00y"),
    *("/spa/index.html", "/spa/dir", "/spa/dir/", "/spa/a/b?x=1", "/spa/sp%20ace.txt", "/spa/%3Fx"),
    *("/fail/index.html", "/fail/x", "/php/app.php/users/1", "/php/dir", "/php/nothing", "/php/app.PHP/x"),
    *("/php/app.phpx/y", "/php/app.php", "/glob/x", "/glob/%2A", "/large", "/small", "/recent", "/missing"),
)


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "site"
    for name in ("dir", "many"):
        (folder / name).mkdir(parents=True)
    for name, text in {
        "index.html": "index",
        "index.php": "",
        "app.php": "",
        "dir/index.php": "",
        "sp ace.txt": "",
        "many/a.log": "long text",
        "many/b.log": "short",
    }.items():
        (folder / name).write_text(text)
    os.utime(folder / "many" / "a.log", (1_000_000, 1_000_000))
    return folder


async def test_files_are_found_as_caddy_finds_them(both, root):
    async with both(SITE.replace("{root}", str(root))) as peers:
        for path in PATHS:
            theirs, ours = await peers.ask(f"GET {path} HTTP/1.1\r\n".encode())
            assert (path, ours) == (path, theirs)
