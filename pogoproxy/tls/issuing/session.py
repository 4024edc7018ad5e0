"""One account's conversation with an ACME authority (RFC 8555), by the `acme` library; it blocks, so it has a thread.

The library's exceptions end here: whatever fails is an `IssuanceError`.
"""

from __future__ import annotations

import contextlib
import datetime
import logging
import ssl
from collections.abc import Iterator
from typing import Any

import requests
import requests.adapters
from acme import client, errors, messages
from josepy.jwa import ES256, ES384, RS256, JWASignature
from josepy.jwk import JWK, JWKRSA

from ... import __version__
from ...units import seconds
from ..acme import DEFAULT_TIMEOUT, AcmeIssuer
from ..keeping.files import FileStorage
from . import keys, zerossl
from .accounts import Account, Accounts
from .issuer import IssuanceError

log = logging.getLogger(__name__)

_TRIES = 3
_ANSWER_TIMEOUT = 20
"""Seconds for one answer of the authority."""
_RATE_LIMIT_PAUSE = 3600.0


@contextlib.contextmanager
def mapped() -> Iterator[None]:
    """The library's errors, and those of what it is built on, as ours."""
    try:
        yield
    except messages.Error as problem:
        pause = _RATE_LIMIT_PAUSE if problem.code == "rateLimited" else 0.0
        raise IssuanceError(f"{problem.code or problem.typ}: {problem.detail}", retry_after=pause) from None
    except errors.ValidationError as failed:
        raise IssuanceError("; ".join(_reasons(failed))) from None
    except errors.TimeoutError:
        raise IssuanceError("the authority did not decide in time") from None
    except (errors.Error, requests.RequestException, ValueError) as wrong:
        raise IssuanceError(str(wrong) or type(wrong).__name__) from None


def _reasons(failed: errors.ValidationError) -> Iterator[str]:
    for authorization in failed.failed_authzrs:
        for challenge in authorization.body.challenges:
            if challenge.error is not None:
                yield f"{challenge.chall.typ} for {authorization.body.identifier.value}: {challenge.error.detail}"


class Session:
    """`open()` before use; it may be opened again."""

    def __init__(self, config: AcmeIssuer, storage: FileStorage) -> None:
        self.directory = config.directory
        self._config = config
        self._accounts = Accounts(storage, self.directory)
        self._client: client.ClientV2 | None = None
        self.key: JWK | None = None

    @property
    def remote(self) -> client.ClientV2:
        """The library's client, once open."""
        assert self._client is not None
        return self._client

    def open(self) -> None:
        """Use the account in the storage, or register one; IssuanceError if that fails."""
        if self._client is not None:
            return
        known = self._accounts.load(self._config.email)
        pem = known.key if known else self._config.account_key or keys.to_pem(keys.make())
        with mapped():
            self.key = key = JWK.load(pem.encode())
            net = _Patient(key, alg=_algorithm(key), user_agent=f"pogoproxy/{__version__}", timeout=_ANSWER_TIMEOUT)
            net.session.mount("https://", _Trusting(self._config.trusted_roots_pem_files))
            found = client.ClientV2(client.ClientV2.get_directory(self.directory, net), net)
            if known:
                net.account = messages.RegistrationResource(uri=known.location, body=messages.Registration())
            else:
                self._register(found, pem)
        self._client = found

    def _register(self, found: client.ClientV2, pem: str) -> None:
        binding = None
        external = self._config.external_account
        if external is None and self.directory.startswith(zerossl.DIRECTORIES):
            external = zerossl.external_account(self._config.email)
        if external is not None:
            binding = messages.ExternalAccountBinding.from_data(
                account_public_key=self.key.public_key(),  # type: ignore[union-attr]
                kid=external.key_id,
                hmac_key=external.mac_key,
                directory=found.directory,
            )
        wanted: dict[str, Any] = {"terms_of_service_agreed": True}
        if self._config.email:
            wanted["email"] = self._config.email
        if binding is not None:
            wanted["external_account_binding"] = binding
        try:
            registered = found.new_account(messages.NewRegistration.from_data(**wanted))
        except errors.ConflictError as conflict:  # the configured key has an account already
            registered = messages.RegistrationResource(uri=conflict.location, body=messages.Registration())
            found.net.account = registered
        contact = [f"mailto:{self._config.email}"] if self._config.email else []
        noted = {"status": "valid", "contact": contact, "termsOfServiceAgreed": True}
        self._accounts.store(self._config.email, Account(registered.uri, pem), noted)
        log.info("account registered directory=%s", self.directory)

    def forget(self) -> None:
        """The authority does not know the account any more; the next `open` registers another one."""
        self._accounts.delete(self._config.email)
        self._client = None

    def deadline(self) -> datetime.datetime:
        """When an order must be done, as the library wants it."""
        return datetime.datetime.now() + datetime.timedelta(
            seconds=seconds(self._config.acme_timeout) or DEFAULT_TIMEOUT
        )


class _Patient(client.ClientNetwork):
    """Takes a better nonce each time that it is sent one (RFC 8555 section 6.5), in reason. The library does so once,
    which is too little for an authority of many machines, and for pebble, which refuses one in twenty."""

    def post(self, *args: Any, **kwargs: Any) -> requests.Response:
        """See the library; each of our tries is two of its own."""
        for _ in range(_TRIES - 1):
            try:
                return super().post(*args, **kwargs)
            except messages.Error as error:
                if error.code != "badNonce":
                    raise
        return super().post(*args, **kwargs)


class _Trusting(requests.adapters.HTTPAdapter):
    """HTTPS by what these files trust, or by the usual authorities if there are none."""

    def __init__(self, files: tuple[str, ...]) -> None:
        self._context = ssl.create_default_context()
        if files:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            for file in files:
                self._context.load_verify_locations(file)
        super().__init__()

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        """See `HTTPAdapter`."""
        super().init_poolmanager(*args, ssl_context=self._context, **more)

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """The context says it all."""
        conn.cert_reqs = "CERT_REQUIRED"


def _algorithm(key: JWK) -> JWASignature:
    if isinstance(key, JWKRSA):
        return RS256
    return {256: ES256, 384: ES384}[key.key.key_size]
