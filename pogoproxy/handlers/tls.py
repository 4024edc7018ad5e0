"""`tls [internal | force_automate | <email> | <cert_file> <key_file>] { … }`: certificates and handshakes of a site."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec

from ..adapt.adaptation import Adaptation
from ..adapt.directive import Directive
from ..caddyfile.cursor import Cursor
from ..caddyfile.suggest import did_you_mean
from ..caddyfile.syntax import Row, any_texts, flag, read_block, text, texts
from ..tls.acme import AcmeIssuer, Challenges, external_account
from ..tls.acme_defaults import implicit_issuers
from ..tls.certificates import CertificateFile
from ..tls.client_auth import read_client_auth
from ..tls.connection import CIPHERS, CURVES, PROTOCOLS, CertificateSelection, ConnectionPolicy
from ..tls.dns import challenge_rows, take_challenge
from ..tls.issuers import InternalIssuer, Issuer
from ..tls.managers import CertificateManager

SHORTCUTS = {"email": "email", "ca": "ca", "eab": "external_account", "ca_root": "trusted_roots_pem_files"}
"""Subdirectives that describe an ACME issuer without naming it, and the fields they fill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsSettings:
    """What one `tls` directive says: how handshakes are done, what is loaded, and how certificates are obtained."""

    policy: ConnectionPolicy
    files: tuple[CertificateFile, ...] = ()
    folders: tuple[str, ...] = ()
    issuers: tuple[Issuer, ...] = ()
    managers: tuple[msgspec.Raw, ...] = ()
    key_type: str = ""
    renewal_window_ratio: float = 0
    on_demand: bool = False
    reuse_private_keys: bool = False
    force_automate: bool = False


def syntax(cursor: Cursor, adaptation: Adaptation) -> list[TlsSettings]:
    """The settings; ConfigError if there are none, or if the issuer is described in two ways."""
    args = cursor.words()
    if len(args) > 2 or not (args or cursor.segment.block):
        raise cursor.wrong_count()
    fields = _read_block(cursor, adaptation)
    fields |= _certificate(args[0].text, args[1].text, adaptation) if len(args) == 2 else {}
    if len(args) == 1:
        _read_argument(cursor, args[0].text, fields)
    fields["issuers"] = _issuers(cursor, fields, adaptation)
    policy = ConnectionPolicy(**{name: fields.pop(name) for name in ConnectionPolicy.__struct_fields__ & fields.keys()})
    return [TlsSettings(policy=policy, **fields)]


def _read_argument(cursor: Cursor, argument: str, fields: dict[str, Any]) -> None:
    if argument in ("internal", "force_automate"):
        fields[argument] = True
    elif "@" in argument:
        fields["email"] = argument
    else:
        raise cursor.error("single argument must either be 'internal', 'force_automate', or an email address")


def _certificate(certificate: str, key: str, adaptation: Adaptation) -> dict[str, Any]:
    """The files under a tag, by which this very certificate is selected, should several be for one name.

    A file is loaded once, because loading it again would give the certificate another tag.
    """
    tags = adaptation.shared.certificate_tags
    is_new = certificate not in tags
    tag = tags.setdefault(certificate, f"cert{len(tags)}")
    files = (CertificateFile(certificate=certificate, key=key, tags=(tag,)),) if is_new else ()
    return {"files": files, "certificate_selection": CertificateSelection(any_tag=(tag,))}


def _issuers(cursor: Cursor, fields: dict[str, Any], adaptation: Adaptation) -> tuple[Issuer, ...]:
    explicit: tuple[Issuer, ...] = fields.pop("issuers", ())
    is_internal = fields.pop("internal", False)
    shortcuts = _shortcuts(fields)
    if explicit and (shortcuts or is_internal):
        raise cursor.error(
            "cannot mix issuer subdirective (explicit issuers) with other issuer-specific subdirectives"
            " (implicit issuers)"
        )
    if shortcuts and is_internal:
        raise cursor.error("cannot create both ACME and internal certificate issuers")
    if shortcuts:
        return implicit_issuers(shortcuts, adaptation.option("cert_issuer", list) or ())
    return (InternalIssuer(),) if is_internal else explicit


