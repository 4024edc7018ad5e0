"""The order of handlers and routes: `handle`, `route`, `handle_path`, `invoke`, groups, terminal answers."""

from __future__ import annotations

from .suite import Suite, ask, asks

ORDER = """
respond /both "respond"
redir /both /elsewhere
header X-Order "{http.response.header.X-Order}a"
route /route/* {
	header X-Route first
	respond /route/x "in a route"
	header X-Route second
	respond "rest of the route"
}
handle /handle/a* {
	respond "a"
}
handle /handle/ab* {
	respond "ab"
}
handle /handle/* {
	respond "rest"
}
handle_path /hp/* {
	handle /inner {
		respond "inner {path} {orig_path}"
	}
	respond "hp {path}"
}
handle_path /hp/long/* {
	respond "long {path}"
}
@post method POST
handle @post {
	respond "posted"
}
handle {
	respond "default"
}
"""

NAMED = """
@api path /api/*
@json {
	path /api/*
	header Accept *json*
}
@either path /one /two
@nothing not path *
vars @api kind api
vars @json kind json
vars @either kind either
handle @json {
	respond "json {vars.kind}"
}
handle @api {
	@inner header X-Inner yes
	respond @inner "inner {vars.kind}"
	respond "api {vars.kind}"
}
respond @either "either {vars.kind}"
respond @nothing "never"
respond "none {vars.kind}"
"""

FALLS = """
vars a 1
vars /x a 2
vars /x/y a 3
method /m POST
rewrite /r /rewritten
respond /rewritten "rewritten {vars.a}"
handle /stop {
	vars a stopped
}
handle /go/* {
	uri strip_prefix /go
	route {
		rewrite /deep /deeper
		respond /deeper "deeper {orig_uri}"
	}
	error "nothing" 404
}
handle_errors {
	respond "error {err.status_code} {vars.a}"
}
respond /x* "x {vars.a}"
respond /m "{method}"
"""

BODIES = """
request_body /limited {
	max_size 10
}
request_body /set {
	set "new {method}"
}
request_body /both {
	max_size 5
	set "longer than five"
}
respond /limited "{http.request.body}"
respond /set "{http.request.body}"
respond /both "{http.request.body}"
respond "{http.request.body}"
"""

ROUTES = """
&(greet) {
	header X-Named {method}
	respond "hello {path} {vars.who}"
}
&(passes) {
	header X-Passed yes
}
"""

INVOKES = """
log_append who {vars.who}
vars who nobody
vars /a who a
invoke /greet* greet
handle /inner/* {
	uri strip_prefix /inner
	invoke passes
	respond "after {path}"
}
invoke /x greet
respond "none"
"""

SUITES = (
    Suite("named routes", INVOKES, asks(("/", "/a", "/greet", "/greet/x", "/inner/x", "/x", "POST /x")), routes=ROUTES),
    Suite(
        "order of directives",
        ORDER,
        (
            *asks(("/both", "/route/x", "/route/y", "/handle/abc", "/handle/ab", "/handle/a", "/handle/b", "/handle/")),
            *asks(
                ("/hp/inner", "/hp/x", "/hp/long/x", "/hp/long/", "/hp/", "/hp", "/other", "POST /other", "POST /hp/x")
            ),
            *asks(("/HANDLE/A", "/handle//abc", "/handle/../hp/x", "/%68p/x", "POST /handle/a", "HEAD /route/x")),
        ),
    ),
    Suite(
        "named matchers",
        NAMED,
        (
            *asks(("/", "/one", "/two", "/api/x", "/api", "/three")),
            ask("/api/x", "Accept: application/json"),
            ask("/api/x", "X-Inner: yes"),
            ask("/one", "Accept: application/json"),
        ),
    ),
    Suite(
        "what follows what",
        FALLS,
        asks(("/", "/x", "/x/y", "/x/y/z", "/m", "/r", "/rewritten", "/stop", "/go/deep", "/go/x", "/go", "/go/")),
    ),
    Suite(
        "request bodies",
        BODIES,
        (
            *asks(("/limited", "/set", "/both", "/")),
            ask("POST /limited", body="0123456789"),
            ask("POST /set", body="x" * 100),
            ask("PUT /", body="put"),
            ask("DELETE /", body="delete"),
            ask("GET /", body="a body of a GET"),
            ask("POST /", "Content-Length: 0"),
            ask("POST /", "Transfer-Encoding: chunked") + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
            ask("POST /limited", "Transfer-Encoding: chunked") + b"3\r\nabc\r\n0\r\n\r\n",
            ask("POST /", "Expect: 100-continue", body="expected"),
        ),
        differs={ask("/both"): "a body that is too large is a 413, not a text that says so"},
    ),
)
