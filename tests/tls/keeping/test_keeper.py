from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from pogoproxy.standard import REGISTRY
from pogoproxy.tls.automation import AutomationPolicy
from pogoproxy.tls.issuers import Issuer
from pogoproxy.tls.issuing.issuer import IssuanceError, Issued, RunningIssuer
from pogoproxy.tls.keeping import resources
from pogoproxy.tls.keeping.demand import OnDemandGate
from pogoproxy.tls.keeping.files import FileStorage
from pogoproxy.tls.keeping.keeper import Keeper, Unavailable
from pogoproxy.tls.keeping.messages import Ask
from pogoproxy.tls.keeping.policies import Policies
from pogoproxy.tls.keeping.sources import Source
from tests.tls.certificates import Made, make
from tests.tls.conftest import until
from tests.tls.responder import answer, responding


class Clock:
    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


class Scripted:
    """An issuer that does what the test says."""

    key = "scripted"
    suggests_renewals = True

    def __init__(self, *, is_quick: bool = True, days: float = 30) -> None:
        self.is_quick = is_quick
        self.days = days
        self.asked: list[str] = []
        self.retries: list[bool] = []
        self.failures: list[IssuanceError] = []
        self.clock = Clock()
        self.wanted = 0.0
        self.questions = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.authority = make("authority", is_authority=True)
        self.extensions: tuple[x509.ExtensionType, ...] = ()
        self.issued: list[Made] = []

    async def issue(self, name: str, key: str, *, is_retry: bool = False) -> Issued:
        self.asked.append(name)
        self.retries.append(is_retry)
        await self.gate.wait()
        if self.failures:
            raise self.failures.pop(0)
        private: Any = load_pem_private_key(key.encode(), None)
        made = make(name, issuer=self.authority, days=self.days, key=private, extensions=self.extensions)
        self.issued.append(made)
        return Issued(made.pem + self.authority.pem)

    async def renewal_time(self, chain: str) -> dict[str, Any] | None:
        if self.wanted:
            self.questions += 1
            return {"renewal_time": self.wanted, "asked": self.clock()}
        return None


@contextlib.asynccontextmanager
async def keeping(
    folder: Path,
    *issuers: Scripted,
    clock: Clock | None = None,
    policy: AutomationPolicy | None = None,
    limit: float = 30.0,
    gate: OnDemandGate | None = None,
) -> AsyncIterator[Keeper]:
    """A keeper whose policies all have these issuers."""
    left = list(issuers)

    def maker(_: Issuer) -> RunningIssuer:
        return left.pop(0)

    raw = tuple(msgspec.Raw(b'{"module":"internal"}') for _ in issuers)
    config = msgspec.structs.replace(policy or AutomationPolicy(), issuers=raw)
    policies = Policies((config,), REGISTRY, maker)
    keeper = Keeper(FileStorage(folder, limit), policies, gate, clock=clock or Clock())
    running = asyncio.create_task(keeper.run())
    try:
        yield keeper
    finally:
        running.cancel()
        await asyncio.wait([running])


async def answered(keeper: Keeper, name: str, **more: Any) -> tuple[str, ...]:
    """The names of the certificate that is given."""
    certificates, _ = await keeper.answer(Ask(1, name, **more))
    return certificates[0].names


async def test_a_managed_name_gets_its_certificate_and_keeps_it(tmp_path: Path):
    issuer = Scripted()
    async with keeping(tmp_path, issuer) as keeper:
        await keeper.manage(["a.example.com"])
        assert await answered(keeper, "a.example.com") == ("a.example.com",)
    assert resources.load(FileStorage(tmp_path), "scripted", "a.example.com") is not None
    again = Scripted()
    async with keeping(tmp_path, again) as keeper:
        await keeper.manage(["a.example.com"])
        assert await answered(keeper, "a.example.com") == ("a.example.com",)
    assert again.asked == []


async def test_a_slow_authority_keeps_nobody_waiting(tmp_path: Path):
    issuer = Scripted(is_quick=False)
    issuer.gate.clear()
    async with keeping(tmp_path, issuer) as keeper:
        await keeper.manage(["a.example.com"])
        with pytest.raises(Unavailable, match="not obtained yet") as refused:
            await answered(keeper, "a.example.com")
        assert refused.value.is_known
        issuer.gate.set()
        await until(lambda: keeper.inventory.covers("a.example.com"))


