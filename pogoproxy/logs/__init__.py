"""The log of a process: what is told, how it is written, where it goes.

- `router`         which entry goes to which log, by level and logger name
- `access`         one entry for each request and each failure; `shown`, `handshake` and `naming` are parts of it
- `sampling`       which of many alike entries are kept
- `provenance`     where in the code an entry comes from
- `encoders`       an entry as a line: JSON with Caddy's keys, or columns for people; `layout` has Go's times
- `wrapping`       encoders around others, which add and filter fields; `field_filters` are the filters
- `sinks`          where lines go; a slow one never holds a request up
- `files`          log files; `rolling` decides when and how they are rolled, `keeping` compresses and deletes them
- `sockets`        log lines over the network
- `setup`          from the config to all of that, and Python's logging into it
"""
