"""Logs as the configuration has them.

- `log`       one log: what it takes, how it is written and where to
- `writers`   where entries go
- `encoders`  how entries are written
- `filters`   what encoders change in the fields of an entry
"""
