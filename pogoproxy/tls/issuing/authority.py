"""A certificate authority of our own: a root, an intermediate below it, and the certificates that they sign.

Laid out in the storage as Caddy's (`pki/authorities/<id>/`), and the certificates as Caddy makes them, so that either
goes on with what the other has begun.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ...errors import ConfigError, RuntimeFault
from ...units import seconds
from ..authority import DEFAULT_NAME, Authority, KeyPair
from ..keeping.files import FileStorage, safe
from ..keeping.locks import locked
from . import keys
from .building import Public, begun, digest_of
from .names import general_name

_ROOT_NAME = "{pki.ca.name} - {time.now.year} ECC Root"
_INTERMEDIATE_NAME = "{pki.ca.name} - ECC Intermediate"
_DAY = 86400.0
_ROOT_LIFETIME = 3600 * _DAY
_INTERMEDIATE_LIFETIME = 7 * _DAY
_RENEWAL_RATIO = 0.2

DEFAULT_LIFETIME = 12 * 3600.0
"""Seconds that the internal issuer's certificates are valid."""


@dataclass(frozen=True)
class Signer:
    """A certificate that may sign others, with its chain and its key."""

    chain: tuple[x509.Certificate, ...]
    key: keys.Key

    @property
    def certificate(self) -> x509.Certificate:
        """The one that signs."""
        return self.chain[0]


class LocalAuthority:
    """`await open()` before use."""

    def __init__(self, id: str, config: Authority, storage: FileStorage) -> None:
        self.id = id
        self.name = config.name or DEFAULT_NAME
        self._config = config
        self._storage = storage
        self._prefix = f"pki/authorities/{safe(id)}"
        self._root: Signer | None = None
        self._intermediate: Signer | None = None

    async def open(self) -> None:
        """Load root and intermediate, or make them; RuntimeFault or ConfigError if that cannot be."""
        async with locked(self._storage, f"authority_{self.id}"):
            await self._storage.within(self._load_or_make)

    def _load_or_make(self) -> None:
        root = _given(self._config.root) or self._stored("root") or self._make_root()
        self._root = root
        self._intermediate = _given(self._config.intermediate) or self._stored("intermediate")
        if self._intermediate is None or self.is_renewal_due():
            self._intermediate = self._make_intermediate(root)

    @property
    def root(self) -> Signer:
        """The root."""
        assert self._root is not None
        return self._root

    @property
    def intermediate(self) -> Signer:
        """The intermediate."""
        assert self._intermediate is not None
        return self._intermediate

    def is_renewal_due(self, now: datetime.datetime | None = None) -> bool:
        """Whether the intermediate, if it is ours to renew, is in the last part of its life."""
        if self._config.intermediate is not None:
            return False
        found = self.intermediate.certificate
        ratio = self._config.renewal_window_ratio or _RENEWAL_RATIO
        lifetime = found.not_valid_after_utc - found.not_valid_before_utc
        return (now or _now()) >= found.not_valid_after_utc - lifetime * ratio

    def sign(self, names: tuple[str, ...], key: Public, lifetime: float = 0, *, with_root: bool = False) -> str:
        """A chain in PEM for the names; it is valid no longer than what signs it. Lifetime in seconds."""
        signer = self.root if with_root else self.intermediate
        start = _now()
        end = start + datetime.timedelta(seconds=lifetime or DEFAULT_LIFETIME)
        builder = (
            begun(x509.Name([]), signer.certificate.subject, key, start, min(end, _end(signer)))
            .add_extension(_usage(digital_signature=True), critical=True)
            .add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
                critical=False,
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(_identifier(signer), critical=False)
            .add_extension(x509.SubjectAlternativeName([general_name(name) for name in names]), critical=True)
        )
        leaf = builder.sign(signer.key, digest_of(signer.key))
        return "".join(map(_pem, (leaf, *(() if with_root else signer.chain))))

    def _stored(self, what: str) -> Signer | None:
        chain, key = (self._storage.load(f"{self._prefix}/{what}.{suffix}") for suffix in ("crt", "key"))
        if chain is None or key is None:
            return None
        return _signer(chain, key, f"{self._storage.root}/{self._prefix}/{what}.crt")

    def _store(self, what: str, signer: Signer) -> None:
        self._storage.store(f"{self._prefix}/{what}.key", keys.to_pem(signer.key).encode())
        self._storage.store(f"{self._prefix}/{what}.crt", "".join(map(_pem, signer.chain)).encode())

    def _make_root(self) -> Signer:
        key = keys.make()
        name = self._named(self._config.root_common_name or _ROOT_NAME)
        start = _now()
        builder = _authority_extensions(
            begun(name, name, key.public_key(), start, start + datetime.timedelta(seconds=_ROOT_LIFETIME)), 1
        )
        root = Signer((builder.sign(key, digest_of(key)),), key)
        self._store("root", root)
        return root

    def _make_intermediate(self, root: Signer) -> Signer:
        key = keys.make()
        lifetime = datetime.timedelta(seconds=seconds(self._config.intermediate_lifetime) or _INTERMEDIATE_LIFETIME)
        start = _now()
        if start + lifetime >= _end(root):
            raise ConfigError(
                f"authority {self.id}: the intermediate's lifetime must be shorter than what is left of the root's",
                path="apps.pki",
            )
        name = self._named(self._config.intermediate_common_name or _INTERMEDIATE_NAME)
        builder = _authority_extensions(
            begun(name, root.certificate.subject, key.public_key(), start, start + lifetime), 0
        ).add_extension(_identifier(root), critical=False)
        intermediate = Signer((builder.sign(root.key, digest_of(root.key)),), key)
        self._store("intermediate", intermediate)
        return intermediate

    def _named(self, template: str) -> x509.Name:
        text = template.replace("{pki.ca.name}", self.name).replace("{time.now.year}", str(_now().year))
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _given(pair: KeyPair | None) -> Signer | None:
    """The certificate and key that the configuration names."""
    if pair is None:
        return None
    if pair.format not in ("", "pem_file"):
        raise ConfigError(f"format {pair.format!r} of an authority's certificate is not supported: pem_file is")
    try:
        with open(pair.certificate, "rb") as certificate, open(pair.private_key, "rb") as key:  # noqa: PTH123
            return _signer(certificate.read(), key.read(), pair.certificate)
    except OSError as error:
        raise RuntimeFault(f"{error.filename}: {(error.strerror or '').lower()}") from None


def _signer(chain: bytes, key: bytes, where: str) -> Signer:
    try:
        return Signer(tuple(x509.load_pem_x509_certificates(chain)), load_pem_private_key(key, None))  # type: ignore[arg-type]
    except (ValueError, TypeError) as wrong:
        raise RuntimeFault(f"{where}: {wrong}") from None


def _authority_extensions(builder: x509.CertificateBuilder, depth: int) -> x509.CertificateBuilder:
    key = builder._public_key
    assert key is not None
    return (
        builder.add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(x509.BasicConstraints(ca=True, path_length=depth), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(**set_bits: bool) -> x509.KeyUsage:
    bits = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{bit: set_bits.get(bit, False) for bit in bits})


def _identifier(signer: Signer) -> x509.AuthorityKeyIdentifier:
    try:
        found = signer.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    except x509.ExtensionNotFound:
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.key.public_key())
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(found.value)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def _end(signer: Signer) -> datetime.datetime:
    return signer.certificate.not_valid_after_utc


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC).replace(microsecond=0)
