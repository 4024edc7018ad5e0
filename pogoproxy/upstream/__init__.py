"""Connections to upstreams: by HTTP/1.1 over pooled connections with a C response parser, by HTTP/2 over shared ones.

- `target`        one upstream: where it is dialed, what is going on there
- `pool`          idle connections of a target; decides, does no I/O
- `connection`    one connection: bytes to the upstream, an answer from it
- `answer`        the answer as it arrives: head, body with back-pressure, trailers
- `dial`          a fresh connection: names, IPv6 and IPv4, TLS
- `way`           through a network proxy (`network_proxy`), announced for a client (`proxy_protocol`)
- `names`, `lookup`  name servers, and targets that are looked up
- `leg`           a round trip: pooled or fresh connection, replay on a stale one, deadlines by phase
- `limited`       a leg with so many requests at a time
- `http2_leg`, `http2_connection`, `http2_session`, `http2_stream`   many requests on one connection
- `forwarding`    the head that goes upstream: hop-by-hop stripping, X-Forwarded-*, Via
- `select`        load balancing policies
- `health`        which targets may be asked; `probe` is what an active check asks
- `proxy`         a handler's proxy: choose, ask, pass on, try again
- `tunnel`        two raw streams joined after an upgrade
- `app_targets`   the supervisor's app workers as targets
"""
