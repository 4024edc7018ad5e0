"""`map`, `basic_auth` and `intercept` beside Caddy's."""

from __future__ import annotations

import base64

import bcrypt
import pytest

pytestmark = pytest.mark.peer

MAPPED = r"""
map {path} {a} {b} {
	/one first {method}
	/two - second
	/num 5 true
	~^/r/(.*)/(?P<name>.*)$ "$1-${name}" "$2 {method}"
	default none "other {path}"
}
map {query} {c} {
	x=1 y
}
vars late {a}
respond "{a}|{b}|{c}|{vars.late}"
"""


async def test_values_are_mapped_as_caddy_does(both):
    async with both(MAPPED) as peers:
        for target in ("/one", "/two", "/num", "/r/x/y", "/r/", "/else", "/one?x=1", "/%7Bmethod%7D"):
            theirs, ours = await peers.ask(f"GET {target} HTTP/1.1\r\n".encode())
            assert (target, ours) == (target, theirs)


def basic(text):
    return "Basic " + base64.b64encode(text).decode()


async def test_passwords_are_asked_for_as_caddy_does(both):
    hashed = bcrypt.hashpw(b"p:w", bcrypt.gensalt(4, prefix=b"2a")).decode()
    site = f"""
basic_auth bcrypt "the realm" {{
	ada {hashed}
}}
respond "hello {{http.auth.user.id}}"
"""
    values = [
        *(basic(b"ada:p:w"), basic(b"ada:wrong"), basic(b"bob:p:w"), basic(b"ada"), basic(b""), basic(b":")),
        *("Basic !!", "Basic", "Bearer x", basic(b"ada:p:w").lower(), basic(b"ada:p:w").replace("Basic", "bAsIc")),
        basic(b"ada:p:w" + b"x" * 100),
        basic(b"ada:p\0w"),
    ]
    async with both(site) as peers:
        for value in values:
            theirs, ours = await peers.ask(f"GET / HTTP/1.1\r\nAuthorization: {value}\r\n".encode())
            assert (value, ours) == (value, theirs)
        theirs, ours = await peers.ask(b"GET / HTTP/1.1\r\n")
        assert ours == theirs


INTERCEPTED = """
intercept {
	@bad status 5xx
	replace_status @bad 418
	@page header X-Page *
	handle_response @page {
		respond "page {resp.status_code} {resp.header.X-Page}" 203
	}
	@quiet status 404
	handle_response @quiet {
		header X-Seen {resp.status_code}
	}
}
header /page X-Page one
header /page X-Kept kept
respond /bad "bad" 503
respond /page "a page"
respond /quiet "nothing here" 404
respond "fine"
"""


async def test_answers_are_intercepted_as_caddy_does(both):
    async with both(INTERCEPTED) as peers:
        for method in ("GET", "HEAD"):
            for path in ("/", "/bad", "/page", "/quiet"):
                theirs, ours = await peers.ask(f"{method} {path} HTTP/1.1\r\n".encode())
                assert (path, ours) == (path, theirs)
