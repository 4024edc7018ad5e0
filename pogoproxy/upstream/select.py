"""Load balancing: which of the available targets answers a request.

A policy is made once for a handler and may remember things; it is asked for every request with the targets that are
available just then, and answers None only if there is none.
"""

from __future__ import annotations

import hmac
import random
from collections.abc import Callable, Sequence
from hashlib import blake2b

from ..http.exchange import Exchange
from ..http.headers import find
from ..http.request_placeholders import cookies
from .target import Target

Policy = Callable[[Sequence[Target], Exchange], Target | None]
Key = Callable[[Exchange], str]


def first(targets: Sequence[Target], _: Exchange) -> Target | None:
    """The first that is available."""
    return targets[0] if targets else None


def round_robin() -> Policy:
    """One after the other; the second goes first, as in Caddy."""
    turn = 0

    def choose(targets: Sequence[Target], _: Exchange) -> Target | None:
        nonlocal turn
        turn += 1
        return targets[turn % len(targets)] if targets else None

    return choose


def weighted_round_robin(weights: dict[Target, int]) -> Policy:
    """One after the other, each as many times in a row as its weight."""
    turn = -1

    def choose(targets: Sequence[Target], _: Exchange) -> Target | None:
        nonlocal turn
        turn += 1
        total = sum(weights.get(target, 0) for target in targets)
        at = turn % total if total else 0
        for target in targets:
            at -= weights.get(target, 0)
            if at < 0:
                return target
        return None

    return choose


def random_choice(rng: random.Random | None = None) -> Policy:
    """Any of them."""
    dice = rng or random.Random()

    def choose(targets: Sequence[Target], _: Exchange) -> Target | None:
        return targets[int(dice.random() * len(targets))] if targets else None

    return choose


def random_choose(count: int, rng: random.Random | None = None) -> Policy:
    """The least loaded of `count` random ones."""
    dice = rng or random.Random()

    def choose(targets: Sequence[Target], _: Exchange) -> Target | None:
        return least_loaded(dice.sample(targets, min(count, len(targets))), dice)

    return choose


def least_conn(rng: random.Random | None = None) -> Policy:
    """The one with the fewest requests under way; of several, any, so that an idle system spreads its load."""
    dice = rng or random.Random()
    return lambda targets, _: least_loaded(targets, dice)


def least_loaded(targets: Sequence[Target], dice: random.Random) -> Target | None:
    """One of those with the fewest requests under way."""
    if len(targets) < 2:
        return targets[0] if targets else None
    fewest = min([target.active for target in targets])
    lightest = [target for target in targets if target.active == fewest]
    return lightest[0] if len(lightest) == 1 else lightest[int(dice.random() * len(lightest))]


def hashed(key: Key, fallback: Policy | None = None) -> Policy:
    """The same target for the same key, as long as it is available; `fallback` chooses if there is no key.

    Rendezvous hashing: when a target comes or goes, only its own keys move.
    """

    def choose(targets: Sequence[Target], exchange: Exchange) -> Target | None:
        text = key(exchange)
        if not text and fallback is not None:
            return fallback(targets, exchange)
        return max(targets, key=lambda target: _score(text, target), default=None)

    return choose


def _score(text: str, target: Target) -> bytes:
    return blake2b(f"{target}\0{text}".encode(errors="surrogateescape"), digest_size=8).digest()


def sticky(cookie: str, secret: str, max_age: int, fallback: Policy) -> Policy:
    """The target that the client's cookie names, while it is available; else `fallback` chooses and a cookie is set.

    The value is the HMAC-SHA256 of the target's address, so that it tells nothing of the network behind us.
    """

    def value_for(target: Target) -> str:
        return hmac.new(secret.encode(), str(target.address).encode(), "sha256").hexdigest()

    def choose(targets: Sequence[Target], exchange: Exchange) -> Target | None:
        told = cookies(exchange).get(cookie)
        for target in targets:
            if told is not None and hmac.compare_digest(value_for(target).encode(), told.encode(errors="replace")):
                return target
        chosen = fallback(targets, exchange)
        if chosen is not None:
            field = f"{cookie}={value_for(chosen)}; Path=/" + (f"; Max-Age={max_age}" if max_age else "")
            is_private = exchange.scheme == "https" or (exchange.trusted and _came_by_https(exchange))
            field += "; HttpOnly; Secure; SameSite=None" if is_private else "; HttpOnly; SameSite=Lax"
            exchange.response_headers.append((b"Set-Cookie", field.encode()))
        return chosen

    return choose


def _came_by_https(exchange: Exchange) -> bool:
    return find(exchange.headers, b"x-forwarded-proto") == b"https"
