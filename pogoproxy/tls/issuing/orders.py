"""Orders at an ACME authority (RFC 8555): challenges that our own listeners answer, and the preferred chain."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from acme import challenges, messages
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from josepy.jwk import JWK

from ..acme import AcmeIssuer
from ..keeping.files import FileStorage
from .accounts import issuer_key
from .building import digest_of
from .chains import preferred
from .challenges import Challenges
from .dns01 import DnsAnswers
from .issuer import IssuanceError, Issued
from .names import challenge_server_name, general_name
from .proof import proof
from .session import Session, mapped
from .shared import HTTP, TLS_ALPN
from .tls_alpn import TlsAlpn

log = logging.getLogger(__name__)

_DNS = "dns-01"


class Orders:
    """What one account orders; all methods block."""

    def __init__(
        self, config: AcmeIssuer, storage: FileStorage, answers: Challenges, dns: DnsAnswers | None = None
    ) -> None:
        self._config = config
        self._session = Session(config, storage)
        self._answers = answers
        self._dns = dns
        is_alone = config.challenges is not None and config.challenges.distributed is False
        self._shared = None if is_alone else answers.share(issuer_key(self._session.directory))

    def open(self) -> None:
        """Have an account; IssuanceError if there is none to be had."""
        self._session.open()

    def issue(self, name: str, key: str) -> Issued:
        """A certificate for the name and this key; IssuanceError if there is none."""
        self._session.open()
        problems: list[str] = []
        for kind in self._kinds(name):
            try:
                return self._order(name, key, kind)
            except IssuanceError as error:
                if "accountDoesNotExist" in str(error):
                    self._session.forget()
                    raise
                problems.append(str(error))
                log.warning("challenge failed name=%s challenge=%s error=%s", name, kind, error)
                if error.retry_after:
                    raise
        raise IssuanceError("; ".join(problems) or f"no challenge is left that proves {name}")

    def _kinds(self, name: str) -> Iterator[str]:
        """The challenges to try; a wildcard can be proved by DNS alone (RFC 8555 section 7.1.3)."""
        if self._dns is not None:
            yield _DNS
            return
        if name.startswith("*."):
            raise IssuanceError(f"{name} is proved by DNS alone: set a provider with `dns`")
        options = self._config.challenges
        if not (options and options.tls_alpn and options.tls_alpn.disabled):
            yield TLS_ALPN
        if not (options and options.http and options.http.disabled):
            yield HTTP

    def _order(self, name: str, key: str, kind: str) -> Issued:
        client = self._session.remote
        deadline = self._session.deadline()
        with mapped():
            order = client.new_order(_request(name, key), self._config.profile or None)
            for authorization in order.authorizations:
                if authorization.body.status != messages.STATUS_VALID:
                    order = self._prove(order, authorization, name, kind)
            order = client.finalize_order(order, deadline, fetch_alternative_chains=True)
        chains = [order.fullchain_pem, *order.alternative_fullchains_pem]
        return Issued(
            preferred(chains, self._config.preferred_chains), {"url": order.uri, "ca": self._session.directory}
        )

    def _prove(
        self, order: messages.OrderResource, authorization: messages.AuthorizationResource, name: str, kind: str
    ) -> messages.OrderResource:
        found = next((one for one in authorization.body.challenges if one.chall.typ == kind), None)
        if found is None:
            raise IssuanceError(f"{self._session.directory} offers no {kind} for {name}")
        client, account = self._session.remote, self._session.key
        assert account is not None
        with self._answered(found.chall, name):
            client.answer_challenge(found, found.chall.response(account))
            return client.poll_authorizations(order, self._session.deadline())

    @contextmanager
    def _answered(self, challenge: Any, name: str) -> Iterator[None]:
        """Have the challenge answered meanwhile."""
        account = self._session.key
        assert account is not None
        with ExitStack() as stack:
            if isinstance(challenge, challenges.DNS01):
                assert self._dns is not None
                stack.callback(self._dns.answer(name, challenge.validation(account)))
            else:
                self._open(challenge, name, account, stack)
            yield

    def _open(self, challenge: Any, name: str, account: JWK, stack: ExitStack) -> None:
        """Have it answered by our own listeners, or those of the servers that share the storage."""
        token = challenge.encode("token")
        if self._shared is not None:
            authorization = challenge.key_authorization(account)
            stack.enter_context(self._shared.offered(challenge.typ, name, token, authorization))
        if isinstance(challenge, TlsAlpn):
            server_name = challenge_server_name(name)
            self._answers.open_tls(server_name, proof(name, challenge.validation(account)))
            stack.callback(self._answers.close_tls, server_name)
        else:
            self._answers.open_http(name, token, challenge.validation(account))
            stack.callback(self._answers.close_http, token)

    def renewal_time(self, chain: str) -> dict[str, Any] | None:
        """When the authority wants the certificate renewed, and what to note; None if it does not say."""
        self._session.open()
        with mapped():
            when, _ = self._session.remote.renewal_time(chain.encode())
        return None if when is None else {"renewal_time": when.timestamp(), "asked": time.time()}


def _request(name: str, key: str) -> bytes:
    """A certificate signing request in PEM."""
    private: Any = load_pem_private_key(key.encode(), None)
    return (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([]))
        .add_extension(x509.SubjectAlternativeName([general_name(name)]), critical=False)
        .sign(private, digest_of(private))
        .public_bytes(Encoding.PEM)
    )
