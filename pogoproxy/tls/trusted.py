"""What trust pools hold, read: from the configuration, from files, from the storage."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import ConfigError, RuntimeFault
from ..module import Registry
from .keeping.files import FileStorage, safe
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


@dataclass(frozen=True, slots=True)
class Trusted:
    """Who is trusted: the certificates that `pem` reads, and with `system` all that the operating system trusts."""

    pem: Callable[[], str]
    system: bool
    is_late: bool
    """Whether `pem` is to be called when it is needed, since an authority of our own may not have been made before."""

    def load_into(self, context: ssl.SSLContext) -> None:
        """Have the context trust them; RuntimeFault for what is not there, or is no certificate."""
        if self.system:
            context.load_default_certs()
        pem = self.pem()
        try:
            if pem:
                context.load_verify_locations(cadata=pem)
        except ssl.SSLError as wrong:
            raise RuntimeFault(f"trust pool: {wrong.reason or wrong}") from None


def trusted(pools: Iterable[TrustPool], registry: Registry, storage: FileStorage) -> Trusted:
    """Those of all the pools; ConfigError for one that cannot be read."""
    flat = list(_flat(pools, registry))
    for pool in flat:
        if not isinstance(pool, (*_READERS, SystemPool)):
            raise ConfigError(f"trust_pool {pool.module_id().rpartition('.')[2]} is understood but not supported yet")
    return Trusted(
        lambda: "".join(_pem(flat, storage)),
        any(isinstance(pool, SystemPool) for pool in flat),
        any(isinstance(pool, StoragePool | PkiRootPool | PkiIntermediatePool) for pool in flat),
    )


def _flat(pools: Iterable[TrustPool], registry: Registry) -> Iterator[TrustPool]:
    for pool in pools:
        if isinstance(pool, CombinedPool):
            yield from _flat((registry.guest(TrustPool, raw) for raw in pool.sources), registry)
        else:
            yield pool


def _pem(pools: Iterable[TrustPool], storage: FileStorage) -> Iterator[str]:
    for pool in pools:
        if not isinstance(pool, SystemPool):
            yield from _READERS[type(pool)](pool, storage)


def _inline(pool: InlinePool, _: FileStorage) -> Iterator[str]:
    for text in pool.trusted_ca_certs:
        try:
            yield ssl.DER_cert_to_PEM_cert(base64.b64decode(text, validate=True))
        except ValueError as wrong:
            raise RuntimeFault(f"parsing CA certificate: {wrong}") from None


def _files(pool: FilePool, _: FileStorage) -> Iterator[str]:
    return (text_of(path) for path in pool.pem_files)


def _stored(pool: StoragePool, storage: FileStorage) -> Iterator[str]:
    return (loaded(storage, key) for key in pool.pem_keys)


def _roots(pool: PkiRootPool, storage: FileStorage) -> Iterator[str]:
    return (loaded(storage, f"pki/authorities/{safe(id)}/root.crt") for id in pool.authority)


def _intermediates(pool: PkiIntermediatePool, storage: FileStorage) -> Iterator[str]:
    return (loaded(storage, f"pki/authorities/{safe(id)}/intermediate.crt") for id in pool.authority)


_READERS: dict[type[TrustPool], Callable[..., Iterator[str]]] = {
    InlinePool: _inline,
    FilePool: _files,
    StoragePool: _stored,
    PkiRootPool: _roots,
    PkiIntermediatePool: _intermediates,
}


def text_of(path: str) -> str:
    """A file of PEM; RuntimeFault if it cannot be read."""
    try:
        return Path(path).read_text() + "\n"
    except (OSError, UnicodeDecodeError) as error:
        raise RuntimeFault(f"{path}: {error}") from None


def loaded(storage: FileStorage, key: str) -> str:
    """A piece of PEM in the storage; RuntimeFault if it is not there."""
    found = storage.load(key)
    if found is None:
        raise RuntimeFault(f"storage {storage.root}: {key} is not there")
    return found.decode() + "\n"
