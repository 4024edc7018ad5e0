"""What the keeper makes of a configuration: its authorities and its issuers."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ..apps.pki import PkiApp
from ..tls.acme import AcmeIssuer
from ..tls.authority import DEFAULT_AUTHORITY, Authority
from ..tls.issuers import InternalIssuer, Issuer
from ..tls.issuing.acme import Acme
from ..tls.issuing.authority import LocalAuthority
from ..tls.issuing.challenges import Challenges
from ..tls.issuing.internal import Internal
from ..tls.issuing.issuer import RunningIssuer
from ..tls.keeping.files import FileStorage
from ..tls.keeping.policies import Policy
from .issuers import check_issuer, dns_answers


class IssuerMaker:
    """Makes issuers, and opens the authorities that they turn out to need."""

    def __init__(
        self, pki: PkiApp, storage: FileStorage, default_dns: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    ) -> None:
        self.tokens = Challenges(storage)
        self._default_dns = default_dns
        self._acmes: dict[bytes, Acme] = {}
        self._pki = pki
        self._storage = storage
        self._authorities: dict[str, LocalAuthority] = {}
        for id in pki.certificate_authorities:
            self.authority(id)

    def authority(self, id: str) -> LocalAuthority:
        """The authority of that id; those that nobody configured have defaults."""
        if id not in self._authorities:
            config = self._pki.certificate_authorities.get(id, Authority())
            self._authorities[id] = LocalAuthority(id, config, self._storage)
        return self._authorities[id]

    async def open(self, policies: Iterable[Policy]) -> None:
        """Load or make the authorities, those of the policies' issuers, too; PogoError if that cannot be."""
        for policy in policies:
            assert policy.issuers
        for authority in self._authorities.values():
            await authority.open()

    def make(self, config: Issuer) -> RunningIssuer:
        """The issuer as it runs; ConfigError for one that is not there yet."""
        check_issuer(config, self._default_dns)
        if isinstance(config, InternalIssuer):
            return Internal(config, self.authority(config.ca or DEFAULT_AUTHORITY))
        assert isinstance(config, AcmeIssuer)
        # Policies that have the same issuer share it, and so its account.
        same = msgspec.json.encode(config)
        if same not in self._acmes:
            self._acmes[same] = Acme(config, self._storage, self.tokens, dns_answers(config, self._default_dns))
        return self._acmes[same]
