"""Requests changed on their way: `rewrite`, `uri`, `method`, `handle_path`, `try_files`, `request_header`."""

from __future__ import annotations

from .suite import Suite, ask, asks, words

ECHO = 'respond "{method} {uri} | {path} | {query} | {orig_method} {orig_uri} | {%path} | {http.request.uri.path.file}"'

REWRITE = f"""
rewrite /a /b
rewrite /keep/* {{path}}?x=1
rewrite /query ?only=query
rewrite /both /new?{{query}}&more=1
rewrite /drop /dropped?
rewrite /uri /prefix{{uri}}
rewrite /fragment /with#fragment
rewrite /file /dir/{{file}}
rewrite /placeholder {{query.to}}
rewrite /escaped /a%20b%2Fc
rewrite /space "/a b"
rewrite /unicode /ä
rewrite /plus /x?a=b+c&d=%2B
rewrite /double /a//b/../c
rewrite /relative relative
rewrite /regexp/* /index.php?path={{path}}
rewrite /empty ""
method /delete DELETE
method /lower put
method /variable {{query.m}}
{ECHO}
"""

REWRITE_PATHS = words("""
    /a  /a?q=1  /A  /keep/it  /keep/it?y=2  /keep/a%2Fb  /query  /query?old=1  /both  /both?a=b  /drop  /drop?gone=1
    /uri  /uri?a=b  /uri?a=%2520  /fragment  /file  /placeholder?to=/x  /placeholder?to=/x%3Fy=z  /placeholder?to=//evil
    /placeholder?to=x  /placeholder  /escaped  /space  /unicode  /plus  /double  /relative  /regexp/a/b
    /regexp/a%20b?c=d  /regexp/%3Fx  /empty  /delete  /variable?m=patch  /variable  /none?x  /none?  /%61  /keep/%C3%A4
""")

URI = f"""
handle_path /hp/* {{
	{ECHO}
}}
handle /sp/* {{
	uri strip_prefix /sp
	{ECHO}
}}
handle /spx* {{
	uri strip_prefix /SPX/a
	{ECHO}
}}
handle /spe* {{
	uri strip_prefix /spe/a%2Fb
	{ECHO}
}}
handle /ss/* {{
	uri strip_suffix .html
	{ECHO}
}}
handle /rp/* {{
	uri replace /old/ /new/
	{ECHO}
}}
handle /rl/* {{
	uri replace a b 2
	{ECHO}
}}
handle /rq/* {{
	uri replace {{query.from}} {{query.to}}
	{ECHO}
}}
handle /re/* {{
	uri path_regexp /+ /
	{ECHO}
}}
handle /rg/* {{
	uri path_regexp ([a-z]+)-([0-9]+) $2_$1
	{ECHO}
}}
handle /rn/* {{
	uri path_regexp (?P<word>[a-z]+)$ ${{word}}x
	{ECHO}
}}
handle /q/delete {{
	uri query -gone
	{ECHO}
}}
handle /q/add {{
	uri query +more {{method}}
	{ECHO}
}}
handle /q/set {{
	uri query set new
	{ECHO}
}}
handle /q/rename {{
	uri query old>new
	{ECHO}
}}
handle /q/replace {{
	uri query a b+ c
	{ECHO}
}}
handle /q/all {{
	uri query * b+ c
	{ECHO}
}}
handle /q/many {{
	uri query {{
		+added 1
		-gone
		set {{path}}
		old>new
		a x y
	}}
	{ECHO}
}}
respond "unhandled {{uri}}"
"""

