"""A Caddy-style reverse proxy and application server whose requests fan out to pools of worker processes.

`import pogoproxy` is all that an application needs: it loads the job client, which stands on the standard
library alone. The server is `pogoproxy run Caddyfile` and is never imported by the application.
"""

from __future__ import annotations

__version__ = "0.1.0"
