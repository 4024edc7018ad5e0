"""Answers from the configuration: `respond`, `redir`, `abort`, `error`, `handle_errors`, and their statuses."""

from __future__ import annotations

from .suite import Suite, ask, asks, words

RESPOND = """
respond /text "a text"
respond /status 204
respond /teapot "short and stout" 418
respond /json `{"a": [1, {method}]}` 200
respond /list `[1, 2]`
respond /nojson `{broken: }`
respond /brace `{"a": 1`
respond /number 12345
respond /html "<html><body>x</body></html>"
respond /placeholder "{method} {path} {query.a} {header.X-A} {unknown.placeholder} {http.request.nothing}"
respond /escaped "\\{method\\} {method\\}"
respond /nested "{{method}}"
respond /unclosed "{method"
respond /close "bye" 200 {
	close
}
respond /body 201 {
	body "from the block"
}
respond /empty ""
respond /empty404 "" 404
respond /304 304
respond /500 "broken" 500
respond /variable "x" {query.status}
respond /heredoc <<TEXT
	one
	two
	TEXT
respond /unicode "äöü ✓"
respond /300 300
respond /999 "x" 999
header /typed Content-Type text/x-mine
respond /typed "typed"
header /typedjson Content-Type text/plain
respond /typedjson `{"a": 1}`
respond 404
"""

RESPOND_PATHS = words("""
    text  status  teapot  json  list  nojson  brace  number  html  escaped  nested  unclosed  close  body  empty
    empty404  304  500  heredoc  unicode  300  999  typed  typedjson  nothing  placeholder  placeholder?a=b
    placeholder?a=b&a=c  placeholder?a=%7Bpath%7D  variable?status=201  variable?status=404  variable?status=x  variable
    variable?status=99  variable?status=1000  variable?status=+200  variable?status=0200  variable?status=204
""")

REDIR = """
redir /plain /target
redir /permanent /target permanent
redir /temporary /target temporary
redir /code /target 307
redir /401 /target 401
redir /html /target html
redir /quoted `/a"b<c>&d` html
redir /full https://other.example{uri}
redir /path /new{path}
redir /query /new?{query}
redir /prefixed /new{?query}
redir /space "/with space"
redir /unicode /ä
redir /header {header.X-To}
redir /variable /x {query.code}
respond "no"
"""

REDIR_PATHS = words("""
    plain  plain?x=y  permanent  temporary  code  401  html  quoted  full  full?a=b&c  path  query?a=b  query?a=%0d%0ab
    prefixed  prefixed?z  space  unicode  header  none  variable?code=308  variable?code=x  variable  full?%3Cscript%3E
    path?  prefixed?
""")

ERRORS = """
error /403 "secret" 403
error /404 404
error /message 500 {
	message "from the block"
}
error /both "text" 503 {
}
error /variable "{query.m}" {query.s}
abort /abort
route /inner/* {
	handle_path /inner/* {
		error /418 "tea" 418
		respond "inner {path}"
	}
}
rewrite /rewritten /403
vars seen {method}
handle_errors {
	header X-Error "{err.status_code} {err.status_text}"
	rewrite /fixed /changed
	respond /changed "changed {uri} {orig_uri}"
	respond "{err.message}|{err.status_code}|{err.status_text}|{err}|{uri}|{orig_uri}|{method}|{vars.seen}"
}
respond /ok "fine"
error /fixed "x" 410
"""

ERROR_PATHS = words("""
    403  404  message  both  abort  inner/418  inner/x  rewritten  ok  fixed  none  variable?s=404&m=hello
    variable?s=x&m=hello  variable?s=200&m=fine  variable?m=only  variable?s=599  403?a=b  404?x=%20
""")

BARE = """
error /403 "secret" 403
error /299 "odd" 299
error /message "only text"
header /late X-Set before
error /late 404
header /deferred >X-Deferred yes
error /deferred 404
encode gzip
error /large 404
"""

NESTED = """
handle /twice {
	error "first" 500
}
handle_errors {
	@first expression `{err.status_code} == 500`
	error @first "second" 501
	respond "seen {err.status_code}"
}
"""

NO_STATUS = tuple(f"/variable?status={status}" for status in ("x", "99", "1000", "+200"))
NO_REDIRECTION = ("/variable?code=x", "/variable")
NO_ERROR = ("/variable?s=x&m=hello", "/variable?m=only")

SUITES = (
    Suite(
        "respond",
        RESPOND,
        (
            *asks(f"/{path}" for path in RESPOND_PATHS),
            *asks(f"HEAD /{path}" for path in ("text", "json", "teapot", "empty", "none", "304")),
            *asks(f"{method} /text" for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "MADEUP")),
            ask("/placeholder", "X-A: one", "X-A: two"),
            ask("/placeholder", "X-A: {method}"),
            ask("/placeholder", "x-a: \tpadded\t "),
        ),
        differs={
            **dict.fromkeys(asks((*NO_STATUS, "/variable")), "a status that is none fails without the answer's header"),
            ask("MADEUP /text"): "methods are those that are registered",
        },
    ),
    Suite(
        "redir",
        REDIR,
        (
            *asks(f"/{path}" for path in REDIR_PATHS),
            *asks(f"HEAD /{path}" for path in ("plain", "html")),
            *asks(f"POST /{path}" for path in ("plain", "html")),
            ask("/header", "X-To: /elsewhere"),
            ask("/header", "X-To: https://evil.example/"),
        ),
        differs=dict.fromkeys(asks(NO_REDIRECTION), "a status that is none fails without the answer's header"),
    ),
    Suite(
        "errors",
        ERRORS,
        (*asks(f"/{path}" for path in ERROR_PATHS), *asks(("HEAD /403", "POST /404", "POST /abort", "DELETE /fixed"))),
        differs=dict.fromkeys(asks(NO_ERROR), "the message of a status that is none is our own"),
    ),
    Suite("errors without routes", BARE, asks(("/403", "/299", "/message", "/late", "/deferred", "/large", "/ok"))),
    Suite("errors of error routes", NESTED, asks(("/twice", "HEAD /twice"))),
)
