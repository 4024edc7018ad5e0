"""Global options that belong to no module of their own, a file a kind; each exports `OPTIONS`.

- `values`   options that are one value: ports, durations, switches
- `admin`    the admin API, and whether configurations are kept
- `order`    the order of directives
- `plugins`  options whose guests come with plug-ins
- `pogo`     the pools of job workers
- `servers`  settings of servers
"""
