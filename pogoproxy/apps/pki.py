"""The `pki` app: certificate authorities of our own, by id."""

from __future__ import annotations

import msgspec

from ..tls.authority import Authority


class PkiApp(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """`apps.pki`."""

    certificate_authorities: dict[str, Authority] = {}
