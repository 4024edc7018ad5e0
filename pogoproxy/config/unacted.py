"""What a config may say although nothing of ours does it yet: refused where a user would be misled, else warned of.

Refused is what changes answers or safety; warned of by name is what only tunes, or what has no part in plain HTTP.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ..apps.http import Server
from ..apps.tls import TlsApp
from ..errors import ConfigError
from .root import Config

_REFUSED_APPS = ("events", "caddy_filesystems")
_IDLE_PHP = ("max_idle_time",)
_TUNING = ("keepalive_interval", "keepalive_idle", "keepalive_count", "enable_full_duplex", "allow_0rtt")


def refusals(config: Config) -> Iterator[ConfigError]:
    """Everything that `run` and `validate` do not take."""
    for name in _REFUSED_APPS:
        if is_set(getattr(config.apps, name)):
            yield _not_yet(f"apps.{name.replace('_', '.')}")
    if config.admin is not None:
        for name in ("identity", "remote"):
            if is_set(getattr(config.admin, name)):
                yield _not_yet(f"admin.{name}")
        if config.admin.config is not None and is_set(config.admin.config.load):
            yield _not_yet("admin.config.load")
    for pool in config.apps.pogo.all_pools() if config.apps.pogo else ():
        if not (pool.is_python or pool.is_php or pool.command):
            message = f'pogo pool "{pool.name}": a worker that is no Python module, {pool.worker!r},'
            yield ConfigError(f"{message} is understood but not supported yet", path="apps.pogo")
    for name, server in config.http.servers.items():
        if server.protocols and not set(server.protocols) - {"h3"}:
            yield ConfigError("HTTP/3 is understood but not supported yet", path=_path(name))
    yield from _tls_refusals(config.apps.tls)
    for id, authority in config.apps.pki.certificate_authorities.items() if config.apps.pki else ():
        if is_set(authority.storage):
            yield _not_yet(f"apps.pki.certificate_authorities.{id}.storage")


def _tls_refusals(app: TlsApp | None) -> Iterator[ConfigError]:
    """What the keeper of certificates cannot do."""
    if app is None:
        return
    for name in ("session_tickets", "encrypted_client_hello", "resolvers"):
        if is_set(value := getattr(app, name)) and value != ():
            yield _not_yet(f"apps.tls.{name}")
    if app.certificates is not None and is_set(app.certificates.load_storage):
        yield _not_yet("apps.tls.certificates.load_storage")
    for policy in app.automation.policies if app.automation else ():
        for name in ("storage", "must_staple"):
            if is_set(value := getattr(policy, name)) and value is not False:
                yield _not_yet(f"apps.tls.automation.policies.{name}")


def idle(config: Config) -> Iterator[str]:
    """The paths of what is accepted and has no effect."""
    if config.http.counted is not None and config.http.counted.otlp:
        yield "apps.http.metrics.otlp"
    if config.logging is not None and config.logging.sink is not None:
        yield "logging.sink"
    if config.apps.frankenphp is not None:
        yield from (f"apps.frankenphp.{name}" for name in _IDLE_PHP if getattr(config.apps.frankenphp, name))
    yield from _idle_tls(config.apps.tls)
    for id, authority in config.apps.pki.certificate_authorities.items() if config.apps.pki else ():
        if authority.maintenance_interval:
            yield f"apps.pki.certificate_authorities.{id}.maintenance_interval"
    for name, server in config.http.servers.items():
        yield from (f"{_path(name)}.{field}" for field in _idle_fields(server))


def _idle_tls(app: TlsApp | None) -> Iterator[str]:
    """The storage is neither tried first nor cleaned."""
    if app is None:
        return
    if is_set(app.cache):
        yield "apps.tls.cache"
    if app.automation is not None and app.automation.storage_clean_interval:
        yield "apps.tls.automation.storage_clean_interval"


def _idle_fields(server: Server) -> Iterator[str]:
    yield from (name for name in _TUNING if getattr(server, name))
    if server.logs is not None and server.logs.trace:
        yield "logs.trace"
    if "h3" in server.protocols:
        yield "protocols (h3)"


def is_set(value: object) -> bool:
    """Whether the config says anything there."""
    return not isinstance(value, msgspec.UnsetType) and value is not None


def _path(server: str) -> str:
    return f"apps.http.servers.{server}"


def _not_yet(path: str) -> ConfigError:
    return ConfigError(f"{path.rpartition('.')[2]} is understood but not supported yet", path=path)
