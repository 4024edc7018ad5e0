"""Comparing a password with its hash, in constant time; each kind over the library that does it."""

from __future__ import annotations

from collections.abc import Callable

from ...errors import ConfigError

Compare = Callable[[bytes, bytes], bool]
"""Whether the hash is the password's. Slow on purpose, so it is called in a thread."""

_LOOKED_AT = 72
"""Bytes; bcrypt looks at no more."""


def bcrypt_comparer() -> Compare:
    """For bcrypt; ConfigError if its package is not installed."""
    try:
        import bcrypt
    except ModuleNotFoundError:
        raise ConfigError("basic_auth needs the package bcrypt: pip install 'pogoproxy[auth]'") from None

    def compare(hashed: bytes, password: bytes) -> bool:
        try:
            return bcrypt.checkpw(password[:_LOOKED_AT], hashed)
        except ValueError:  # a NUL byte in the password, which no hash was made of
            return False

    return compare


def argon2id_comparer() -> Compare:
    """For argon2id; ConfigError if its package is not installed."""
    try:
        from argon2 import exceptions, low_level
    except ModuleNotFoundError:
        raise ConfigError("argon2id needs the package argon2-cffi: pip install 'pogoproxy[auth]'") from None

    def compare(hashed: bytes, password: bytes) -> bool:
        try:
            return low_level.verify_secret(hashed, password, low_level.Type.ID)
        except (exceptions.Argon2Error, exceptions.InvalidHashError):
            return False

    return compare
