"""The log of a process: what is told, how it is written, where it goes.

- `encoders`  an entry as a line: for people, or JSON with Caddy's keys
- `sinks`     where lines go; a slow one never holds a request up
- `router`    which entry goes to which log, by level and logger name
- `access`    one entry for each request
- `setup`     from the config to all of that, for Python's logging and for access logs
"""
