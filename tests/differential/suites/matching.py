"""Every matcher but `expression` and `file`, asked by one request at a time."""

from __future__ import annotations

from .suite import Suite, ask, asks, numbered, words

PATHS = (
    numbered(
        (
            "path /admin",
            "path /admin/*",
            "path /admin*",
            "path *.php",
            "path *secret*",
            "path /a/*/c",
            "path /a/?",
            "path /[a-c]/x",
            "path /[^a-c]/x",
            "path /Upper/Case",
            "path /a%2Fb",
            "path /a%2Fb/*",
            "path /a%2F*",
            "path /%61dmin",
            "path /a%20b",
            'path "/a b"',
            "path /a//b",
            "path /a/../b",
            "path /a/./b",
            "path /ä",
            "path /%C3%A4",
            "path /enc/%*/x",
            "path *",
            "path /",
            "path {http.request.header.X-Path}",
            "path /{query.p}/*",
            "path *.PHP",
            "path /a/b /c/d",
            "path /x\\*",
            "path *a*b*",
            "path_regexp ^/admin",
            "path_regexp r ^/(?P<one>[^/]+)/(.*)$",
            "path_regexp (?i)^/ADMIN$",
            "path_regexp \\.php$",
            "path_regexp ^/a//b",
            "path_regexp //",
            "not path /admin/*",
            "not path /admin* *.php",
        )
    )
    + '\nheader X-Groups "{re.r.one}|{re.r.2}|{re.1}"\nrespond "{path}"'
)

TARGETS = words("""
    /  /admin  /admin/  /admin/x  /administrator  /ADMIN  /Admin/X  //admin  //admin//x  /./admin  /admin/../x
    /x/../admin  /x/../admin/y  /../admin  /admin/.  /admin/..  /%61dmin  /%61%64min/x  /admin%2Fx  /admin%2fx
    /%2Fadmin  /%2fadmin/x  /x/%2e%2e/admin  /x/%2E%2E/admin/y  /x/..%2fadmin  /x%2f..%2fadmin  /%2e/admin  /admin%00
    /admin%20  /admin.  /admin;x  /admin?x  /admin%3Fx  /admin%23  /%5cadmin  /admin%5cx  /a/b/c  /a/b/d/c  /a//c
    /a/%2F/c  /a/x  /a/  /b/x  /d/x  /upper/case  /UPPER/CASE  /a%2Fb  /a%2fb  /a/b  /a%252Fb  /a%2Fb/c  /a%2Fbc  /a%20b
    /a+b  /a//b  /a///b  /a/../b  /a/./b  /b  /%C3%A4  /%c3%a4  /%E4  /enc/%41/x  /enc/a%2Fb/x  /index.php  /index.PHP
    /index.php/  /index.php/x  /x/secret/y  /xSECRETy  /x*  /xy  /c/d  /xaxbx  /.  /..  /...  /a/...  /.well-known/x
    /a/.b  /a/..b  //  ///  /%2F  /%2F%2F  /page?p=page  /page/x?p=page  /one/two/three  /one/  /a:b  /a@b  /~x  /a'b
    /a(b)  /a=b&c
""")

REST = (
    numbered(
        (
            "host example.com",
            "host *.example.com",
            "host example.*",
            "host *",
            "host EXAMPLE.com other.example",
            "host {header.X-Host}",
            "host 127.0.0.1",
            "host [::1]",
            "method GET",
            "method get post",
            "method MADEUP",
            "header X-A one",
            "header X-A o*",
            "header X-A *e",
            "header X-A *n*",
            "header X-A *",
            "header !X-A",
            "header x-a one",
            "header Host example.com",
            "header X-A {header.X-B}",
            "header Content-Length 3",
            "header_regexp X-A ^o",
            "header_regexp named X-A (o)(?P<rest>.*)",
            "header_regexp Host example",
            "query a=b",
            "query a=*",
            "query a=",
            "query a=b a=c",
            "query a=b x=y",
            'query ""',
            "query {query.k}=v",
            "query a=b*",
            "query a=*b*",
            "protocol http",
            "protocol https",
            "protocol grpc",
            "protocol http/1.0",
            "protocol http/1.1",
            "protocol http/1.1+",
            "protocol http/2+",
            "remote_ip 127.0.0.1",
            "remote_ip 127.0.0.0/8",
            "remote_ip private_ranges",
            "remote_ip 10.0.0.0/8 ::1",
            "client_ip 127.0.0.1",
            "client_ip 10.0.0.0/8",
            "not client_ip 10.0.0.0/8",
            "vars known yes",
            "vars known no yes",
            "vars {method} GET",
            "vars unknown x",
            'vars unknown ""',
            "vars number 5",
            "vars flag true",
            "vars_regexp known ^y",
            "vars_regexp {path} (.)$",
        )
    )
    + """
@all {
	method GET POST
	header X-A one
	not query a=b
}
header @all +Matched all
@none {
	not {
		method GET
		header X-A one
	}
}
header @none +Matched none
@lines {
	not method POST
	not header X-A one
}
header @lines +Matched lines
vars {
	known yes
	number 5
	flag true
}
header X-Groups "{re.named.1}|{re.named.rest}|{re.1}"
respond "{host} {port} {hostport}"
"""
)

HOSTS = words("""
    example.com  EXAMPLE.COM  example.com:80  example.com:8080  a.example.com  a.b.example.com  example.com.
    example.org  127.0.0.1  127.0.0.1:99  [::1]  [::1]:80  localhost  xn--4ca.example.com  other.example
""")

QUERIES = words("""
    a=b  a=c  a=  a  b=a  a=b&a=c  a=c&a=b  a=b&x=y  A=b  a=%62  a=b%20  a=b+c  k=v  k=a&a=v  a=b;c=d  a=%zz  %61=b
    a=b&%zz  &&  =  a=bcd  a==b  a=x%00
""")

FIELDS = (
    *(
        "X-A: one",
        "X-A: two",
        "X-A: ONE",
        "X-A:",
        "x-a: one",
        "X-A: done",
        "X-A: one, two",
        "X-B: one",
        "X-Host: example.com",
    ),
    *(
        "X-Range: 127.0.0.0/8",
        "X-Range: junk",
        "Content-Type: application/grpc",
        "Content-Type: application/grpc+proto",
    ),
    *("X-Forwarded-For: 10.1.1.1", "X-Forwarded-For: 1.2.3.4, 10.0.0.5"),
)

UPPER = ask("/x", "X-Path: /X")

SUITES = (
    Suite(
        "paths",
        PATHS,
        (*asks(TARGETS), ask("/from/header", "X-Path: /from/*"), UPPER),
        differs={UPPER: "without case even then"},
    ),
    Suite(
        "matchers",
        REST,
        (
            *(ask("/", f"Host: {host}") for host in HOSTS),
            *(ask(f"/x?{query}") for query in ("", *QUERIES)),
            *(ask("/", field) for field in FIELDS),
            *asks(f"{method} /" for method in ("POST", "PUT", "HEAD", "MADEUP", "OPTIONS", "get")),
            ask("/", "X-A: one", "X-A: two"),
            ask("/", "X-A: one", "X-B: one"),
            ask("POST /", "X-A: one", body="abc"),
            ask("/?a=b", "X-A: one"),
        ),
        differs={
            **dict.fromkeys((ask("/", "Host: [::1]"), ask("/", "Host: [::1]:80")), "IPv6 hosts are without brackets"),
            **dict.fromkeys(asks(("MADEUP /", "get /")), "methods are those that are registered"),
        },
    ),
)
