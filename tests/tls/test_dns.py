from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from pogoproxy.errors import ConfigError, RuntimeFault
from pogoproxy.tls import dns
from pogoproxy.tls.dns import DnsChallenge, DnsProvider, ExecProvider, plugged_providers
from pogoproxy.tls.issuing.dns01 import DnsAnswers, check_settings
from pogoproxy.tls.issuing.issuer import IssuanceError


def hook(folder: Path, text: str) -> ExecProvider:
    path = folder / "hook"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o700)
    return ExecProvider(command=(str(path), "extra"))


def test_a_command_is_run_for_each_record(tmp_path: Path):
    editor = hook(tmp_path, f'echo "$@" >> {tmp_path}/said').editor()
    editor.add("_acme-challenge.example.com", "text")
    editor.remove("_acme-challenge.example.com", "text")
    assert (tmp_path / "said").read_text().splitlines() == [
        "extra present _acme-challenge.example.com text",
        "extra cleanup _acme-challenge.example.com text",
    ]


def test_a_command_that_fails_says_why(tmp_path: Path):
    with pytest.raises(RuntimeFault, match="status 3: no such zone"):
        hook(tmp_path, "echo no such zone >&2; exit 3").editor().add("a", "b")


class Known(DnsProvider, frozen=True, tag="known"):
    """A provider of another package."""


@pytest.fixture
def plugged(monkeypatch: pytest.MonkeyPatch):
    def plug(value: str) -> None:
        entry = EntryPoint("known", value, dns.PLUGINS)
        monkeypatch.setattr(dns, "entry_points", lambda group: [entry] if group == dns.PLUGINS else [])

    return plug


def test_other_packages_bring_providers(plugged):
    plugged("tests.tls.test_dns:Known")
    (found,) = plugged_providers()
    assert found.module_id() == "dns.providers.known"


def test_what_is_no_provider_is_refused(plugged):
    plugged("tests.tls.test_dns:hook")
    with pytest.raises(ConfigError, match="no DnsProvider"):
        plugged_providers()


@dataclass
class Records:
    """An editor in memory."""

    there: list[tuple[str, str]]

    def add(self, name: str, text: str) -> None:
        if name.endswith("broken"):
            raise RuntimeFault("no")
        self.there.append((name, text))

    def remove(self, name: str, text: str) -> None:
        self.there.remove((name, text))


def test_a_challenge_is_a_record_for_as_long_as_it_lasts():
    records, slept = Records([]), []
    answers = DnsAnswers(DnsChallenge(propagation_delay="5s"), records, slept.append)
    remove = answers.answer("*.example.com", "text")
    assert records.there == [("_acme-challenge.example.com", "text")]
    assert slept == [5.0]
    remove()
    assert records.there == []


def test_the_record_may_stand_elsewhere():
    records = Records([])
    DnsAnswers(DnsChallenge(override_domain="proof.example.net"), records, lambda _: None).answer("a", "text")
    assert records.there == [("proof.example.net", "text")]


def test_a_record_that_cannot_be_added_fails_the_order():
    with pytest.raises(IssuanceError):
        DnsAnswers(DnsChallenge(), Records([]), lambda _: None).answer("broken", "text")


def test_settings_without_effect_are_refused():
    with pytest.raises(ConfigError):
        check_settings(DnsChallenge(ttl="1m"))
