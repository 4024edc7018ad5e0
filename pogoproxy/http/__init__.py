"""HTTP as handlers see it. No handler imports aiohttp; HTTP/1, HTTP/2 and HTTP/3 feed the same exchange.

- `exchange`      one request and its answer, and the types of handlers and middleware
- `body`, `writer`, `stream`   what an exchange reads from, writes to, and is switched to
- `headers`       header lists, hop-by-hop fields, the bytes of a head; `header_ops` changes them
- `placeholders`  `{http.request.uri}` compiled to closures; `request_placeholders` says what they mean
- `route`         routes compiled once: matchers, groups, terminal, error routes; `route_index` narrows them
- `path_pattern`, `host_pattern`, `regexp_match`, `ip_ranges`, `response_head`   what matchers are made of
- `uri_rewrite`, `query_rewrite`   changes of the request line
- `client_ip`     who the client is behind trusted proxies
- `limits`        what a client may ask of a front
- `server`        the front: listeners, deadlines, drain; it knows a client as `downstream`, an answer as `front_writer`
- `prelude`       a connection before HTTP: `opening` tells the protocol, `announced` reads a proxy's header
- `connection`, `intake`, `conversation`, `request`, `response`   one HTTP/1 connection, by aiohttp's C parser
"""
