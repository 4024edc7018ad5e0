"""`basic_auth` at work: who passes, what a check costs, and what is remembered."""

from __future__ import annotations

import asyncio
import base64

import bcrypt
import pytest
from argon2 import PasswordHasher

from pogoproxy.errors import ConfigError, HandlerError
from pogoproxy.handlers.basic_auth.running import Passwords, credentials
from tests.exchanges import answer, make

HASH = bcrypt.hashpw(b"right", bcrypt.gensalt(4, prefix=b"2a")).decode()


async def ask(user, password, *, hashed=HASH, **provider):
    value = b"Basic " + base64.b64encode(f"{user}:{password}".encode())
    exchange, recorder = make(headers=[(b"Authorization", value)])
    account = {"username": "ada", "password": hashed}
    handler = {"handler": "authentication", "providers": {"http_basic": {"accounts": [account], **provider}}}
    static = {"handler": "static_response", "body": "{http.auth.user.id}"}
    try:
        await answer([handler, static], exchange)
    except HandlerError as error:
        return error.status, dict(exchange.response_headers)[b"Www-Authenticate"]
    return recorder.status, recorder.body


async def test_a_right_password_passes_and_names_its_user():
    assert await ask("ada", "right") == (200, b"ada")


@pytest.mark.parametrize(("user", "password"), [("ada", "wrong"), ("bob", "right"), ("", ""), ("ada", "right\0")])
async def test_all_others_are_asked_for_one(user, password):
    assert await ask(user, password, realm="shop") == (401, b'Basic realm="shop"')


async def test_argon2id_is_understood():
    hashed = PasswordHasher(1, 8, 1).hash("right")
    provider = {"hash": {"algorithm": "argon2id"}}
    assert (await ask("ada", "right", hashed=hashed, **provider))[0] == 200
    assert (await ask("ada", "wrong", hashed=hashed, **provider))[0] == 401


@pytest.mark.parametrize("hashed", ["$plain", "cGxhaW4=", "plain text", "$2a$04$short"])
async def test_what_is_no_hash_is_refused(hashed):
    with pytest.raises(ConfigError):
        await ask("ada", "right", hashed=hashed)


class Counter:
    """A comparison that counts."""

    def __init__(self):
        self.calls = 0

    def __call__(self, hashed, password):
        self.calls += 1
        return hashed == password


@pytest.mark.parametrize(("remembers", "calls"), [(True, 1), (False, 2)])
async def test_an_outcome_is_remembered_if_that_is_wanted(remembers, calls):
    counted = Counter()
    passwords = Passwords(counted, remembers=remembers)
    for _ in range(2):
        assert await passwords.match("ada", b"x", b"x")
    assert counted.calls == calls
    passwords.close()


async def test_requests_at_once_with_one_password_share_one_comparison():
    counted = Counter()
    passwords = Passwords(counted, remembers=False)
    assert await asyncio.gather(*[passwords.match("ada", b"x", b"y") for _ in range(20)]) == [False] * 20
    assert counted.calls == 1
    passwords.close()


async def test_too_many_guesses_at_once_are_put_off():
    passwords = Passwords(Counter(), remembers=False)
    guesses = [passwords.match("ada", b"x", b"%d" % number) for number in range(300)]
    outcomes = await asyncio.gather(*guesses, return_exceptions=True)
    assert [outcome.status for outcome in outcomes if isinstance(outcome, HandlerError)] == [503] * 44
    passwords.close()


@pytest.mark.parametrize("value", [b"", b"Basic", b"Basic !", b"Bearer YTpi", b"Basic YWI="])
def test_what_is_no_pair_is_none(value):
    assert credentials([(b"authorization", value)]) is None
