"""Whose certificates clients may come with: trust pools, and verifiers that know the very certificates."""

from __future__ import annotations

import base64
import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ..errors import ConfigError, RuntimeFault
from ..module import Registry
from .alert import Alert, AlertError
from .client_auth import ClientAuthentication, certificates
from .keeping.files import FileStorage, safe
from .leaf import ClientVerifier, LeafFiles, LeafFolders, LeafLoader, LeafPem, LeafStorage, LeafVerifier
from .session import Session
from .trust import (
    CombinedPool,
    FilePool,
    InlinePool,
    PkiIntermediatePool,
    PkiRootPool,
    StoragePool,
    SystemPool,
    TrustPool,
)

MODES = ("verify_if_given", "require_and_verify")


@dataclass(frozen=True)
class ClientTrust:
    """`authorities` gives PEM, nothing for those of the operating system; it is asked when first needed, since an
    authority of our own may be made only now. `leaves` are certificates in DER; None accepts all that were verified."""

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
        known = ("request", "require")
        wrong = "is understood but not supported yet" if mode in known else f"is none of {', '.join(known + MODES)}"
        raise ConfigError(f"client_auth mode {mode} {wrong}: Python's ssl verifies every certificate it asks for")
    pools = _pools(config, registry)
    leaves = frozenset(_leaves(config, registry, storage))
    is_pinned = bool(config.verifiers or config.trusted_leaf_certs)
    return ClientTrust(
        lambda: "".join(pem for pool in pools for pem in _authorities(pool, registry, storage)),
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
    for pool in _flat(pools, registry):
        if not isinstance(pool, tuple(_READERS)):
            raise ConfigError(f"trust_pool {pool.module_id().rpartition('.')[2]} is understood but not supported yet")
    return pools


def _flat(pools: Iterable[TrustPool], registry: Registry) -> Iterator[TrustPool]:
    for pool in pools:
        if isinstance(pool, CombinedPool):
            yield from _flat((registry.guest(TrustPool, raw) for raw in pool.sources), registry)
        else:
            yield pool


def _authorities(pool: TrustPool, registry: Registry, storage: FileStorage) -> Iterator[str]:
    for one in _flat((pool,), registry):
        yield from _READERS[type(one)](one, storage)


def _inline(pool: InlinePool, _: FileStorage) -> Iterator[str]:
    return (pem(base64.b64decode(text)) for text in pool.trusted_ca_certs)


def _files(pool: FilePool, _: FileStorage) -> Iterator[str]:
    return (_read(path) for path in pool.pem_files)


def _stored(pool: StoragePool, storage: FileStorage) -> Iterator[str]:
    return (_loaded(storage, key) for key in pool.pem_keys)


def _roots(pool: PkiRootPool, storage: FileStorage) -> Iterator[str]:
    return (_loaded(storage, f"pki/authorities/{safe(id)}/root.crt") for id in pool.authority)


def _intermediates(pool: PkiIntermediatePool, storage: FileStorage) -> Iterator[str]:
    return (_loaded(storage, f"pki/authorities/{safe(id)}/intermediate.crt") for id in pool.authority)


def _system(pool: SystemPool, _: FileStorage) -> Iterator[str]:
    return iter(())


_READERS: dict[type[TrustPool], Callable[..., Iterator[str]]] = {
    InlinePool: _inline,
    FilePool: _files,
    StoragePool: _stored,
    PkiRootPool: _roots,
    PkiIntermediatePool: _intermediates,
    SystemPool: _system,
}


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
            yield from map(_read, files)
        case LeafFolders(folders=folders):
            for folder in folders:
                yield from (_read(str(path)) for path in sorted(Path(folder).rglob("*.pem")))
        case LeafPem(certificates=texts):
            yield from texts
        case LeafStorage(certificates=keys):
            yield from (_loaded(storage, key) for key in keys)


def _read(path: str) -> str:
    try:
        return Path(path).read_text() + "\n"
    except (OSError, UnicodeDecodeError) as error:
        raise RuntimeFault(f"{path}: {error}") from None


def _loaded(storage: FileStorage, key: str) -> str:
    found = storage.load(key)
    if found is None:
        raise RuntimeFault(f"storage {storage.root}: {key} is not there")
    return found.decode() + "\n"


def pem(der: bytes) -> str:
    """A certificate in PEM."""
    body = "\n".join(textwrap.wrap(base64.b64encode(der).decode(), 64))
    return f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n"
