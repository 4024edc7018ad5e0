"""Apps, the top of a config: each has its struct here, in Caddy's key order, and what follows from it.

- `http`  servers, their listen addresses and limits
- `pogo`  pools of job workers
"""
