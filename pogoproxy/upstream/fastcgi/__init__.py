"""FastCGI 1.0 to responders such as PHP-FPM, below the same leg, pool and retries as HTTP.

- `records`     the records: bytes and back, no I/O
- `variables`   the CGI variables of a request (RFC 3875), and where its path is split
- `connection`  one connection: records out, an answer from the records that come
- `leg`         a leg that speaks it
- `leash`       a line to the scripts of our own php-fpm: that a request is begun with, that its client has left
"""
