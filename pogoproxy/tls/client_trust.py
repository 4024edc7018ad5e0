"""Whose certificates clients may come with: trust pools, and verifiers that know the very certificates."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ..errors import ConfigError
from ..module import Registry
from .alert import Alert, AlertError
from .client_auth import ClientAuthentication, certificates
from .keeping.files import FileStorage
from .leaf import ClientVerifier, LeafFiles, LeafFolders, LeafLoader, LeafPem, LeafStorage, LeafVerifier
from .session import Session
from .trust import FilePool, InlinePool, TrustPool
from .trusted import loaded, text_of, trusted

UNVERIFIED = ("request", "require")
"""Any certificate is accepted that its bearer has the key of, if the verifiers know it; pools say nothing there."""
MODES = (*UNVERIFIED, "verify_if_given", "require_and_verify")


@dataclass(frozen=True)
class ClientTrust:
    """`mode` is one of `MODES`. `authorities` gives PEM, nothing for those of the operating system; it is asked when
    first needed, since an authority of our own may be made only now. `leaves` are certificates in DER; None accepts all
    that were verified."""

    mode: str
    authorities: Callable[[], str]
    leaves: frozenset[bytes] | None

    def check(self, session: Session) -> None:
        """AlertError if the client came with a certificate that the verifiers do not know."""
        given = session.client_certificate
        if self.leaves is not None and given is not None and given not in self.leaves:
            raise AlertError(Alert.BAD_CERTIFICATE, "client leaf certificate failed validation")


def mode_of(config: ClientAuthentication) -> str:
    """The mode, by default the strict one as soon as somebody is trusted."""
    trusts = config.ca is not msgspec.UNSET or config.trusted_ca_certs or config.trusted_ca_certs_pem_files
    return config.mode or ("require_and_verify" if trusts or config.trusted_leaf_certs else "require")


def client_trust(config: ClientAuthentication, registry: Registry, storage: FileStorage) -> ClientTrust:
    """ConfigError for what cannot be done."""
    mode = mode_of(config)
    if mode not in MODES:
        raise ConfigError(f"client_auth mode {mode} is none of {', '.join(MODES)}")
    leaves = frozenset(_leaves(config, registry, storage))
    is_pinned = bool(config.verifiers or config.trusted_leaf_certs)
    return ClientTrust(
        mode,
        trusted(_pools(config, registry), registry, storage).pem,
        leaves if is_pinned else None,
    )


def _pools(config: ClientAuthentication, registry: Registry) -> list[TrustPool]:
    pools: list[TrustPool] = []
    if not isinstance(config.ca, msgspec.UnsetType):
        pools.append(registry.guest(TrustPool, config.ca))
    if config.trusted_ca_certs:
        pools.append(InlinePool(trusted_ca_certs=config.trusted_ca_certs))
    if config.trusted_ca_certs_pem_files:
        pools.append(FilePool(pem_files=config.trusted_ca_certs_pem_files))
    return pools


def _leaves(config: ClientAuthentication, registry: Registry, storage: FileStorage) -> Iterator[bytes]:
    yield from map(base64.b64decode, config.trusted_leaf_certs)
    for raw in config.verifiers:
        verifier = registry.guest(ClientVerifier, raw)
        if not isinstance(verifier, LeafVerifier):
            raise ConfigError(f"{verifier.module_id()} is understood but not supported yet")
        for loader in verifier.leaf_certs_loaders:
            for text in _leaf_texts(registry.guest(LeafLoader, loader), storage):
                yield from map(base64.b64decode, certificates(text, "a leaf certificate"))


def _leaf_texts(loader: LeafLoader, storage: FileStorage) -> Iterator[str]:
    match loader:
        case LeafFiles(files=files):
            yield from map(text_of, files)
        case LeafFolders(folders=folders):
            for folder in folders:
                yield from (text_of(str(path)) for path in sorted(Path(folder).rglob("*.pem")))
        case LeafPem(certificates=texts):
            yield from texts
        case LeafStorage(certificates=keys):
            yield from (loaded(storage, key) for key in keys)
