"""HTTP as handlers see it. No handler imports aiohttp; HTTP/1, HTTP/2 and HTTP/3 feed the same exchange.

- `exchange`      one request and its answer, and the types of handlers and middleware
- `headers`       header lists, hop-by-hop and forwarded rules
- `placeholders`  `{http.request.uri}` compiled to closures
- `route`         routes compiled once: matchers, groups, terminal, error routes
- `limits`        what a client may ask of a front
- `server`        the front: aiohttp's low-level server on inherited listeners
"""
