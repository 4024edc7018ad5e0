"""Who is asked whether a name may have a certificate on demand."""

from __future__ import annotations

import msgspec

from ..adapt.adaptation import Adaptation
from ..caddyfile.cursor import Cursor
from ..module import Module


class Permission(Module, frozen=True, tag_field="module"):
    """Says whether a certificate may be obtained for a name that a client asked for."""

    NAMESPACE = "tls.permission"


class HttpPermission(Permission, frozen=True, tag="http"):
    """Asks a URL with the query `domain=<name>`; 200 means yes."""

    endpoint: str

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> HttpPermission:
        """`http <url>`."""
        return cls(endpoint=cursor.only())


class OnDemand(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What holds for all certificates that are obtained during a handshake."""

    ask: str = ""
    permission: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


def read_on_demand(cursor: Cursor, adaptation: Adaptation) -> OnDemand:
    """`on_demand_tls { ask <url> | permission <module> … }`; ConfigError if it says nothing, or two things."""
    cursor.finish()
    found: Permission | None = None
    for line in cursor.block():
        permission = _permission(line, adaptation)
        if found:
            raise line.error("on-demand TLS permission module (or 'ask') already specified")
        found = permission
    if found is None:
        raise cursor.error("expected at least one config parameter for on_demand_tls")
    return OnDemand(permission=adaptation.emit(found))


def _permission(line: Cursor, adaptation: Adaptation) -> Permission:
    match line.name:
        case "ask":
            return HttpPermission(endpoint=line.only())
        case "permission":
            found = adaptation.guest(Permission, line)
            assert isinstance(found, Permission)
            return found
        case "interval" | "burst":
            raise line.error(
                f"the on_demand_tls '{line.name}' option is no longer supported, remove it from your config"
            )
    raise line.error(f"unrecognized parameter '{line.name}'")
