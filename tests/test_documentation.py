"""Every Caddyfile that the project shows can be run, without a warning: what a reader copies must work.

And everything that a Caddyfile may say is on a page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from pogoproxy.cli import main
from pogoproxy.standard import LANGUAGE, REGISTRY

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```caddyfile\n(.*?)^```$", re.MULTILINE | re.DOTALL)
REFUSED = re.compile(r"(\w+) is (?:understood but not supported yet|not supported[:;])")
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def blocks() -> Iterator[tuple[str, str]]:
    """Each fenced Caddyfile with the place where it stands."""
    for page in PAGES:
        text = page.read_text()
        for block in BLOCK.finditer(text):
            line = text.count("\n", 0, block.start()) + 1
            yield f"{page.relative_to(ROOT)}:{line}", block[1]


def caddyfiles() -> Iterator[tuple[str, str]]:
    """Each Caddyfile that stands in a file of its own."""
    for folder in ("examples", "conf"):
        for file in sorted((ROOT / folder).rglob("Caddyfile*")):
            yield str(file.relative_to(ROOT)), file.read_text()


SHOWN = [pytest.param(text, id=place) for place, text in (*blocks(), *caddyfiles())]


@pytest.mark.parametrize("text", SHOWN)
def test_a_shown_caddyfile_can_be_run(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Unless it shows what is known to be adapted only."""
    config = tmp_path / "Caddyfile"
    config.write_text(text)
    status = main(["adapt", "--validate", "--config", str(config)])
    told = capsys.readouterr().err
    refused = set(REFUSED.findall(told))
    assert refused <= not_run_yet(), told
    assert refused or (status, told) == (0, "")


def not_run_yet() -> set[str]:
    """What the page for users of Caddy says is understood and not run yet."""
    _, _, section = (ROOT / "docs" / "coming-from-caddy.md").read_text().partition("## Understood, not run yet")
    return set(re.findall(r"\w+", section.partition("\n## ")[0]))


@pytest.mark.parametrize("folder, names", [("directives", LANGUAGE.directives), ("matchers", REGISTRY.matchers)])
def test_each_directive_and_each_matcher_has_a_page(folder: str, names: Mapping[str, object]) -> None:
    shown = "".join(page.read_text() for page in (ROOT / "docs" / folder).glob("*.md"))
    assert not [name for name in names if not re.search(rf"^(##? |`){name}\b", shown, re.MULTILINE)]


@pytest.mark.parametrize("name", LANGUAGE.options)
def test_each_option_is_on_a_page(name: str) -> None:
    pages = (ROOT / "docs" / "options").glob("*.md")
    assert any(re.search(rf"^\t{name}\b", page.read_text(), re.MULTILINE) for page in pages)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    assert not [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()]
