"""Caddy's own adaptation cases: a Caddyfile, a line of dashes, and the JSON or a part of the mistake."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from pogoproxy.adapt.adaptation import Adaptation
from pogoproxy.caddyfile.cursor import Cursor
from pogoproxy.caddyfile.render import render
from pogoproxy.config.adapt import adapt
from pogoproxy.errors import ConfigError, ConfigErrors
from pogoproxy.module import Registry
from pogoproxy.standard import LANGUAGE, MATCHERS, MODULES
from pogoproxy.tls.dns import DnsProvider
from pogoproxy.tls.leaf import ClientVerifier

LEAST_TEXT = 238
"""How many of Caddy's 239 cases must agree as text, too. As values all must."""


class MockProvider(DnsProvider, frozen=True, tag="mock"):
    """What Caddy's tests have for a DNS provider, since it comes with none."""

    argument: str = ""

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> MockProvider:
        word = cursor.maybe()
        return cls(argument=word.text if word else "")


class DummyVerifier(ClientVerifier, frozen=True, tag="dummy"):
    """What Caddy's tests have for a plug-in that verifies clients."""

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> DummyVerifier:
        return cls()


WITH_PLUGINS = replace(LANGUAGE, registry=Registry.of((*MODULES, MockProvider, DummyVerifier), MATCHERS))


class Case(NamedTuple):
    """A case; `wanted` begins with a brace if the Caddyfile is valid."""

    name: str
    given: str
    wanted: str

    def answer(self) -> str:
        """Our JSON, indented, or our mistake."""
        try:
            return adapt(self.given, "Caddyfile", WITH_PLUGINS).text(pretty=True).decode()
        except (ConfigError, ConfigErrors) as wrong:
            return render(wrong)

    def agrees(self, answer: str) -> bool:
        """Whether it is the same as values; which words refuse what Caddy refuses does not count."""
        if not (self.wanted.startswith("{") and answer.startswith("{")):
            return not self.wanted.startswith("{") and not answer.startswith("{")
        return bool(json.loads(answer) == json.loads(self.wanted))

    def is_equal(self, answer: str) -> bool:
        """Whether it is the same text."""
        return answer.strip() == self.wanted if self.wanted.startswith("{") else self.wanted in answer


@pytest.fixture
def cases(conformance: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Case]:
    """All cases, in a folder from which the files that they refer to are found."""
    folder = tmp_path / "integration"
    shutil.copytree(conformance / "testdata", folder / "testdata")
    for name in ("caddy.ca.cer", "leafcert.pem"):
        shutil.copy(conformance / name, tmp_path)
    monkeypatch.chdir(folder)
    return list(read(conformance / "adapt"))


def read(folder: Path) -> Iterator[Case]:
    for path in sorted(folder.iterdir()):
        given, wanted = path.read_text().replace("\r\n", "\n").split("-" * 10, 1)
        yield Case(path.stem, given.strip() + "\n", wanted.lstrip("-").strip())


def test_caddys_cases_adapt_as_they_do_in_caddy(cases: list[Case]) -> None:
    answers = {case: case.answer() for case in cases}
    different = [case.name for case in cases if not case.agrees(answers[case])]
    equal = sum(case.is_equal(answers[case]) for case in cases)
    assert not different, f"not as Caddy adapts them: {', '.join(different)}"
    assert equal >= LEAST_TEXT
