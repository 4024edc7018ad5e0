"""`reverse_proxy`: hands requests to upstreams.

- `config`            the handler's struct
- `syntax`            the directive, also for those that stand for it (`forward_auth`, `php_fastcgi`)
- `address`           upstream addresses as the Caddyfile has them
- `sources`           upstreams that are looked up: `dynamic srv`, `a`, `multi`
- `selection`         which upstream is next: the policies of `lb_policy`
- `balancing`         retries and the policy
- `health`            active and passive health checks, and `checking` what they become
- `running`           from the struct to a proxy at work
- `transport`         how upstreams are spoken to: what all transports share
- `http_transport`    HTTP, with TLS and keep-alive
- `transport_tls`     TLS to the upstreams
- `fastcgi_transport` FastCGI
- `network_proxy`     the proxy that the HTTP transport dials through
"""

from ...module import Module
from .config import ReverseProxy
from .fastcgi_transport import FastCGITransport
from .http_transport import HTTPTransport
from .network_proxy import NETWORK_PROXIES
from .selection import POLICIES
from .sources import SOURCES
from .syntax import DIRECTIVE

MODULES: tuple[type[Module], ...] = (
    ReverseProxy,
    FastCGITransport,
    HTTPTransport,
    *NETWORK_PROXIES,
    *POLICIES,
    *SOURCES,
)

__all__ = ["DIRECTIVE", "MODULES"]
