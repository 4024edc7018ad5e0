"""Sites, and what both servers are asked of each: one module a subject, whose `SUITES` `test_suites` runs.

- `suite`             what a suite is, and requests in short
- `expressions`       the matcher `expression`, `handle_errors` with codes
- `folders`           `file_server browse`
- `interplay`         handlers together
- `matching`          every other matcher, and every spelling of a path
- `placeholders`      placeholders and maps
- `raw`               requests that a client would tidy
- `response_headers`  `header`
- `responses`         `respond`, `redir`, `error`, `abort`
- `rewriting`         `rewrite`, `uri`, `method`, `request_header`, `try_files`
- `routing`           the order of handlers and routes, bodies
"""
