"""What the keeper and the fronts make of a configuration: its storage, its authorities, its issuers."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from ..apps.pki import PkiApp
from ..errors import ConfigError
from ..standard import REGISTRY
from ..tls.acme import AcmeIssuer
from ..tls.authority import DEFAULT_AUTHORITY, Authority
from ..tls.automation import Automation
from ..tls.dns import DnsProvider
from ..tls.issuers import InternalIssuer, Issuer
from ..tls.issuing.acme import Acme
from ..tls.issuing.authority import LocalAuthority
from ..tls.issuing.challenges import Challenges
from ..tls.issuing.dns01 import DnsAnswers, check_settings
from ..tls.issuing.internal import Internal
from ..tls.issuing.issuer import RunningIssuer
from ..tls.keeping.demand import OnDemandGate
from ..tls.keeping.files import FileStorage, default_root
from ..tls.keeping.policies import Policy
from ..tls.permission import HttpPermission, Permission
from ..tls.storage import FileSystemStorage, Storage
from .root import Config

_POLICIES = "apps.tls.automation.policies"


def storage_of(config: Config) -> FileStorage:
    """The configured storage; ConfigError for a kind that is none of ours."""
    if isinstance(config.storage, msgspec.UnsetType):
        return FileStorage(default_root())
    found = REGISTRY.guest(Storage, config.storage, "storage")
    assert isinstance(found, FileSystemStorage)
    return FileStorage(Path(found.root) if found.root else default_root())


def on_demand_gate(automation: Automation) -> OnDemandGate | None:
    """Who is asked before a certificate is obtained on demand; None if nobody is, and so none is obtained."""
    on_demand = automation.on_demand
    if on_demand is None:
        return None
    if on_demand.ask:
        return OnDemandGate(on_demand.ask)
    if isinstance(on_demand.permission, msgspec.UnsetType):
        return None
    permission = REGISTRY.guest(Permission, on_demand.permission, "apps.tls.automation.on_demand.permission")
    assert isinstance(permission, HttpPermission)
    return OnDemandGate(permission.endpoint)


class IssuerMaker:
    """Makes issuers, and opens the authorities that they turn out to need."""

    def __init__(
        self, pki: PkiApp, storage: FileStorage, default_dns: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    ) -> None:
        self.tokens = Challenges()
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

    def check(self, config: Issuer) -> None:
        """ConfigError for an issuer, or a setting of one, that is not there yet. Loads nothing that is heavy."""
        if isinstance(config, AcmeIssuer):
            for name in ("test_ca", "certificate_lifetime"):
                if getattr(config, name):
                    raise _not_yet(f"{name} of acme")
            if not isinstance(config.network_proxy, msgspec.UnsetType):
                raise _not_yet("network_proxy of acme")
            self._dns_answers(config)
        elif not isinstance(config, InternalIssuer):
            raise _not_yet(f"issuer {config.module_id().rpartition('.')[2]}")

    def make(self, config: Issuer) -> RunningIssuer:
        """The issuer as it runs; ConfigError for one that is not there yet."""
        self.check(config)
        if isinstance(config, InternalIssuer):
            return Internal(config, self.authority(config.ca or DEFAULT_AUTHORITY))
        assert isinstance(config, AcmeIssuer)
        # Policies that have the same issuer share it, and so its account.
        same = msgspec.json.encode(config)
        if same not in self._acmes:
            self._acmes[same] = Acme(config, self._storage, self.tokens, self._dns_answers(config))
        return self._acmes[same]

    def _dns_answers(self, config: AcmeIssuer) -> DnsAnswers | None:
        if config.dns is None:
            return None
        raw = self._default_dns if isinstance(config.dns.provider, msgspec.UnsetType) else config.dns.provider
        if isinstance(raw, msgspec.UnsetType):
            raise ConfigError("the DNS challenge has no provider", path=_POLICIES)
        check_settings(config.dns)
        return DnsAnswers(config.dns, REGISTRY.guest(DnsProvider, raw, _POLICIES).editor())


def _not_yet(what: str) -> ConfigError:
    return ConfigError(f"{what} is understood but not supported yet", path=_POLICIES)