URI_PATHS = words("""
    /hp/x  /hp/  /hp  /HP/x  /hp//x  /hp/%2Fx  /hp/../x  /hp/a?b=c  /hp%2Fx  /%68p/x  /hp/hp/x  /sp/x  /sp//x  /sp/
    /SP/x  /sp/sp/x  /sp/%73p  /spx/a/b  /spx/A  /spe/a%2Fb/c  /spe/a/b/c  /spe/a%2fb/c  /ss/a.html  /ss/a.HTML
    /ss/a.html/  /ss/a%2Ehtml  /ss/.html  /ss/a.html?x.html  /rp/old/x  /rp/old/old/x  /rp/a?b=/old/  /rl/aaaa
    /rl/a?a=a  /rq/x?from=x&to=y  /rq/x  /rq/a?from=/rq  /re//a///b  /re/a%2F%2Fb  /rg/ab-12/cd-34  /rg/x?ab-12
    /rn/word  /rn/a%20b  /q/delete?gone=1&kept=2  /q/delete?gone  /q/delete?GONE=1  /q/delete?a=1&gone=2&b=3&gone=4
    /q/delete  /q/add  /q/add?more=0  /q/set?set=old&x=1  /q/set  /q/set?set=1&set=2  /q/rename?old=1&b=2  /q/rename?x=1
    /q/rename?old=1&new=2  /q/replace?a=bbb&b=bbb  /q/replace?a=xby  /q/all?a=bb&c=bd  /q/many?gone=1&old=2&a=x  /q/many
    /q/delete?gone=%20&x=%20y+z  /q/add?x=%C3%A4&y=;&z  /q/set?%41=1&a%3Db=c
""")

REQUEST_HEADERS = """
request_header /set X-A new
request_header /add +X-A more
request_header /delete -X-A
request_header /wild -X-*
request_header /suffix -*-A
request_header /replace X-A o 0
request_header /regexp X-A ([a-z]+)-([0-9]+) $2-$1
request_header /placeholder X-A "{method} {header.X-B}"
request_header /host Host changed.example
request_header /unknown X-A "{no.such}"
request_header /case x-a lower
request_header /more X-New 1
request_header /more X-C c d
respond "a={header.X-A} b={header.X-B} c={header.X-C} n={header.X-New} h={host} hp={hostport}"
"""

TRY = f"""
root {{root}}
try_files /only/* /page.html
try_files /many/* {{path}} {{path}}.html /page.html
handle /query/* {{
	try_files {{path}} /page.html?p={{path}}&{{query}}
	{ECHO}
}}
handle /status/* {{
	try_files {{path}} =404
	{ECHO}
}}
handle /policy/* {{
	try_files /none /page.html {{
		policy first_exist_fallback
	}}
	{ECHO}
}}
handle /fallback/* {{
	try_files /none /none2 {{
		policy first_exist_fallback
	}}
	{ECHO}
}}
{ECHO}
"""

SUITES = (
    Suite(
        "rewrite",
        REWRITE,
        (*asks(REWRITE_PATHS), ask("POST /lower")),
        differs={
            **dict.fromkeys(asks(("/keep/a%2Fb", "/escaped")), "an escaped slash stays escaped"),
            ask("/placeholder"): "a path that comes to nothing is /",
            ask("/none?"): "a question mark without a query goes",
        },
    ),
    Suite("uri", URI, asks(URI_PATHS)),
    Suite(
        "request_header",
        REQUEST_HEADERS,
        tuple(
            ask(f"/{path}", *fields)
            for path in (
                *("set", "add", "delete", "wild", "suffix", "replace", "regexp", "placeholder", "host", "unknown"),
                *("case", "more", "none"),
            )
            for fields in ((), ("X-A: foo-12", "X-B: b", "X-A: moo-34"))
        ),
    ),
    Suite(
        "try_files",
        TRY,
        (
            *asks(
                (
                    "/only/x",
                    "/many/page",
                    "/many/page.html",
                    "/many/a/b",
                    "/query/x?a=b",
                    "/query/page.html",
                    "/query/x",
                )
            ),
            *asks(("/status/x", "/status/page.html", "/policy/x", "/fallback/x", "/page")),
            *asks(("/only/..%2fx", "/many/%00")),
        ),
        files={"page.html": "page", "many/page.html": "page", "status/page.html": "", "query/page.html": ""},
    ),
)
