"""What is hidden acts as if it were missing, however it is asked for."""

from __future__ import annotations

import pytest

from .conftest import request, status

SPELLINGS = ("/{}", "//{}", "/./{}", "/x/../{}", "/{}/", "/{}%00", "/{}?x", "/%2e/{}", "/x/%2e%2e/{}")


def spelled(name: str) -> list[str]:
    """The ways to ask for a name, one of them with its first letter escaped."""
    return [spelling.format(name) for spelling in SPELLINGS] + [f"/%{ord(name[0]):02x}{name[1:]}"]


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "site"
    (folder / ".git" / "objects").mkdir(parents=True)
    (folder / "private").mkdir()
    for name in (".git/config", ".git/objects/x", "private/x", "key.pem", "shown.txt"):
        (folder / name).write_text("content of " + name)
    return folder


@pytest.mark.parametrize("name", [".git/config", ".git/objects/x", "private/x", "key.pem"])
async def test_no_spelling_shows_a_hidden_file(site, root, name):
    async with site(f"root {root}\nfile_server browse {{\nhide .git {root}/private *.pem\n}}") as running:
        for target in spelled(name):
            answer = await running.ask(request(target))
            assert b"content of" not in answer, target
            assert status(answer) in (400, 404), target
        assert b"content of" in await running.ask(request("/shown.txt"))


async def test_a_list_of_a_folder_leaves_out_what_is_hidden(site, root):
    async with site(f"root {root}\nfile_server browse {{\nhide .git {root}/private *.pem\n}}") as running:
        for accept in ("text/html", "application/json", "text/plain"):
            answer = await running.ask(request("/", f"Accept: {accept}"))
            assert b"shown.txt" in answer
            assert not [name for name in (b".git", b"private", b"key.pem") if name in answer]


async def test_the_configuration_is_never_served(site, root):
    """Its file is hidden by its path: another one of that name is not."""
    (root / "private" / "Caddyfile").write_text("content of an example")
    async with site(f"root {root}\nfile_server browse", root / "Caddyfile") as running:
        for target in spelled("Caddyfile"):
            answer = await running.ask(request(target))
            assert b"file_server" not in answer, target
            assert status(answer) in (400, 404), target
        assert b"Caddyfile" not in await running.ask(request("/"))
        assert b"content of an example" in await running.ask(request("/private/Caddyfile"))


async def test_imported_files_are_never_served(site, root):
    (root / "snippet.conf").write_text("header X-Snippet yes\n")
    async with site(f"import {root}/snippet.conf\nroot {root}\nfile_server") as running:
        answer = await running.ask(request("/snippet.conf"))
        assert status(answer) == 404
        assert b"X-Snippet: yes" in answer
