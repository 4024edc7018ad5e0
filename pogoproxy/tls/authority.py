"""Certificate authorities of our own: kept by the `pki` app, to sign for the internal issuer and `acme_server`."""

from __future__ import annotations

import msgspec

from ..module import Duration

DEFAULT_AUTHORITY = "local"
DEFAULT_NAME = "pogoproxy Local Authority"


class KeyPair(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A certificate and its key, by default paths of PEM files."""

    certificate: str = ""
    private_key: str = ""
    format: str = ""


class Authority(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """An authority; what is not given is generated, or has a default."""

    name: str = ""
    root_common_name: str = ""
    intermediate_common_name: str = ""
    intermediate_lifetime: Duration = 0
    install_trust: bool | None = None
    root: KeyPair | None = None
    intermediate: KeyPair | None = None
    maintenance_interval: Duration = 0
    renewal_window_ratio: float = 0
    storage: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
