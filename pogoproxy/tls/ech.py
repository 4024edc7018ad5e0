"""Encrypted client hello: public names that hide the server names of handshakes, and where their keys are published."""

from __future__ import annotations

import msgspec


class EchConfiguration(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One public name; it needs a certificate like any other."""

    public_name: str


class EchPublication(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """By which publishers the keys of some public names are published, and for which domains."""

    configs: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    publishers: dict[str, msgspec.Raw] = {}


class EncryptedClientHello(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """The public names and their publication."""

    configs: tuple[EchConfiguration, ...] = ()
    publication: tuple[EchPublication, ...] = ()
