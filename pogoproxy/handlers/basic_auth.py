"""`basic_auth [<matcher>] [bcrypt|argon2id [<realm>]] { <user> <hash> }`: asks for a password.

`basicauth` is its old name.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from ..adapt.adaptation import Adaptation
from ..adapt.directive import handler
from ..adapt.emit import plain
from ..caddyfile.cursor import Cursor
from ..module import Handler, Module

ALGORITHMS = ("bcrypt", "argon2id")


class PasswordHash(Module, frozen=True, tag_field="algorithm"):
    """How passwords are hashed."""

    NAMESPACE: ClassVar[str] = "http.authentication.hashes"


class Bcrypt(PasswordHash, frozen=True, tag="bcrypt"):
    """Bcrypt; a hash says itself with which cost it was made."""


class Argon2id(PasswordHash, frozen=True, tag="argon2id"):
    """Argon2id; a hash says itself with which parameters it was made."""


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


def syntax(cursor: Cursor, adaptation: Adaptation) -> Authentication:
    """The accounts; Caddy's cache of checked passwords is on."""
    if cursor.name == "basicauth":
        adaptation.warn("the 'basicauth' directive is deprecated, please use 'basic_auth' instead!")
    name = cursor.maybe()
    realm = cursor.maybe()
    cursor.finish()
    algorithm = name.text if name else ALGORITHMS[0]
    if algorithm not in ALGORITHMS:
        raise cursor.error(f"unrecognized hash algorithm: {algorithm}")
    hashing = Bcrypt() if algorithm == "bcrypt" else Argon2id()
    provider = BasicAuth(
        hash=adaptation.emit(hashing),
        accounts=tuple(map(_account, cursor.block())),
        realm=realm.text if realm else "",
        hash_cache=HashCache(),
    )
    return Authentication(providers={"http_basic": plain(provider)})


def _account(line: Cursor) -> Account:
    word = line.maybe()
    line.finish_line()
    if not line.name or word is None or not word.text:
        raise line.error("username and password cannot be empty or missing")
    return Account(username=line.name, password=word.text)


DIRECTIVE = handler("basic_auth", syntax)
DEPRECATED = handler("basicauth", syntax)
