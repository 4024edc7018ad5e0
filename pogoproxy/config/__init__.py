"""A configuration as a whole: from the Caddyfile's tree to Caddy's JSON, and from the JSON to what runs.

- `source`       where a configuration comes from: Caddyfile, JSON, YAML
- `adapt`        a whole Caddyfile → the root struct
- `options/`     global options, a file a kind
- `addresses`    site addresses
- `sites`        what the blocks of the file came to
- `listeners`    from sites to servers in the making
- `servers`      a server from its sites; `site_matchers`, `access_logs`, `named_routes`, `schemes` and
                 `connection_policies` are its parts
- `automation`, `tls_app`, `pki_app`, `logging`  what the sites add to the rest of the configuration
- `root`         the root struct
- `load`         JSON or YAML → the root struct; `place` finds a mistake's line
- `edit`         a configuration tree changed by path, for the admin API
- `automatic_https`  what a configuration means without saying it; `redirects` from HTTP are a part of it
- `secure`       the TLS side of a server; `listener_wrappers` stand before it
- `storage`, `issuers`, `keeping`  where certificates are kept, who signs them, and the signers as the keeper has them
- `unacted`      what is refused, or accepted without effect
- `provision`    from the root struct to handlers, or to the refusal of what cannot run
"""
