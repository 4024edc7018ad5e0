"""What the syntax of directives, options and matchers leans on, when a tree becomes Caddy's JSON.

- `directive`     the records that a directive's or an option's module exports
- `adaptation`    what a syntax function is given: matchers, nested blocks, guests, warnings
- `matchers`      matcher tokens and definitions → matcher sets
- `readers`       readers of declared rows that take more than text
- `routes`        sorting, grouping and merging of routes: decisions on plain data
- `origin`        where a module comes from in the Caddyfile
- `ordering`      Go's stable sort
- `placeholders`  shorthands such as `{host}`
- `emit`          structs → JSON in Caddy's key order
- `weak`          values whose JSON type depends on their spelling
- `network`       network addresses as text
"""
