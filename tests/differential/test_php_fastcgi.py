"""`php_fastcgi` beside Caddy's, in front of one and the same php-fpm."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pogoproxy.errors import RuntimeFault
from pogoproxy.php import program
from tests.conftest import missing

MakeBoth = Callable[..., Any]

pytestmark = [pytest.mark.peer, pytest.mark.usefixtures("php")]

SHOW = """<?php
$left_out = ['SERVER_SOFTWARE', 'HTTP_VIA', 'REMOTE_PORT', 'REQUEST_TIME', 'REQUEST_TIME_FLOAT'];
$seen = array_diff_key($_SERVER, array_flip($left_out));
ksort($seen);
echo json_encode([$seen, $_GET, $_POST, file_get_contents('php://input')], JSON_INVALID_UTF8_SUBSTITUTE);
"""
PAGES = {
    "index.php": SHOW,
    "sub/index.php": SHOW,
    "sub dir/index.php": SHOW,
    "other.php": SHOW,
    "plain.txt": "plain",
    "avatar.jpg": "<?php echo 'owned';",
    "status.php": "<?php header('Status: 418 Teapot'); header('X-Two: 1'); header('X-Two: 2', false); echo 'short';",
    "redirect.php": "<?php header('Location: /elsewhere');",
    "length.php": "<?php header('Content-Length: 5'); echo 'hello';",
    "empty.php": "<?php http_response_code(204);",
    "cookies.php": "<?php setcookie('a', '1'); setcookie('b', '2');",
    "large.php": "<?php for ($i = 0; $i < 300; $i++) { echo str_repeat(chr(65 + $i % 26), 1000); flush(); }",
    "error.php": "<?php error_log('to the log'); http_response_code(500); echo 'failed';",
    "custom.phtml": SHOW,
}
SITE = """
root {root}
handle_path /stripped/* {
	php_fastcgi unix/{socket}
}
handle /env* {
	php_fastcgi unix/{socket} {
		env GREETING hello
		env PATH_WAS {http.request.orig_uri.path}
		env HTTP_X_MINE config
		header_up X-Added up
		header_down X-Down down
	}
}
handle /tries* {
	php_fastcgi unix/{socket} {
		try_files {path} /other.php
	}
}
handle /split* {
	uri strip_prefix /split
	php_fastcgi unix/{socket} {
		split .phtml .php
		index off
	}
	respond "not split" 404
}
handle /intercepted* {
	uri strip_prefix /intercepted
	php_fastcgi unix/{socket} {
		@failed status 5xx
		handle_response @failed {
			respond "sorry, {rp.status_code}" 503
		}
	}
}
handle /elsewhere* {
	php_fastcgi unix/{socket}.gone
}
handle {
	php_fastcgi unix/{socket}
	file_server
}
"""

GETS = (
    "/",
    "/?a=b&c[]=d",
    "/index.php",
    "/index.php?x=%20y",
    "/index.php/more/path",
    "/index.php/more%20path/%C3%A4?q=1",
    "/INDEX.PHP",
    "/index.PHP/x",
    "/sub",
    "/sub?a=b",
    "/sub/",
    "/sub/index.php",
    "/sub%20dir",
    "/sub%20dir/",
    "/sub/missing",
    "/missing",
    "/missing.php",
    "/missing.php/info",
    "/plain.txt",
    "/avatar.jpg",
    "/avatar.jpg/x.php",
    "/avatar.jpg%00.php",
    "/avatar.jpg/.php",
    "//index.php",
    "/./index.php",
    "/sub/../index.php",
    "/sub/%2e%2e/index.php",
    "/%69ndex.php",
    "/index.php%2Fx",
    "/index.php.txt",
    "/x.%EF%BD%90%EF%BD%88%EF%BD%90",
    "/index.%F0%9D%95%A1%F0%9D%95%99%F0%9D%95%A1",
    "/%FF.php",
    "/status.php",
    "/redirect.php",
    "/length.php",
    "/empty.php",
    "/cookies.php",
    "/large.php",
    "/error.php",
    "/stripped/index.php?x",
    "/stripped/sub",
    "/stripped/sub/",
    "/env",
    "/env/index.php",
    "/tries",
    "/tries/plain.txt",
    "/split/custom.phtml",
    "/split/custom.phtml/info.php",
    "/split/index.php",
    "/split/plain.txt",
    "/intercepted/error.php",
    "/intercepted/index.php",
    "/elsewhere/index.php",
)
REQUESTS = (
    b"HEAD /index.php HTTP/1.1\r\n",
    b"HEAD /length.php HTTP/1.1\r\n",
    b"OPTIONS /index.php HTTP/1.1\r\n",
    b"PURGE /index.php HTTP/1.1\r\n",
    b"GET /index.php HTTP/1.1\r\nProxy: http://evil\r\nX-One: 1\r\nX-One: 2\r\nX-Dash-ed: a\r\n",
    b"GET /index.php HTTP/1.1\r\nX-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: https\r\nForwarded: for=1\r\n",
    b"GET /index.php HTTP/1.1\r\nAuthorization: Basic YTpi\r\nCookie: a=1; b=2\r\nAccept: text/html\r\n",
    b"GET /env/x HTTP/1.1\r\nX-Mine: client\r\n",
    b"GET /index.php HTTP/1.0\r\n",
    b"GET http://other.example/index.php?x=y HTTP/1.1\r\n",
)
FORM, TEXT = b"Content-Type: application/x-www-form-urlencoded\r\n", b"Content-Type: text/plain\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
BODIES = (
    b"POST /index.php HTTP/1.1\r\n" + FORM + b"Content-Length: 7\r\n%s\r\na=1&b=2",
    b"POST /index.php HTTP/1.1\r\nContent-Length: 7\r\n%s\r\na=1&b=2",
    b"POST /index.php HTTP/1.1\r\nContent-Length: 0\r\n%s\r\n",
    b"POST /index.php HTTP/1.1\r\n%s\r\n",
    b"PUT /index.php/x HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n%s\r\nhello",
    b"DELETE /index.php HTTP/1.1\r\nContent-Length: 5\r\n%s\r\nhello",
    b"GET /index.php HTTP/1.1\r\nContent-Length: 5\r\n%s\r\nhello",
    b"POST /index.php HTTP/1.1\r\n" + TEXT + CHUNKED + b"%s\r\n5\r\nhello\r\n0\r\n\r\n",
    b"POST /index.php HTTP/1.1\r\n" + TEXT + CHUNKED + b"%s\r\n1770\r\n" + b"x" * 0x1770 + b"\r\n0\r\n\r\n",
    b"POST /index.php HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Length: 200000\r\n%s\r\n" + b"y" * 200_000,
)


@pytest.fixture
async def fpm(short_path: Path) -> AsyncIterator[Path]:
    """The socket of a php-fpm of three processes."""
    try:
        binary = program("php-fpm")
    except RuntimeFault:
        missing("php-fpm")
    socket, config = short_path / "fpm.sock", short_path / "fpm.conf"
    user = "user = root\n" if os.geteuid() == 0 else ""
    config.write_text(
        f"[global]\nerror_log = {short_path}/log\n[www]\n{user}listen = {socket}\nlisten.mode = 0666\n"
        "pm = static\npm.max_children = 3\nsecurity.limit_extensions = .php .phtml\n"
    )
    as_root = ["-R"] if os.geteuid() == 0 else []
    process = await asyncio.create_subprocess_exec(binary, "-F", *as_root, "-y", str(config), stderr=-3, stdout=-3)
    try:
        async with asyncio.timeout(30):
            while not socket.exists():
                assert process.returncode is None, (short_path / "log").read_text()
                await asyncio.sleep(0.02)
        yield socket
    finally:
        process.terminate()
        await asyncio.wait_for(process.wait(), 20)


def shown(body: bytes) -> Any:
    """What the page has seen, where it is one that shows that."""
    try:
        return json.loads(body)
    except ValueError:
        return body


async def test_pages_see_the_same_and_answers_are_the_same(both: MakeBoth, fpm: Path, tmp_path: Path) -> None:
    root = tmp_path / "site"
    for name, text in PAGES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    site = SITE.replace("{root}", str(root)).replace("{socket}", str(fpm))
    different = []
    async with both(site) as peers:
        for path in GETS:
            theirs, ours = await peers.ask(b"GET %b HTTP/1.1\r\n" % path.encode())
            different += compared(path, theirs, ours)
        for request in REQUESTS:
            theirs, ours = await peers.ask(request)
            different += compared(request, theirs, ours)
        for body in BODIES:
            request = body % b"Host: example.com\r\nConnection: close\r\n"
            theirs, ours = await peers.send(request)
            different += compared(request[:200], theirs, ours)
    assert not different, "\n".join(map(str, different))


def compared(request: object, theirs: Any, ours: Any) -> list[object]:
    """What differs in two answers, but for the responder's `Status`, which Caddy passes on."""
    theirs = replace(theirs, fields=tuple(pair for pair in theirs.fields if pair[0] != "status"))
    if (theirs.status, theirs.fields, shown(theirs.body)) == (ours.status, ours.fields, shown(ours.body)):
        return []
    seen, saw = shown(theirs.body), shown(ours.body)
    if isinstance(seen, list) and isinstance(saw, list):
        seen = [{key: value for key, value in seen[0].items() if saw[0].get(key) != value}, *seen[1:]]
        saw = [{key: value for key, value in saw[0].items() if shown(theirs.body)[0].get(key) != value}, *saw[1:]]
    return [(request, (theirs.status, theirs.fields, seen), (ours.status, ours.fields, saw))]
