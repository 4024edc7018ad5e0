"""The directive `file_server`: its settings, and the configuration's own files."""

from typing import Any

import pytest

from pogoproxy.handlers.file_server.hiding import is_hidden
from tests.adapted import handler, mistakes


def settings(text: str) -> dict[str, Any]:
    found = handler(f"file_server {text}")
    assert found.pop("handler") == "file_server"
    return found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {}),
        ("browse", {"browse": {}}),
        (
            "{\nbrowse list.html {\nsort size desc\nfile_limit 5\nreveal_symlinks\n}\n}",
            {
                "browse": {
                    "template_file": "list.html",
                    "sort": ["size", "desc"],
                    "file_limit": 5,
                    "reveal_symlinks": True,
                }
            },
        ),
        ("{\nroot /srv\nindex a.html b.html\n}", {"root": "/srv", "index_names": ["a.html", "b.html"]}),
        (
            "{\nprecompressed\n}",
            {"precompressed": {"br": {}, "gzip": {}, "zstd": {}}, "precompressed_order": ["br", "zstd", "gzip"]},
        ),
        ("{\nstatus 404\npass_thru\n}", {"status_code": 404, "pass_thru": True}),
        ("{\nstatus {vars.code}\n}", {"status_code": "{http.vars.code}"}),
        ("{\ndisable_canonical_uris\n}", {"canonical_uris": False}),
    ],
)
def test_a_setting_sets_its_field(text: str, found: dict[str, Any]) -> None:
    assert settings(text) == {"hide": ["./Caddyfile"], **found}


def test_the_configuration_is_hidden_unless_a_pattern_hides_it_already() -> None:
    assert settings("{\nhide .git *.log\nhide x\n}")["hide"] == [".git", "*.log", "x", "./Caddyfile"]
    assert settings("{\nhide Caddy*\n}")["hide"] == ["Caddy*"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("brows", "wrong argument count or unexpected line ending after 'brows'"),
        ("{\nrot /srv\n}", "unknown subdirective 'rot'"),
        ("browse {\nbrowse\n}", "browsing is already configured"),
        ("{\nbrowse {\nsort age\n}\n}", "unknown sort option 'age'"),
        ("{\nbrowse {\nfile_limit many\n}\n}", "file_limit should have an integer value"),
        ("{\nprecompressed lzma\n}", "getting module named 'http.precompressed.lzma'"),
    ],
)
def test_a_mistake_is_worded(text: str, message: str) -> None:
    (found,) = mistakes(f"file_server {text}")
    assert found.startswith(message)


@pytest.mark.parametrize(
    ("path", "pattern", "hidden"),
    [
        ("/srv/.git/config", ".git", True),
        ("/srv/a.log", "*.log", True),
        ("/srv/logs/a.txt", "*.log", False),
        ("/srv/private/a", "/srv/private", True),
        ("/srv/privateer/a", "/srv/private", False),
        ("/srv/private", "/srv/private", True),
        ("/srv/a/b.txt", "/srv/*/b.txt", True),
        ("/srv/a/c/b.txt", "/srv/*/b.txt", False),
    ],
)
def test_a_pattern_hides_a_name_anywhere_or_a_folder_with_all_below_it(path: str, pattern: str, hidden: bool) -> None:
    assert is_hidden(path, [pattern]) is hidden
