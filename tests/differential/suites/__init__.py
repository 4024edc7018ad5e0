"""Sites, and what both servers are asked of each: one module a subject, whose `SUITES` the package's test runs.

- `suite`         what a suite is, and requests in short
- `expressions`   the matcher `expression`, `handle_errors` with codes
"""
