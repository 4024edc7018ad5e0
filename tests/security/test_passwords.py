"""What `basic_auth` tells by the time it takes."""

from __future__ import annotations

import base64
import time

import bcrypt
import pytest

from pogoproxy.handlers.basic_auth.running import Passwords

from .conftest import request, status

COST = 10
"""As a power of two; some 50 ms, so that anything else is lost in it."""


@pytest.fixture(scope="module")
def hashed():
    return bcrypt.hashpw(b"right", bcrypt.gensalt(COST, prefix=b"2a")).decode()


async def test_an_unknown_user_costs_what_a_known_one_costs(site, hashed):
    async with site(f"basic_auth {{\nada {hashed}\n}}\nrespond ok") as running:

        async def cost(user, password):
            value = base64.b64encode(f"{user}:{password}".encode()).decode()
            start = time.process_time()
            assert status(await running.ask(request("/", f"Authorization: Basic {value}"))) == 401
            return time.process_time() - start

        known = min([await cost("ada", f"wrong{number}") for number in range(3)])
        unknown = min([await cost("eve", f"wrong{number}") for number in range(3)])
    assert unknown > known / 3


async def test_a_password_that_was_tried_for_one_user_tells_nothing_of_another():
    """If it were remembered for all unknown users, a quick refusal would say that there is no such user."""
    compared = []

    def compare(hashed, password):
        compared.append((hashed, password))
        return False

    passwords = Passwords(compare, remembers=True)
    for user in ("eve", "eve", "mallory", "ada"):
        await passwords.match(user, b"hash", b"guess")
    assert len(compared) == 3
    passwords.close()


async def test_the_password_does_not_reach_what_is_behind(site, hashed):
    value = base64.b64encode(b"ada:right").decode()
    async with site(f"basic_auth {{\nada {hashed}\n}}\nrespond {{http.auth.user.id}}") as running:
        answer = await running.ask(request("/", f"Authorization: Basic {value}"))
    assert answer.endswith(b"ada")
