"""Authentication of clients by certificate: `client_auth { … }`."""

from __future__ import annotations

import base64
import re
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from ..adapt.adaptation import Adaptation
from ..caddyfile.cursor import Cursor
from ..caddyfile.syntax import Row, read_block
from ..errors import ConfigError
from .leaf import ClientVerifier
from .trust import InlinePool, TrustPool

_PEM = re.compile(r"-----BEGIN ([^-\n]+)-----\s*\n(.*?)-----END \1-----", re.DOTALL)
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]*={0,2}\s*")


class ClientAuthentication(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Which client certificates are asked for and accepted.

    `mode` is `request`, `require`, `verify_if_given` or `require_and_verify`. Lists of certificates are DER in base64;
    they are the old form, which Caddyfiles no longer come to except for leaf certificates.
    """

    ca: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    trusted_ca_certs: tuple[str, ...] = ()
    trusted_ca_certs_pem_files: tuple[str, ...] = ()
    trusted_leaf_certs: tuple[str, ...] = ()
    verifiers: tuple[msgspec.Raw, ...] = ()
    mode: str = ""


def read_client_auth(adaptation: Adaptation, cursor: Cursor) -> ClientAuthentication:
    """The settings in a block; ConfigError if the trusted authorities are given in two ways."""
    cursor.words()
    rows = {
        "mode": Row("mode", _mode),
        "trust_pool": Row("ca", partial(_trust_pool, adaptation)),
        "trusted_ca_cert": Row("authorities", _certificate, adds=True),
        "trusted_ca_cert_file": Row("authorities", _certificates_in_file, adds=True),
        "trusted_leaf_cert": Row("trusted_leaf_certs", _certificate, adds=True),
        "trusted_leaf_cert_file": Row("trusted_leaf_certs", _certificates_in_file, adds=True),
        "verifier": Row("verifiers", partial(_verifier, adaptation), adds=True),
    }
    fields: dict[str, Any] = read_block(cursor, rows, unknown="unknown subdirective for client_auth: {}")
    if authorities := fields.pop("authorities", ()):
        if "ca" in fields:
            raise cursor.error("cannot specify both 'trust_pool' and 'trusted_ca_cert' or 'trusted_ca_cert_file'")
        fields["ca"] = adaptation.emit(InlinePool(trusted_ca_certs=authorities))
    return ClientAuthentication(**fields)


def _mode(cursor: Cursor) -> str:
    return cursor.only()


def _trust_pool(adaptation: Adaptation, cursor: Cursor) -> msgspec.Raw:
    return adaptation.emit(adaptation.guest(TrustPool, cursor))


def _verifier(adaptation: Adaptation, cursor: Cursor) -> tuple[msgspec.Raw, ...]:
    return (adaptation.emit(adaptation.guest(ClientVerifier, cursor)),)


def _certificate(cursor: Cursor) -> tuple[str, ...]:
    return (cursor.text(),)


def _certificates_in_file(cursor: Cursor) -> tuple[str, ...]:
    path = cursor.text()
    try:
        return certificates(Path(path).read_text(errors="replace"), path)
    except OSError as wrong:
        raise cursor.error(f"open {path}: {(wrong.strerror or str(wrong)).lower()}") from None
    except ConfigError as wrong:
        raise cursor.error(wrong.message) from None


def certificates(pem: str, path: str) -> tuple[str, ...]:
    """The certificates of a PEM text, each as DER in base64; ConfigError if there is none, or anything else."""
    blocks = [(kind, body) for kind, body in _PEM.findall(pem) if _BASE64.fullmatch(body)]
    if not blocks or any(kind != "CERTIFICATE" for kind, _ in blocks):
        raise ConfigError(f"no CERTIFICATE pem block found in {path}")
    return tuple(base64.b64encode(base64.b64decode(body)).decode() for _, body in blocks)
