"""The matcher `expression`, and `handle_errors` with codes."""

from __future__ import annotations

from .suite import Suite, ask, asks, numbered

CONDITIONS = (
    "`path('/a/*', '/b')`",
    "`{http.request.method} == 'GET'`",
    "`{method} in ['POST', 'PUT'] || {query.k} == 'v'`",
    "`header({'Accept': '*json*'})`",
    "`header({'X-List': ['a', 'b*']}) && !path('/b')`",
    "`header_regexp('found', 'X-Number', '^([0-9]+)-(.*)$') && {re.found.1} == '12'`",
    "`header_regexp('X-Number', '^[0-9]')`",
    "`path_regexp('^/(a|b)')`",
    "`path_regexp('named', '^/(?P<first>[^/]+)') && {http.regexp.named.first} == 'a'`",
    "`query({'k': '*'})`",
    "`query({'k': ['v', 'w']})`",
    "`host('example.com', 'other.example')`",
    "`method('POST', 'PUT')`",
    "`protocol('HTTP')`",
    "`protocol('http/1.1+')`",
    "`remote_ip('127.0.0.0/8')`",
    "`client_ip('10.0.0.0/8')`",
    "`vars({'known': 'yes'})`",
    "`vars({'{http.request.uri.path}': ['/b', '/c']})`",
    "`vars_regexp('{http.request.uri.query}', 'k=.')`",
    "`{http.request.header.X-None} == ''`",
    "`{http.nothing.of.this.name} == null`",
    "`{http.request.uri.path}.startsWith('/a')`",
    "`{http.request.uri.path}.endsWith('x') || {http.request.uri.path}.contains('b')`",
    "`{http.request.uri.path}.matches('^/[ab]/?')`",
    "`{http.request.uri.path}.size() > 3`",
    "`size({http.request.host}) == 11`",
    "`{http.request.host}.split('.')[0] == 'example'`",
    "`{http.request.header.X-Number}.replace('-', '') == '12x'`",
    "`{http.request.method}.lowerAscii() == 'get'`",
    "`{http.vars.number} == 5`",
    "`{http.vars.number} > 4 && {http.vars.number} < 6`",
    "`{http.vars.flag} == true`",
    "`int({http.request.header.X-Int} + '0') >= 70`",
    "`{http.request.uri.path} == '/a/x' ? true : false`",
    "`['a', 'b'].exists(x, {http.request.header.X-List}.contains(x))`",
    "`['a', 'b'].all(x, {http.request.header.X-List}.contains(x))`",
    "`{http.request.header.X-List} in ['a', 'b']`",
    "`{time.now} > timestamp('2020-01-01T00:00:00Z')`",
    "`header({'X-Echo': '\\{http.request.uri.path}'})`",
    "`path({http.request.header.X-Path})`",
    "`path('/' + {http.request.header.X-List})`",
    "`file('/page.html')`",
    "`file()`",
    "`file({'try_files': ['/none', '/page.html']}) && {file_match.relative} == 'page.html'`",
    "`file({http.request.uri.path}, '/page.html')`",
    "`math.greatest(1, 2) == 2`",
    "`cel.bind(m, {http.request.method}, m == 'GET' || m == 'HEAD')`",
    "`'%s!'.format([string({http.request.method})]) == 'GET!'`",
    'expression {method} == "GET" && {path} == "/a/x"',
    "expression `true`",
    "expression false",
)

REQUESTS = (
    *asks(("/a/x", "/b", "/B", "/c?k=v", "/a/?k=w&k=x", "/page", "/page.html", "POST /a/x", "PUT /?k", "HEAD /a/x")),
    ask("/a/x", "Accept: application/json", "X-List: a", "X-Number: 12-x", "X-Int: 7"),
    ask("/b", "X-List: bcd", "X-List: a", "X-Number: x-12", "X-Int: 9", "X-Path: /b"),
    ask("/a/x", "X-Echo: /a/x", "X-Path: /a/*", "Host: other.example:99"),
    ask("/a", "X-List: a", "X-Int: 6", "Host: OTHER.example"),
)

ERRORS = """
handle /fails/* {
	handle /fails/type {
		@bad `{http.request.uri.path}.startsWith('/fails') && {http.request.method} > 5`
		respond @bad bad
	}
	handle /fails/number {
		@bad `int({http.request.uri.query}) > 5`
		respond @bad more
	}
	handle /fails/null {
		@bad `{http.nothing.at.all} + 'x' == 'x'`
		respond @bad bad
	}
	respond fine
}
error /e/404 "not here" 404
error /e/410 gone 410
error /e/451 451
error /e/500 "a text" 500
error /e/503 503
error /e/599 599
error /e/none "only a text"
error /e/var {query.status}
root {root}
file_server /files/*
handle_errors 404 410 {
	respond "single {err.status_code} {err.status_text} {err.message}"
}
handle_errors 4xx {
	respond "fourth {err.status_code} {err.status_text} {err.message}" 418
}
handle_errors 5xx 503 {
	respond "mixed {err.status_code}"
}
handle_errors {
	respond "rest {err.status_code} {err.status_text} {err.message}"
}
respond fine
"""

STATUSES = ("404", "410", "451", "500", "503", "599", "none")

NO_VALUE = asks(("/fails/type", "/fails/number?x", "/fails/null"))

SUITES = (
    Suite(
        "expressions",
        "root {root}\nvars {\nknown yes\nnumber 5\nflag true\n}\n" + numbered(CONDITIONS),
        REQUESTS,
        files={"page.html": "page"},
    ),
    Suite(
        "errors by their codes",
        ERRORS,
        (
            *asks(f"/e/{status}" for status in STATUSES),
            *asks(("/e/var?status=404", "/e/var?status=499", "/e/var?status=x", "/e/var", "/files/none", "/")),
            *asks(("/fails/number?6", "/fails/number?4")),
            *NO_VALUE,
            *asks(("POST /e/404", "HEAD /e/404", "HEAD /e/500")),
        ),
        differs=dict.fromkeys(NO_VALUE, "an expression that fails is a 500 that error routes know as one"),
    ),
)
