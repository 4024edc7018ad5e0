"""Every placeholder whose value both servers can agree on, when a request comes and when its answer starts."""

from __future__ import annotations

from .suite import Suite, ask, asks, words

NAMES = words("""
    http.request.method  http.request.orig_method  http.request.scheme  http.request.proto  http.request.proto_name
    http.request.host  http.request.hostport  http.request.port  http.request.host.labels.0  http.request.host.labels.1
    http.request.host.labels.9  http.request.host.labels.x  http.request.host.labels.-1
    http.request.uri  http.request.uri_escaped  http.request.uri.path  http.request.uri.path_escaped
    http.request.uri.path.0  http.request.uri.path.1  http.request.uri.path.9  http.request.uri.path.x
    http.request.uri.path.dir  http.request.uri.path.file  http.request.uri.path.file.base
    http.request.uri.path.file.ext  http.request.uri.query  http.request.uri.query_escaped
    http.request.uri.prefixed_query  http.request.uri.query.a  http.request.uri.query.none
    http.request.orig_uri  http.request.orig_uri.path  http.request.orig_uri.path.dir  http.request.orig_uri.path.file
    http.request.orig_uri.query  http.request.orig_uri.prefixed_query
    http.request.remote.host  http.request.local.host
    http.request.remote.host/24  http.request.remote.host/8,64  http.request.remote.host/0  http.request.remote.host/x
    http.request.header.X-A  http.request.header.x-a  http.request.header.None  http.request.header.
    http.request.cookie.one  http.request.cookie.two  http.request.cookie.none
    http.request.tls.version  http.request.tls.cipher_suite  http.request.tls.client.subject
    http.vars.set  http.vars.number  http.vars.float  http.vars.flag  http.vars.none  http.vars.client_ip
    http.vars.root
    http.regexp.found.1  http.regexp.found.name  http.regexp.found.0  http.regexp.found.9  http.regexp.1
    http.response.header.X-Before  http.response.header.None
    http.matchers.file.relative  http.auth.user.id  http.error.status_code  http.error.message
    http.reverse_proxy.status_code  http.reverse_proxy.upstream.hostport  http.intercept.status_code
    env.POGO_UNSET  env.HOME_NOT_THERE  system.slash  system.os  system.arch  system.hostname
    time.now.year  unknown  unknown.name  http  http.request  http.request.unknown  http.vars.  file.  file./none
    http.request.body  http.request.body_base64  http.request.duration_x
""")

SHORT = words("""
    host  hostport  port  method  uri  scheme  orig_method  orig_uri  orig_path  orig_dir  orig_file  orig_query
    orig_?query  %uri  path  %path  dir  file  query  %query  ?query  remote_host  client_ip  labels.0  labels.1
    path.0  path.1
    file.base  file.ext  query.a  header.X-A  cookie.one  vars.set  re.found.1  err.status_code  tls_version
""")


def _site(names: tuple[str, ...]) -> str:
    lines = "\n".join(f"{name} = [{{{name}}}]" for name in names)
    return f"""
vars {{
	set "a value"
	number 5
	float 1.5
	flag true
}}
@found path_regexp found ^/(?P<name>[^/]+)/?(.*)
header X-Before one
header @found X-Found yes
handle /changed/* {{
	rewrite /changed/* /rewritten/{{file}}?r=1
	method PUT
	respond <<TEXT
{lines}
TEXT
}}
respond <<TEXT
{lines}
TEXT
"""


TARGETS = words("""
    /  /a/b/c.tar.gz?a=1&b=2  /a/  /a//b  /a%20b/%C3%A4?a=%20&a=x  /.hidden  /a/.  /changed/x?a=y  /%2Fa/b  /a.b/c
    /?a  /a?a=b?c&x=
""")

REQUESTS = (
    *asks(TARGETS),
    *asks(("POST /x", "HEAD /x")),
    ask("/x", "X-A: one", "X-A: two", "Cookie: one=1; two=2; one=3"),
    ask("/x", 'Cookie: one="quoted"', "Cookie: two=a b"),
    ask("/x", "Cookie: one", "x-a: lower"),
    ask("/x", "Cookie: one=a,b; two=ä"),
    ask("/x", "Host: a.b.example.co.uk:8443"),
    ask("/x", "Host: 127.0.0.1"),
    ask("/x", "Host: example.com."),
    ask("POST /x", "Content-Type: text/plain", body="the body"),
    ask("POST /changed/x", body="the body {method}"),
)

AFTER = """
header >X-Status "{http.response.header.Content-Type}|{http.response.header.X-Early}|{method}"
header X-Early one
header >X-Late "{http.response.header.X-Early}"
header +X-Early two
log_skip
respond "body"
"""

DEFAULTS = """
map {path} {mapped} {other} {
	/one 1 first
	~^/two/(.*)$ "two ${1}" {method}
	/three "{path}"
	default none "{query.a}"
}
vars mine {mapped}
respond "{mapped}|{other}|{vars.mine}|{http.vars.mine}"
"""

SUITES = (
    Suite("placeholders", _site(NAMES), REQUESTS),
    Suite("shorthands", _site(SHORT), REQUESTS),
    Suite("placeholders of answers", AFTER, asks(("/", "HEAD /", "POST /"))),
    Suite(
        "maps",
        DEFAULTS,
        asks(
            ("/one", "/ONE", "/two/x", "/two/", "/three", "/four?a=b", "/two/%7Bmethod%7D", "/one?a=b", "POST /two/a/b")
        ),
    ),
)
