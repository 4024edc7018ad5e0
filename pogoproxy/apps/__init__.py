"""Apps, the top of a config: each has its struct here, in Caddy's key order, and what follows from it.

- `http`  servers, their listen addresses and limits
- `pki`   certificate authorities of our own
- `pogo`  pools of job workers
- `tls`   certificates, and how they are obtained and kept
"""
