"""`file_server browse`, as JSON and text; the page is our own."""

from __future__ import annotations

from .suite import Suite, ask

SITE = """
root {root}
handle_path /links/* {
	file_server {
		browse {
			reveal_symlinks
			sort size desc
		}
	}
}
handle_path /few/* {
	file_server {
		browse {
			file_limit 2
			sort time
		}
		index none
	}
}
handle_path /shown/* {
	file_server browse {
		hide secret* .hidden
		disable_canonical_uris
	}
}
file_server browse
"""

FILES = {
    "indexed/index.html": "index",
    "list/a.txt": "a" * 10,
    "list/B.txt": "b" * 2000,
    "list/c d&<e>.txt": "c" * 15_000,
    "list/ä:ö.txt": "d" * 1_500_000,
    "list/sub/x": "",
    "list/Sub2/x": "",
    "list/.hidden": "h",
    "list/secret.key": "s" * 12,
    "empty/sub/x": "",
}

JSON, TEXT = "Accept: application/json", "Accept: text/plain, */*"

QUERIES = (
    *("", "?sort=name", "?sort=size", "?sort=size&order=desc", "?sort=namedirfirst&order=desc", "?order=desc"),
    *("?sort=none", "?limit=2", "?offset=3", "?offset=1&limit=2", "?offset=99", "?limit=0", "?limit=-1", "?limit=x"),
    *("?layout=grid", "?layout=list", "?layout=none", "?sort=name&sort=size", "?sort=", "?offset=%2B1", "?limit=99999"),
)

REQUESTS = (
    *(ask(f"/list/{query}", accept) for query in QUERIES for accept in (JSON, TEXT)),
    ask("/list/", JSON, "Cookie: sort=size; order=desc"),
    ask("/list/", JSON, "Cookie: sort=junk"),
    ask("/list/?sort=name", JSON, "Cookie: sort=size; order=desc"),
    ask("/list/", JSON, "If-Modified-Since: Wed, 21 Oct 2015 07:28:00 GMT"),
    ask("/list/", JSON, "If-Modified-Since: Wed, 21 Oct 2099 07:28:00 GMT"),
    ask("/list/", "Accept: APPLICATION/JSON"),
    ask("/list/", "Accept: text/html, text/plain;q=0.5"),
    ask("/list/", "Accept: text/html", "Accept: application/json"),
    *(ask(path, JSON) for path in ("/list", "/list?x=y", "//list", "/list//", "/list/../list/", "/list/%2e%2e/list/")),
    *(ask(path, JSON) for path in ("/indexed/", "/indexed", "/empty/", "/empty/sub/", "/none/", "/list/a.txt/")),
    *(ask(path, JSON) for path in ("/links/list/", "/links/list", "/few/list/", "/few/indexed/", "/shown/list/")),
    *(ask(path, JSON) for path in ("/shown/list", "/shown/list/secret.key", "/shown/list/.hidden", "/links/", "/few/")),
    *(ask(f"{method} /list/", JSON) for method in ("HEAD", "POST", "PUT", "OPTIONS")),
    ask("HEAD /list/"),
)

SUITES = (Suite("folders", SITE, REQUESTS, files=FILES, differs={ask("HEAD /list/"): "the page has its own policy"}),)
