"""The page of `file_server browse`; JSON, text, order and cookies are compared with Caddy in `tests/differential`."""

from __future__ import annotations

import os
from html.parser import HTMLParser

import pytest

from pogoproxy.errors import ConfigError, HandlerError
from pogoproxy.handlers.file_server import listing_formats
from tests.exchanges import answer, make

NASTY = '<img src=x onerror="alert(1)">&.txt'


class Page(HTMLParser):
    """What a page links to, its texts, and whether all elements are closed."""

    def __init__(self, body: bytes) -> None:
        super().__init__()
        self.links: list[str] = []
        self.elements: list[str] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(body.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        if tag == "a":
            self.links.append(dict(attrs)["href"] or "")
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.fixture
def root(tmp_path):
    (tmp_path / "sub" / "deep").mkdir(parents=True)
    (tmp_path / "a:b c.txt").write_text("text")
    (tmp_path / "photo.PNG").write_bytes(b"png")
    (tmp_path / NASTY).write_text("x")
    (tmp_path / "link").symlink_to("/etc")
    (tmp_path / "broken").symlink_to("nowhere")
    (tmp_path / os.fsdecode(b"\xff.bin")).write_text("x")
    return tmp_path


async def browse(root, target="/", **browsing):
    exchange, recorder = make(target)
    await answer([{"handler": "file_server", "root": str(root), "browse": browsing}], exchange)
    assert recorder.status == 200
    return Page(recorder.body), recorder


async def test_a_page_links_to_all_entries(root):
    page, _ = await browse(root)
    names = {"./sub/", "./a:b%20c.txt", "./photo.PNG", "./link/", "./broken", "./%FF.bin"}
    assert names < set(page.links)
    assert not page.open


async def test_names_cannot_bring_markup_into_a_page(root):
    for layout in ("list", "grid"):
        page, recorder = await browse(root, f"/?layout={layout}")
        assert NASTY in page.texts
        assert b"<img src=x" not in recorder.body
        assert "script" not in page.elements
        assert b"default-src 'none'" in dict(recorder.headers)[b"Content-Security-Policy"]


async def test_the_way_to_a_folder_cannot_bring_markup_into_its_page(root):
    (root / "<b>&amp;").mkdir()
    page, recorder = await browse(root, "/%3Cb%3E&amp;/")
    assert "<b>&amp;" in page.texts
    assert b"<b>" not in recorder.body


async def test_folders_above_are_links(root):
    page, _ = await browse(root, "/sub/deep/")
    assert page.links[:2] == ["../../", "../"]


async def test_a_column_sorts_and_then_sorts_the_other_way(root):
    page, _ = await browse(root)
    assert "?sort=size&order=asc" in page.links
    page, _ = await browse(root, "/?sort=size&order=asc&layout=list")
    assert "?sort=size&order=desc&layout=list" in page.links


async def test_a_grid_shows_pictures(root):
    page, recorder = await browse(root, "/?layout=grid")
    assert page.elements.count("img") == 1
    assert b'src="./photo.PNG"' in recorder.body


async def test_where_links_lead_is_shown_on_demand(root):
    page, _ = await browse(root, reveal_symlinks=True)
    assert "→ /etc" in page.texts
    page, _ = await browse(root)
    assert "→ /etc" not in page.texts


async def test_what_is_hidden_by_its_path_is_not_listed(root):
    exchange, recorder = make("/")
    hidden = [str(root / "photo.PNG"), "sub"]
    await answer([{"handler": "file_server", "root": str(root), "browse": {}, "hide": hidden}], exchange)
    links = Page(recorder.body).links
    assert "./link/" in links
    assert not {"./photo.PNG", "./sub/"} & set(links)


async def test_a_hidden_folder_is_not_shown(root):
    exchange, _ = make("/sub/")
    with pytest.raises(HandlerError) as failure:
        await answer([{"handler": "file_server", "root": str(root), "browse": {}, "hide": ["sub"]}], exchange)
    assert failure.value.status == 404


async def test_a_template_is_refused(root):
    with pytest.raises(ConfigError, match="template"):
        await browse(root, template_file="page.html")


@pytest.mark.parametrize(
    ("size", "text"),
    [
        *((0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1025, "1.0 KiB"), (10189, "10 KiB"), (10240, "10 KiB")),
        *((1048576, "1.0 MiB"), (1 << 62, "4.0 EiB"), (1047552, "1023 KiB")),
    ],
)
def test_sizes_for_people(size, text):
    assert listing_formats.human_size(size) == text
