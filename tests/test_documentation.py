"""Every Caddyfile that the project shows can be run, without a warning: what a reader copies must work."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pogoproxy.cli import main

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```caddyfile\n(.*?)^```$", re.MULTILINE | re.DOTALL)
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
    config = tmp_path / "Caddyfile"
    config.write_text(text)
    status = main(["adapt", "--validate", "--config", str(config)])
    assert (status, capsys.readouterr().err) == (0, "")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    assert not [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()]
