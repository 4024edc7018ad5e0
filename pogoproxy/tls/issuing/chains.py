"""Which of the chains that an authority offers is taken."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cryptography import x509
from cryptography.x509.oid import NameOID

from ..acme import ChainPreference


def preferred(chains: Sequence[str], wanted: ChainPreference | None) -> str:
    """The first that fits the preference, else the authority's own first choice."""
    if wanted is None:
        return chains[0]
    if wanted.smallest:
        return min(chains, key=len)
    names = wanted.root_common_name or wanted.any_common_name
    read: Callable[[str], list[str]] = _root_issuer if wanted.root_common_name else _issuers
    for name in names:
        for chain in chains:
            if name in read(chain):
                return chain
    return chains[0]


def _issuers(chain: str) -> list[str]:
    found = x509.load_pem_x509_certificates(chain.encode())
    return [str(item.value) for one in found for item in one.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)]


def _root_issuer(chain: str) -> list[str]:
    return _issuers(chain)[-1:]
