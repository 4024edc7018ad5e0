"""The struct of `reverse_proxy`, key for key as Caddy has it."""

from __future__ import annotations

import msgspec

from ...http.exchange import Middleware
from ...module import Context, Duration, Handler
from ..headers import HeaderOps, ResponseHeaderOps
from ..response_handler import ResponseHandler
from ..rewrite import QueryOps, Regexp, Substring
from . import running
from .balancing import LoadBalancing
from .health import HealthChecks


class Upstream(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """One upstream: where to dial, and how many requests it takes at a time; 0 is any number."""

    dial: str = ""
    max_requests: int = 0


class HeaderChanges(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Changes of the header that goes up, and of the one that comes down."""

    request: HeaderOps | None = None
    response: ResponseHeaderOps | None = None


class RequestLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Changes of the request line that the upstream sees; the fields are those of the handler `rewrite`."""

    method: str = ""
    uri: str = ""
    strip_path_prefix: str = ""
    strip_path_suffix: str = ""
    uri_substring: tuple[Substring, ...] = ()
    path_regexp: tuple[Regexp, ...] = ()
    query: QueryOps | None = None


class ReverseProxy(Handler, frozen=True, tag="reverse_proxy"):
    """Hands requests to upstreams.

    `flush_interval` -1 passes each piece of an answer on at once; buffers of -1 have no limit. `stream_timeout` ends
    an upgraded connection; `stream_close_delay` lets it live on after the configuration was replaced. Of a peer in
    `trusted_proxies` the X-Forwarded fields are kept and added to; of others they are replaced.
    """

    transport: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    circuit_breaker: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    load_balancing: LoadBalancing | None = None
    health_checks: HealthChecks | None = None
    upstreams: tuple[Upstream, ...] = ()
    dynamic_upstreams: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    flush_interval: Duration = 0
    trusted_proxies: tuple[str, ...] = ()
    headers: HeaderChanges | None = None
    request_buffers: int = 0
    response_buffers: int = 0
    stream_timeout: Duration = 0
    stream_buffer_size: int = 0
    stream_close_delay: Duration = 0
    rewrite: RequestLine | None = None
    handle_response: tuple[ResponseHandler, ...] = ()
    verbose_logs: bool = False

    def provision(self, context: Context) -> Middleware:
        """See `running`."""
        return running.middleware(self, context)
