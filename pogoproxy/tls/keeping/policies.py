"""Which automation policy a name has, and by whom its certificates are issued."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from ...module import Registry
from ..acme import default_issuers
from ..automation import AutomationPolicy
from ..issuers import Issuer
from ..issuing.issuer import RunningIssuer
from ..managers import CertificateManager
from ..names import covers
from .certificate import Certificate

MakeIssuer = Callable[[Issuer], RunningIssuer]


@dataclass(frozen=True)
class Policy:
    """A policy with its issuers, in the order in which they are tried."""

    config: AutomationPolicy
    managers: tuple[CertificateManager, ...]
    _issuers: tuple[Issuer, ...]
    _make: MakeIssuer

    @cached_property
    def issuers(self) -> tuple[RunningIssuer, ...]:
        """Made when a name first needs them; ConfigError if one cannot be."""
        return tuple(map(self._make, self._issuers))

    def issuer(self, key: str) -> RunningIssuer | None:
        """The one of that key, if it is still one of them."""
        return next((one for one in self.issuers if one.key == key), None)

    def responder(self, certificate: Certificate) -> str:
        """Where to ask by OCSP whether the certificate is revoked; empty if nobody is to be asked."""
        if self.config.disable_ocsp_stapling:
            return ""
        return self.config.ocsp_overrides.get(certificate.responder, certificate.responder)

    @property
    def is_deferred(self) -> bool:
        """Whether certificates are had when a client asks for a name, and not before."""
        return self.config.on_demand or bool(self.managers)

    @property
    def is_quick(self) -> bool:
        """Whether a handshake may wait for its certificate."""
        return all(issuer.is_quick for issuer in self.issuers)


class Policies:
    """All policies, in the order in which they are looked at; the last one is for every name."""

    def __init__(self, configs: tuple[AutomationPolicy, ...], registry: Registry, make: MakeIssuer) -> None:
        self._rows = [_running(config, registry, make) for config in (*configs, AutomationPolicy())]
        self._by_subject: dict[str, Policy] = {}
        for row in self._rows:
            for subject in row.config.subjects:
                self._by_subject.setdefault(subject.lower(), row)
        self._catch_all = next(row for row in self._rows if not row.config.subjects)

    def __iter__(self) -> Iterator[Policy]:
        return iter(self._rows)

    def of(self, name: str) -> Policy:
        """The policy of a name, be it a wildcard."""
        exact = self._by_subject.get(name)
        if exact is not None:
            return exact
        for row in self._rows:
            if any(covers(subject, name) for subject in row.config.subjects if "*" in subject):
                return row
        return self._catch_all


def _running(config: AutomationPolicy, registry: Registry, make: MakeIssuer) -> Policy:
    path = "apps.tls.automation.policies"
    issuers: tuple[Issuer, ...] = tuple(registry.guest(Issuer, raw, path) for raw in config.issuers)
    managers = tuple(registry.guest(CertificateManager, raw, path) for raw in config.get_certificate)
    return Policy(config, managers, issuers or default_issuers(""), make)
