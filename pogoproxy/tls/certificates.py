"""Certificates that are not left to automatic HTTPS: names to obtain them for, and what to load."""

from __future__ import annotations

import msgspec


class CertificateFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A certificate and its key in files; `tags` name it for connection policies."""

    certificate: str
    key: str
    format: str = ""
    tags: tuple[str, ...] = ()


class CertificatePem(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A certificate and its key in the configuration, in PEM."""

    certificate: str
    key: str
    tags: tuple[str, ...] = ()


class Certificates(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """The loaders by name."""

    automate: tuple[str, ...] = ()
    load_files: tuple[CertificateFile, ...] = ()
    load_folders: tuple[str, ...] = ()
    load_pem: tuple[CertificatePem, ...] = ()
    load_storage: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
