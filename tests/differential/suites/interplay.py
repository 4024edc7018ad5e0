"""Handlers together: error pages from files, compressed answers, passwords, interception, variables."""

from __future__ import annotations

from .suite import Suite, ask, asks, words

PASSWORD = "$2a$04$Cr3TptSM8EuKtUs6H39huuQfuUA4gi5ej.HtFQ/XeI8gOs7n.nwCS"
"""Of `right`."""

PAGES = """
root {root}
encode {
	gzip
	minimum_length 10
}
header /static/* Cache-Control max-age=60
header >X-Frame-Options DENY
@old path /old/*
redir @old /static{path} 308
handle /static/* {
	uri strip_prefix /static
	header X-From static
	file_server {
		precompressed gzip
		index index.html home.html
	}
}
handle /passes/* {
	uri strip_prefix /passes
	file_server {
		pass_thru
	}
	header X-Passed yes
	respond "passed on {path}" 202
}
handle /private/* {
	basic_auth {
		ada {password}
	}
	respond "hello {http.auth.user.id}"
}
handle /fails/* {
	error {query.text} {query.status}
}
handle_errors 404 {
	rewrite * /missing.html
	file_server
}
handle_errors 401 {
	header Www-Authenticate "Basic realm=other"
	respond "who are you?" 401
}
handle_errors {
	root * {root}/errors
	try_files /{err.status_code}.html /any.html
	file_server {
		status {err.status_code}
	}
}
""".replace("{password}", PASSWORD)

PAGE_PATHS = words("""
    /static/index.html  /static/  /static  /static/a.txt  /static/a.txt/  /static/none  /static/sub  /static/sub/
    /static/sub/none  /static/packed.css  /old/x?y=z  /passes/a.txt  /passes/none  /passes/  /private/x
    /fails/x?status=500&text=boom  /fails/x?status=503  /fails/x?status=404&text=gone  /fails/x?status=418
    /fails/x?status=401  /fails/x?text=only  /unhandled
""")

INTERCEPTED = """
intercept {
	@errors status 4xx 5xx
	handle_response @errors {
		header X-Was {resp.status_code}
		respond "replaced {resp.status_code} {resp.header.X-Inner} {path}" 299
	}
	@marked header X-Mark *
	replace_status @marked 203
}
encode gzip
header /marked X-Mark yes
respond /marked "marked {path} {path} {path} {path} {path} {path} {path} {path} {path} {path} {path} {path} {path}"
header /inner X-Inner inside
respond /inner "inner" 404
respond /plain "plain"
respond /fine 204
error /thrown "thrown" 500
route /nested/* {
	intercept {
		@all status 2xx
		handle_response @all {
			rewrite /changed{path}
			respond "nested {path} {resp.status_code}" 404
		}
	}
	respond "inside"
}
"""

VARS = """
vars {
	a one
	b two
	"{method}" dynamic
}
map {vars.a} {mapped} {flag} {
	one first true
	default other false
}
@first vars {mapped} first
@flag vars {flag} true
header @first X-First {mapped}
header @flag X-Flag {flag}
handle /inner/* {
	vars a two
	map {vars.a} {mapped} {
		two second
	}
	respond "{vars.a} {vars.b} {mapped} {vars.GET}"
}
request_body /limited {
	max_size 4
}
respond /limited "{http.request.body}"
respond "{vars.a} {vars.b} {mapped} {vars.GET} {vars.unset}"
handle_errors {
	respond "{err.status_code} {vars.a} {mapped}"
}
"""

FILES = {
    "site/index.html": "<p>index</p>" * 5,
    "a.txt": "text " * 20,
    "index.html": "<p>the first page</p>",
    "missing.html": "<p>nothing of that name is here</p>",
    "packed.css": "body { color: red } " * 5,
    "packed.css.gz": "not really gzip",
    "sub/home.html": "<p>home</p>",
    "errors/500.html": "<p>broken</p>",
    "errors/any.html": "<p>any other failure</p>",
}

TOO_LARGE = ask("POST /limited", body="12345")

ADA, EVE = "Authorization: Basic YWRhOnJpZ2h0", "Authorization: Basic ZXZlOnJpZ2h0"

SUITES = (
    Suite(
        "error pages and compression",
        PAGES,
        (
            *asks(PAGE_PATHS),
            *asks(f"HEAD {path}" for path in PAGE_PATHS),
            *asks(f"POST {path}" for path in ("/static/a.txt", "/static/none", "/passes/none", "/fails/x?status=500")),
            ask("/private/x", ADA),
            ask("/private/x", EVE),
            ask("/private/x", "Authorization: Basic !"),
            ask("/static/packed.css", "Accept-Encoding: gzip"),
            ask("/static/a.txt", "Range: bytes=0-3"),
            ask("/static/none", "Range: bytes=0-3"),
            ask("/static/none", "If-None-Match: *"),
            ask("/fails/x?status=500", "If-Modified-Since: Wed, 21 Oct 2099 07:28:00 GMT"),
        ),
        files=FILES,
    ),
    Suite(
        "interception",
        INTERCEPTED,
        (
            *asks(words("/marked /inner /plain /fine /thrown /nested/x /nested/ /none")),
            *asks(("HEAD /marked", "HEAD /inner", "HEAD /nested/x", "POST /thrown")),
        ),
        differs={ask("/none"): "Caddy breaks the connection off where nothing answers"},
    ),
    Suite(
        "variables",
        VARS,
        (
            *asks(words("/ /inner/x /limited")),
            *asks(("POST /", "HEAD /inner/x")),
            ask("POST /limited", body="1234"),
            TOO_LARGE,
        ),
        differs={TOO_LARGE: "a body that is too large is a 413, not a text that says so"},
    ),
)
