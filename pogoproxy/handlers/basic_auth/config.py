"""The structs of `basic_auth`, key for key as Caddy has them."""

from __future__ import annotations

import re
from typing import ClassVar

import msgspec

from ...http.exchange import Middleware
from ...module import Context, Handler, Module
from .hashes import Compare, argon2id_comparer, bcrypt_comparer
from .running import middleware

ALGORITHMS = ("bcrypt", "argon2id")


class PasswordHash(Module, frozen=True, tag_field="algorithm"):
    """How passwords are hashed."""

    NAMESPACE: ClassVar[str] = "http.authentication.hashes"


class Bcrypt(PasswordHash, frozen=True, tag="bcrypt"):
    """Bcrypt; a hash says itself with which cost it was made."""

    def comparer(self) -> Compare:
        """What compares; ConfigError if the package for it is not installed."""
        return bcrypt_comparer()

    def is_hash(self, text: bytes) -> bool:
        """Whether it looks like a hash of this kind."""
        return re.fullmatch(rb"\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{53}", text) is not None


class Argon2id(PasswordHash, frozen=True, tag="argon2id"):
    """Argon2id; a hash says itself with which parameters it was made."""

    def comparer(self) -> Compare:
        """What compares; ConfigError if the package for it is not installed."""
        return argon2id_comparer()

    def is_hash(self, text: bytes) -> bool:
        """Whether it looks like a hash of this kind."""
        return text.startswith(b"$argon2id$")


class Account(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A user and the hash of the password."""

    username: str
    password: str


class HashCache(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Switches the cache of checked passwords on; it has no settings."""


class BasicAuth(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """The provider `http_basic`."""

    hash: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    accounts: tuple[Account, ...] = ()
    realm: str = ""
    hash_cache: HashCache | None = None


class Authentication(Handler, frozen=True, tag="authentication"):
    """Lets requests pass that a provider knows; others are answered by 401."""

    providers: dict[str, msgspec.Raw] = msgspec.field(default_factory=dict)

    def provision(self, context: Context) -> Middleware:
        """The check of all requests; ConfigError for what cannot run."""
        return middleware(self.providers, context)