def _shortcuts(fields: dict[str, Any]) -> AcmeIssuer | None:
    own = {field: fields.pop(name) for name, field in SHORTCUTS.items() if name in fields}
    if dns := take_challenge(fields):
        own["challenges"] = Challenges(dns=dns)
    return AcmeIssuer(**own) if own else None


def _read_block(cursor: Cursor, adaptation: Adaptation) -> dict[str, Any]:
    challenge = challenge_rows(adaptation)
    rows = _ROWS | challenge | _guest_rows(adaptation)
    fields = read_block(cursor, rows, unknown="unknown subdirective: {}")
    _require_provider(cursor, fields, challenge, adaptation)
    return fields


def _require_provider(
    cursor: Cursor, fields: dict[str, Any], challenge: dict[str, Row], adaptation: Adaptation
) -> None:
    has_global = adaptation.option("dns", object) is not None
    is_named = fields.get("provider", msgspec.UNSET) is not msgspec.UNSET
    lines = list(cursor.block())
    for line in lines:
        if line.name == "dns" and not line.remaining and not has_global:
            raise line.wrong_count()
    settings = [line.name for line in lines if line.name in challenge.keys() - {"dns"}]
    if settings and not (is_named or has_global or adaptation.option("acme_dns", object) is not None):
        raise (cursor.segment.close or cursor.current).error(
            f"setting DNS challenge options [{', '.join(settings)}] requires a DNS provider"
            " (set with the 'dns' subdirective or 'acme_dns' global option)"
        )


def _guest_rows(adaptation: Adaptation) -> dict[str, Row]:
    return {
        "client_auth": Row("client_authentication", partial(read_client_auth, adaptation)),
        "issuer": Row("issuers", lambda line: (adaptation.guest(Issuer, line),), adds=True),
        "get_certificate": Row(
            "managers", lambda line: (adaptation.emit(adaptation.guest(CertificateManager, line)),), adds=True
        ),
    }


def _known(names: tuple[str, ...], complaint: str) -> Callable[[Cursor], tuple[str, ...]]:
    def read(line: Cursor) -> tuple[str, ...]:
        for word in (words := line.words()):
            if word.text not in names:
                raise word.error(f"{complaint}: '{word.text}'", hint=did_you_mean(word.text, names))
        return tuple(word.text for word in words)

    return read


def _protocols(line: Cursor) -> dict[str, str]:
    if not line.remaining:
        raise line.error("protocols requires one or two arguments")
    names = _known(PROTOCOLS, "wrong protocol name or protocol not supported")(line)
    return dict(zip(("protocol_min", "protocol_max"), names, strict=False))


def ratio(line: Cursor) -> float:
    """One argument, a number between 0 and 1."""
    word = line.word()
    try:
        number = float(word.text)
    except ValueError:
        raise word.error(f'parsing {line.name}: strconv.ParseFloat: parsing "{word.text}": invalid syntax') from None
    if not 0 < number < 1:
        raise word.error(f"{line.name} must be between 0 and 1 (exclusive)")
    return number


def _root(line: Cursor) -> tuple[str, ...]:
    return (line.text(),)


_ROWS = {
    "protocols": Row("", _protocols),
    "ciphers": Row(
        "cipher_suites", _known(CIPHERS, "wrong cipher suite name or cipher suite not supported"), adds=True
    ),
    "curves": Row("curves", _known(CURVES, "Wrong curve name or curve not supported"), adds=True),
    "alpn": Row("alpn", texts),
    "load": Row("folders", any_texts, adds=True),
    "ca": Row("ca", text),
    "ca_root": Row("ca_root", _root, adds=True),
    "key_type": Row("key_type", text),
    "eab": Row("eab", external_account),
    "on_demand": Row("on_demand", flag),
    "reuse_private_keys": Row("reuse_private_keys", flag),
    "insecure_secrets_log": Row("insecure_secrets_log", text),
    "renewal_window_ratio": Row("renewal_window_ratio", ratio),
}

DIRECTIVE = Directive("tls", syntax)
