"""Automation policies: which names get their certificates from whom, and how they are kept."""

from __future__ import annotations

import msgspec

from ..module import Duration
from .permission import OnDemand

KEY_TYPES = ("ed25519", "p256", "p384", "rsa2048", "rsa4096")
"""Made by `issuing.keys`, which is only loaded where certificates are."""


class AutomationPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What holds for the names in `subjects`; for all other names, if there are none."""

    subjects: tuple[str, ...] = ()
    issuers: tuple[msgspec.Raw, ...] = ()
    get_certificate: tuple[msgspec.Raw, ...] = ()
    must_staple: bool = False
    renewal_window_ratio: float = 0
    key_type: str = ""
    storage: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    on_demand: bool = False
    reuse_private_keys: bool = False
    disable_ocsp_stapling: bool = False
    ocsp_overrides: dict[str, str] = {}


class Automation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """The policies, and how often certificates, staples and the storage are looked after."""

    policies: tuple[AutomationPolicy, ...] = ()
    on_demand: OnDemand | None = None
    ocsp_interval: Duration = 0
    renew_interval: Duration = 0
    storage_clean_interval: Duration = 0
