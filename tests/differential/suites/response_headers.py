"""`header` with all its operations, before and when an answer starts."""

from __future__ import annotations

from .suite import Suite, ask, asks, words

HEADER = """
header /set X-A one
header /twice X-A one
header /twice X-A two
header /add +X-A two
header /delete -X-A
header /default ?X-A default
header /deferred >X-A deferred
header /replace X-A n N
header /regexp X-A (?i)O(.) 0$1
header /late >X-A n N
header /wild -X-*
header /suffix -*-A
header /part -*-*
header /all -*
header /placeholder X-P "{method} {path} {query.q}"
header /name {
	X-{query.q} named
}
header /unknown X-P "{no.such.placeholder}"
header /type Content-Type text/html
header /typedelete -Content-Type
header /typedefault ?Content-Type text/html
header /status {
	X-S "{http.response.status_code}"
	defer
}
header /block {
	X-A 1
	+X-A 2
	-X-B
	?X-C default
	X-D "a" "b"
}
header /match {
	match status 2xx
	X-M yes
	defer
}
header /matchheader {
	match header X-A o*
	X-M yes
}
header /matchboth {
	match {
		status 200 404
		header X-A none
	}
	X-M yes
}
header /matcherror {
	match status 404
	X-M yes
}
error /matcherror 404
header /empty X-A ""
header /colon X-A: value
header /canonical x-lower-case value
header /date Date never
header /server -Server
header /server2 Server mine
header /length Content-Length 5
header /cookie {
	+Set-Cookie a=1
	+Set-Cookie b=2
}
header /cookie2 Set-Cookie a=1 b=2
route {
	header X-A one
	header +X-B two
	respond "body"
}
"""

PATHS = words("""
    set  twice  add  delete  default  deferred  replace  regexp  late  wild  suffix  part  all  placeholder
    placeholder?q=v  placeholder?q=%0d%0aX-Evil:%201  placeholder?q=%00  name?q=One  name  name?q=a%20b  unknown  type
    typedelete  typedefault  block  match  matchheader  matchboth  matcherror  empty  colon  canonical  server  server2
    cookie  cookie2  none
""")

ORDER = """
header Cache-Control no-store
header {
	+Vary Origin
	-X-Gone
	defer
}
header X-Gone here
handle /inner/* {
	header X-Inner 1
	header -Cache-Control
	respond "inner" 201
}
handle {
	header >Cache-Control public
	respond /redir 302
	redir /moved /x
	respond "outer"
}
"""

SUITES = (
    Suite(
        "header",
        HEADER,
        (*asks(f"/{path}" for path in PATHS), *asks(("HEAD /set", "HEAD /deferred", "POST /block"))),
        differs=dict.fromkeys(asks(("/part", "/all", "/typedelete")), "no Content-Type is guessed"),
    ),
    Suite("order of header changes", ORDER, (*asks(("/inner/x", "/x", "/redir", "/moved")), ask("/x", "Origin: a"))),
)
