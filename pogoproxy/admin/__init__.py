"""The admin API in the parent: the config as a tree, reload, stop, health, metrics. Caddy's endpoints and answers.

- `address`     where it is
- `guard`       who may ask: the defence against a browser that is made to
- `api`         the endpoints
- `health`      processes and pools, in JSON
- `upstreams`   upstreams, in JSON
- `listener`    the socket, kept or moved at a reload
"""
