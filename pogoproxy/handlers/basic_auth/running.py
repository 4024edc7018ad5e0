"""The check of a request's name and password, and the memory of those that were checked."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import os
import re
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import msgspec

from ...errors import ConfigError, HandlerError
from ...http.exchange import Endpoint, Exchange, Middleware
from ...http.headers import HeaderList, find, replace
from ...module import Context
from .hashes import Compare

if TYPE_CHECKING:
    from .config import Argon2id, BasicAuth, Bcrypt, PasswordHash

_REMEMBERED = 1000
"""Checked passwords; as Caddy."""
_WAITING = 256
"""Checks at once. Each costs as much as the hash was meant to, so a flood of guesses must not fill the memory."""


def middleware(providers: Mapping[str, msgspec.Raw], context: Context) -> Middleware:
    """The check; ConfigError for a provider that is unknown or malformed."""
    for name in providers:
        if name != "http_basic":
            raise ConfigError(f"unknown module: http.authentication.providers.{name}", path=f"providers.{name}")
    if not providers:
        raise ConfigError("authentication has no providers", path="providers")
    return _Check(providers["http_basic"], context).middleware


class _Check:
    """The provider `http_basic`."""

    def __init__(self, raw: msgspec.Raw, context: Context) -> None:
        from .config import Argon2id, BasicAuth, Bcrypt, PasswordHash

        try:
            config = msgspec.json.decode(raw, type=BasicAuth)
        except msgspec.MsgspecError as wrong:
            raise ConfigError(str(wrong), path="providers.http_basic") from None
        hashing: PasswordHash = Bcrypt()
        if not isinstance(config.hash, msgspec.UnsetType):
            hashing = context.registry.guest(PasswordHash, config.hash, "hash")
        assert isinstance(hashing, Bcrypt | Argon2id)
        self._accounts = _accounts(config, hashing)
        self._challenge = f'Basic realm="{config.realm or "restricted"}"'.encode()
        self._passwords = Passwords(hashing.comparer(), remembers=config.hash_cache is not None)
        context.stack.callback(self._passwords.close)

    def middleware(self, following: Endpoint) -> Endpoint:
        """The handler."""

        async def endpoint(exchange: Exchange) -> None:
            user = await self._user(exchange.headers)
            if user is None:
                replace(exchange.response_headers, b"Www-Authenticate", self._challenge)
                raise HandlerError(401, "not authenticated")
            exchange.values["http.auth.user.id"] = user
            await following(exchange)

        return endpoint

    async def _user(self, headers: HeaderList) -> str | None:
        given = credentials(headers)
        if given is None or not self._accounts:
            return None
        user, password = given
        hashed = self._accounts.get(user)
        # An unknown user's password is compared, too: with a hash as dear as the others, so that the time it takes
        # does not tell which names there are.
        is_right = await self._passwords.match(user, hashed or next(iter(self._accounts.values())), password)
        return user if is_right and hashed is not None else None


def _accounts(config: BasicAuth, hashing: Bcrypt | Argon2id) -> dict[str, bytes]:
    """The hashes by user; ConfigError for one that is none."""
    found: dict[str, bytes] = {}
    for number, account in enumerate(config.accounts):
        path = f"providers.http_basic.accounts[{number}]"
        name, hashed = _filled(account.username), _filled(account.password).encode()
        if not name or not hashed:
            raise ConfigError("username and password are required", path=path)
        if name in found:
            raise ConfigError(f"username is not unique: {name}", path=path)
        if not hashed.startswith(b"$"):
            hashed = _from_base64(hashed, path)
        if not hashing.is_hash(hashed):
            raise ConfigError(f"the password of {name} is no hash; make one with hash-password", path=path)
        found[name] = hashed
    return found


def _from_base64(text: bytes, path: str) -> bytes:
    """Caddy's older way of writing a hash."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as wrong:
        raise ConfigError(f"base64-decoding password: {wrong}", path=path) from None


def _filled(text: str) -> str:
    """The text with `{env.*}`, the placeholders that mean something before there are requests."""
    return re.sub(r"\{env\.([^}]+)\}", lambda found: os.environ.get(found[1], ""), text)


def credentials(headers: HeaderList) -> tuple[str, bytes] | None:
    """Name and password of the field Authorization (RFC 7617 section 2)."""
    scheme, _, encoded = (find(headers, b"authorization") or b"").partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        user, colon, password = base64.b64decode(encoded.strip(), validate=True).partition(b":")
    except binascii.Error:
        return None
    return (user.decode(errors="surrogateescape"), password) if colon else None


class Passwords:
    """Compares passwords in threads, each one once at a time, and remembers the outcome if it `remembers`.

    What is remembered is a keyed digest, so that no password lies in the memory.
    """

    def __init__(self, compare: Compare, *, remembers: bool) -> None:
        self._compare = compare
        self._remembers = remembers
        self._key = secrets.token_bytes(32)
        self._known: OrderedDict[bytes, bool] = OrderedDict()
        self._running: dict[bytes, asyncio.Future[bool]] = {}
        self._threads = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="passwords")

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def match(self, user: str, hashed: bytes, password: bytes) -> bool:
        """Whether the hash is the password's; HandlerError (503) if too many wait for an answer.

        It is remembered for that user alone. Else a password that was tried for an unknown one would be quick for all
        unknown ones, and slow for those that there are.
        """
        given = b"\0".join((user.encode(errors="surrogateescape"), hashed, password))
        digest = hashlib.blake2b(given, key=self._key, digest_size=32).digest()
        known = self._known.get(digest)
        if known is not None:
            return known
        running = self._running.get(digest)
        if running is None:
            if len(self._running) >= _WAITING:
                raise HandlerError(503, "too many passwords to check")
            running = asyncio.get_running_loop().run_in_executor(self._threads, self._compare, hashed, password)
            self._running[digest] = running
            running.add_done_callback(lambda done: self._finished(digest, done))
        # A client that leaves must not cancel what others wait for.
        return await asyncio.shield(running)

    def _finished(self, digest: bytes, done: asyncio.Future[bool]) -> None:
        del self._running[digest]
        if done.cancelled() or done.exception() is not None or not self._remembers:
            return
        self._known[digest] = done.result()
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
