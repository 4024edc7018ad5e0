"""The `tls` app: certificates, and how they are obtained and kept."""

from __future__ import annotations

import msgspec

from ..tls.automation import Automation
from ..tls.certificates import Certificates
from ..tls.ech import EncryptedClientHello

Unset = msgspec.UnsetType


class TlsApp(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """`apps.tls`."""

    certificates: Certificates | None = None
    automation: Automation | None = None
    session_tickets: msgspec.Raw | Unset = msgspec.UNSET
    cache: msgspec.Raw | Unset = msgspec.UNSET
    disable_ocsp_stapling: bool = False
    disable_storage_check: bool = False
    disable_storage_clean: bool = False
    encrypted_client_hello: EncryptedClientHello | None = None
    dns: msgspec.Raw | Unset = msgspec.UNSET
    resolvers: tuple[str, ...] = ()
