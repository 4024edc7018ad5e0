"""`basic_auth [<matcher>] [bcrypt|argon2id [<realm>]] { <user> <hash> }`: asks for a password.

`basicauth` is its old name.
"""

from __future__ import annotations

from ...adapt.adaptation import Adaptation
from ...adapt.directive import handler
from ...adapt.emit import plain
from ...caddyfile.cursor import Cursor
from .config import ALGORITHMS, Account, Argon2id, Authentication, BasicAuth, Bcrypt, HashCache


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
