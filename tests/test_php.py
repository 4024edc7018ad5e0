"""PHP's programs: how they are found, and how php-fpm is configured."""

from __future__ import annotations

from pathlib import Path

import pytest

from pogoproxy import php
from pogoproxy.apps.frankenphp import AUTO, FrankenPHPApp
from pogoproxy.config.load import load
from pogoproxy.errors import RuntimeFault


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(php, "_FOLDERS", ())
    return tmp_path


def add(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).touch(mode=0o755)


@pytest.mark.parametrize(
    ("there", "found"),
    [
        (["php-fpm8.2"], "php-fpm8.2"),
        (["php-fpm8.2", "php-fpm8.10", "php-fpm8.4"], "php-fpm8.10"),
        (["php-fpm8.4", "php-fpm"], "php-fpm"),
        (["php-fpm82", "php-fpm83", "php-fpm7"], "php-fpm83"),
        (["php-fpm8.2", "php-fpm-healthcheck", "php-fpm9.conf"], "php-fpm8.2"),
    ],
)
def test_the_plain_name_or_else_the_latest_is_found(installed: Path, there: list[str], found: str) -> None:
    add(installed, *there)
    assert php.program("php-fpm") == str(installed / found)


def test_folders_that_cannot_be_read_are_passed_over(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(installed, "php")
    (tmp_path / "file").touch()
    monkeypatch.setenv("PATH", f"/nowhere:{tmp_path / 'file'}::{installed}")
    assert php.program("php") == str(installed / "php")


def test_what_is_missing_is_one_clear_line(installed: Path) -> None:
    add(installed, "php-fpm.conf", "phpize")
    (installed / "php").touch(mode=0o644)
    for name in ("php", "php-fpm"):
        with pytest.raises(RuntimeFault, match=f"^{name} is needed and not installed: looked for {name} and"):
            php.program(name)


def lines(tmp_path: Path, **options: object) -> dict[str, str]:
    """The configuration's lines by name."""
    text = php.Fpm(FrankenPHPApp(**options), {".php", ".phtml"}, tmp_path / "php.conf").text()  # type: ignore[arg-type]
    return dict(line.split(" = ", 1) for line in text.splitlines() if " = " in line)


def test_threads_are_processes(tmp_path: Path) -> None:
    fixed = lines(tmp_path, num_threads=3, max_requests=500)
    assert (fixed["pm"], fixed["pm.max_children"], fixed["pm.max_requests"]) == ("static", "3", "500")
    growing = lines(tmp_path, num_threads=3, max_threads=9)
    assert (growing["pm"], growing["pm.start_servers"], growing["pm.max_children"]) == ("dynamic", "3", "9")
    assert lines(tmp_path, num_threads=3, max_threads=AUTO)["pm.max_children"] == "6"


def test_only_php_is_run_and_ours_comes_first(tmp_path: Path) -> None:
    plain = lines(tmp_path)
    assert plain["security.limit_extensions"] == ".php .phtml"
    assert plain["php_admin_value[auto_prepend_file]"] == f'"{php.PREPENDED}"'
    lines(tmp_path, php_ini={"auto_prepend_file": "/a/it's $mine.php"})
    chained = (tmp_path / "php.php").read_text()
    assert chained == f"<?php\nrequire '{php.PREPENDED}';\nrequire '/a/it\\'s $mine.php';\n"


def test_the_ends_of_all_sites_are_run() -> None:
    site = '{"handle":[{"handler":"%s"%s}]}'
    text = '{"apps":{"http":{"servers":{"a":{"routes":[' + ",".join(
        [
            site % ("php", ',"split_path":[".phtml",".php"]'),
            site % ("reverse_proxy", ',"transport":{"protocol":"fastcgi","split_path":[".php5"]}'),
            site
            % ("reverse_proxy", ',"transport":{"protocol":"fastcgi","split_path":[".x"]},"upstreams":[{"dial":"a:1"}]'),
        ]
    )
    assert php.script_ends(load((text + "]}}}}}").encode())) == {".php", ".phtml", ".php5"}