async def test_a_failure_is_told_and_tried_again_later(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    issuer, clock = Scripted(), Clock()
    issuer.failures = [IssuanceError("no such domain")]
    async with keeping(tmp_path, issuer, clock=clock) as keeper:
        await keeper.manage(["a.example.com"])
        with pytest.raises(Unavailable, match="no such domain"):
            await answered(keeper, "a.example.com")
        assert keeper.report() == [{"name": "a.example.com", "error": "no such domain"}]
        clock.ahead = 61
        await keeper.manage([])
        await until(lambda: keeper.inventory.covers("a.example.com"))
    assert issuer.retries == [False, True]
    assert "retry_in=60s" in caplog.text


async def test_the_next_issuer_takes_over(tmp_path: Path):
    first, second = Scripted(), Scripted()
    first.failures = [IssuanceError("down")]
    async with keeping(tmp_path, first, second) as keeper:
        await keeper.manage(["a.example.com"])
        assert await answered(keeper, "a.example.com") == ("a.example.com",)
    assert (first.asked, second.asked) == (["a.example.com"], ["a.example.com"])


async def test_a_certificate_is_renewed_in_time_and_everybody_is_told(tmp_path: Path):
    issuer, clock, told = Scripted(), Clock(), []
    async with keeping(tmp_path, issuer, clock=clock) as keeper:
        keeper.on_change = lambda: told.append(1)
        await keeper.manage(["a.example.com"])
        await until(lambda: told)
        (first,), _ = await keeper.answer(Ask(1, "a.example.com"))
        clock.ahead = 21 * 86400
        issuer.days = 60
        await keeper.manage([])
        await until(lambda: len(told) == 2)
        (second,), _ = await keeper.answer(Ask(1, "a.example.com"))
    assert first.fingerprint != second.fingerprint
    assert first.key != second.key


async def test_an_authority_may_ask_for_an_early_renewal(tmp_path: Path):
    issuer, clock, told = Scripted(), Clock(), []
    issuer.clock, issuer.wanted = clock, clock() + 15 * 86400
    async with keeping(tmp_path, issuer, clock=clock) as keeper:
        keeper.on_change = lambda: told.append(1)
        await keeper.manage(["a.example.com"])
        await until(lambda: told)
        clock.ahead = 6 * 3600 + 1
        await keeper.manage([])
        await until(lambda: issuer.questions == 2)
        assert issuer.asked == ["a.example.com"]
        issuer.wanted, clock.ahead = clock(), 13 * 3600
        issuer.days = 60
        await keeper.manage([])
        await until(lambda: len(told) == 2)
    assert issuer.asked == ["a.example.com"] * 2, "the new one is not renewed at once, whatever the authority says"


async def test_a_key_is_reused_if_that_is_wanted(tmp_path: Path):
    issuer, clock, told = Scripted(), Clock(), []
    policy = AutomationPolicy(reuse_private_keys=True)
    async with keeping(tmp_path, issuer, clock=clock, policy=policy) as keeper:
        keeper.on_change = lambda: told.append(1)
        await keeper.manage(["a.example.com"])
        await until(lambda: told)
        (first,), _ = await keeper.answer(Ask(1, "a.example.com"))
        clock.ahead, issuer.days = 21 * 86400, 60
        await keeper.manage([])
        await until(lambda: len(told) == 2)
        (second,), _ = await keeper.answer(Ask(1, "a.example.com"))
    assert first.key == second.key


async def test_an_authority_that_is_asked_does_not_shorten_the_pause_after_failures(tmp_path: Path):
    issuer, clock, told = Scripted(), Clock(), []
    issuer.clock, issuer.wanted = clock, clock() + 15 * 86400
    async with keeping(tmp_path, issuer, clock=clock) as keeper:
        keeper.on_change = lambda: told.append(1)
        await keeper.manage(["a.example.com"])
        await until(lambda: told)
        issuer.failures = [IssuanceError("down", retry_after=7 * 3600)]
        clock.ahead = 16 * 86400
        await keeper.manage([])
        await until(keeper.report)
        clock.ahead += 6.5 * 3600
        await keeper.manage([])
        clock.ahead += 3600
        await keeper.manage([])
        await until(lambda: len(issuer.asked) == 3)
    assert issuer.retries == [False, False, True]


@pytest.mark.parametrize("reason", [x509.ReasonFlags.key_compromise, x509.ReasonFlags.superseded])
async def test_what_an_authority_has_revoked_is_replaced(tmp_path: Path, reason: x509.ReasonFlags):
    issuer, clock = Scripted(), Clock()
    policy = AutomationPolicy(reuse_private_keys=True)
    with responding() as responder:
        issuer.extensions = (responder.extension,)
        async with keeping(tmp_path, issuer, clock=clock, policy=policy) as keeper:
            await keeper.manage(["a.example.com"])
            await until(lambda: len(responder.asked) == 1)
            (first,), _ = await keeper.answer(Ask(1, "a.example.com"))
            responder.answers[first.serial] = answer(issuer.issued[0], issuer.authority, is_revoked=True, reason=reason)
            clock.ahead = 3601
            await keeper.manage([])
            await until(lambda: len(issuer.issued) == 2 and len(responder.asked) == 3)
            (second,), _ = await keeper.answer(Ask(1, "a.example.com"))
    assert second.serial == issuer.issued[1].certificate.serial_number
    assert (second.key == first.key) is (reason is not x509.ReasonFlags.key_compromise)


async def test_nobody_is_asked_for_revocations_if_that_is_not_wanted(tmp_path: Path):
    issuer = Scripted()
    with responding() as responder:
        issuer.extensions = (responder.extension,)
        policy = AutomationPolicy(ocsp_overrides={responder.url: ""})
        async with keeping(tmp_path, issuer, policy=policy) as keeper:
            await keeper.manage(["a.example.com", "b.example.com"])
            await until(lambda: keeper.inventory.covers("a.example.com") and keeper.inventory.covers("b.example.com"))
        assert responder.asked == []


async def test_what_another_server_obtained_is_asked_about_soon(tmp_path: Path):
    """Its notes may be written in a way that we do not know."""
    issuer, clock = Scripted(), Clock()
    noted = tmp_path / "certificates" / "scripted" / "a.example.com" / "a.example.com.json"
    async with keeping(tmp_path, issuer, clock=clock) as keeper:
        await keeper.manage(["a.example.com"])
        await until(lambda: noted.exists() and "asked" in noted.read_text())
    noted.write_text('{"sans": ["a.example.com"], "issuer_data": {"url": "https://authority/1"}}')
    again = Scripted()
    again.clock, again.wanted = clock, clock() - 1
    async with keeping(tmp_path, again, clock=clock) as keeper:
        await keeper.manage(["a.example.com"])
        await until(lambda: again.issued)


async def test_a_storage_that_hangs_holds_up_nothing_but_its_own(tmp_path: Path):
    issuer = Scripted()
    folder = tmp_path / "certificates" / "scripted" / "a.example.com"
    folder.mkdir(parents=True)
    hanging = folder / "a.example.com.crt"
    os.mkfifo(hanging)
    try:
        async with keeping(tmp_path, issuer, limit=0.5) as keeper:
            await keeper.manage(["a.example.com", "b.example.com"])
            assert await answered(keeper, "b.example.com") == ("b.example.com",)
            (missing,) = keeper.report()
            assert missing["name"] == "a.example.com"
            assert missing["error"].endswith("does not answer for 0.5 seconds")
            with pytest.raises(Unavailable, match="does not answer"):
                await answered(keeper, "a.example.com")
    finally:
        os.close(os.open(hanging, os.O_RDWR))
    assert issuer.asked == ["b.example.com"], "there may be one already"


async def test_what_cannot_be_read_is_not_obtained_anew(tmp_path: Path):
    (tmp_path / "certificates" / "scripted" / "a.example.com" / "a.example.com.crt").mkdir(parents=True)
    issuer = Scripted()
    async with keeping(tmp_path, issuer) as keeper:
        await keeper.manage(["a.example.com"])
        assert "directory" in keeper.report()[0]["error"]
    assert issuer.asked == []


async def test_what_cannot_be_stored_is_served(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    issuer = Scripted()
    issuer.gate.clear()
    async with keeping(tmp_path, issuer) as keeper:
        await keeper.manage(["a.example.com"])
        await until(lambda: issuer.asked)
        (tmp_path / "certificates").write_text("in the way")
        issuer.gate.set()
        await until(lambda: keeper.inventory.covers("a.example.com"))
    assert "certificate not stored" in caplog.text


async def test_names_stand_in_for_others(tmp_path: Path):
    async with keeping(tmp_path, Scripted()) as keeper:
        await keeper.manage(["a.example.com"])
        await answered(keeper, "a.example.com")
        assert await answered(keeper, "", default="a.example.com") == ("a.example.com",)
        assert await answered(keeper, "else.where", fallback="a.example.com") == ("a.example.com",)
        with pytest.raises(Unavailable):
            await answered(keeper, "else.where", default="a.example.com")


async def test_an_unknown_name_is_not_ours(tmp_path: Path):
    async with keeping(tmp_path, Scripted()) as keeper:
        with pytest.raises(Unavailable) as refused:
            await answered(keeper, "else.where")
    assert not refused.value.is_known


async def test_nothing_is_obtained_on_demand_unless_somebody_allows_it(tmp_path: Path):
    issuer = Scripted()
    async with keeping(tmp_path, issuer, policy=AutomationPolicy(on_demand=True)) as keeper:
        with pytest.raises(Unavailable, match="on demand"):
            await answered(keeper, "a.example.com")
    assert issuer.asked == []


class Anybody(OnDemandGate):
    """Lets all names have certificates."""

    async def allows(self, name: str) -> bool:
        return True


async def test_what_is_on_demand_is_obtained_when_a_client_asks_and_for_its_name(tmp_path: Path):
    issuer = Scripted()
    policy = AutomationPolicy(on_demand=True)
    async with keeping(tmp_path, issuer, policy=policy, gate=Anybody("")) as keeper:
        await keeper.manage(["*.example.com", "example.com"])
        assert await answered(keeper, "a.example.com") == ("a.example.com",)
    assert issuer.asked == ["a.example.com"]


async def test_loaded_files_are_served_and_loaded_again_when_they_change(tmp_path: Path):
    certificate, key = make("a.example.com").write(tmp_path, "a")
    async with keeping(tmp_path / "data", Scripted()) as keeper:
        keeper.files.load(Source(str(certificate), str(key)))
        assert await answered(keeper, "a.example.com") == ("a.example.com",)
        make("b.example.com").write(tmp_path, "a")
        await until(lambda: keeper.inventory.covers("b.example.com"))
        assert not keeper.inventory.covers("a.example.com")
