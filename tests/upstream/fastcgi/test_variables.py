"""CGI variables: which file is run, and what it is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.errors import ConfigError, HandlerError
from pogoproxy.upstream.fastcgi.variables import Question, Script, Splitter, Variables, of_fields
from tests.exchanges import make

PHP = Splitter.of([".php"])


@pytest.mark.parametrize(
    ("path", "name", "info"),
    [
        ("/index.php", "/index.php", ""),
        ("/index.php/a/b", "/index.php", "/a/b"),
        ("/a.php/b.php", "/a.php", "/b.php"),
        ("/INDEX.pHp/x", "/INDEX.pHp", "/x"),
        ("/plain", "/plain", ""),
        ("index.php/x", "/index.php", "/x"),
        ("", "", ""),
        ("/a.phpx", "/a.php", "x"),
        ("/ä.php/ö", "/ä.php", "/ö"),
        # Letters that Unicode folds to ASCII name another file, which must not be run.
        ("/x.\uff50\uff48\uff50", "/x.\uff50\uff48\uff50", ""),
        ("/x.\U0001d561\U0001d559\U0001d561", "/x.\U0001d561\U0001d559\U0001d561", ""),
        ("/x.ph\u2117", "/x.ph\u2117", ""),
        # The long s and the Kelvin sign change their length when they are folded.
        ("/\u017f\u212a\u0130.php/x", "/\u017f\u212a\u0130.php", "/x"),
        ("/\udcff.php/\udcfe", "/\udcff.php", "/\udcfe"),
    ],
)
def test_a_path_is_split_behind_ascii_only(path: str, name: str, info: str) -> None:
    found = PHP.split(path)
    assert (found.name, found.info) == (name, info)


def test_the_first_of_several_ends_counts() -> None:
    ends = Splitter.of([".php", ".phtml"])
    assert ends.split("/a.phtml/b.php").name == "/a.phtml/b.php"
    assert ends.split("/a.phtml/b").name == "/a.phtml"


def test_without_ends_all_is_path_info() -> None:
    assert Splitter.of([]).split("/a/b") == Script("", "/a/b", "")


def test_ends_are_ascii() -> None:
    with pytest.raises(ConfigError, match="split path contains non-ASCII characters"):
        Splitter.of([".php", ".phｐ"])


@given(st.text(alphabet="/.aphpPHPéſ\udcff", max_size=20))
def test_a_split_loses_nothing(path: str) -> None:
    found = PHP.split(path)
    assert found.uri + found.info == path
    assert not found.info or found.uri.lower().endswith(".php")


def variables(target: str, root: str = "/srv", env: dict[str, str] | None = None, **more: object) -> dict[str, str]:
    exchange, _ = make(target, **more)  # type: ignore[arg-type]
    made = Variables.of(root, [".php"], env or {}, resolves_root=False)
    return made(exchange, Question(exchange.method, exchange.uri, exchange.headers, 0))


@pytest.mark.parametrize(
    ("target", "file"),
    [
        ("/index.php", "/srv/index.php"),
        ("/../index.php", "/srv/index.php"),
        ("/%2e%2e/%2e%2e/etc/x.php", "/srv/etc/x.php"),
        ("/a/..%2f..%2fx.php", "/srv/x.php"),
        ("/a//b.php", "/srv/a/b.php"),
        ("/a.php/../../../b", "/srv/a.php"),
    ],
)
def test_the_script_is_below_the_root(target: str, file: str) -> None:
    assert variables(target)["SCRIPT_FILENAME"] == file


def test_path_translated_is_below_the_root_and_there_with_path_info_only() -> None:
    assert variables("/a.php/../../etc/passwd")["PATH_TRANSLATED"] == "/srv/etc/passwd"
    assert "PATH_TRANSLATED" not in variables("/a.php")


def test_a_null_byte_is_refused() -> None:
    with pytest.raises(HandlerError) as refusal:
        variables("/avatar.jpg%00.php")
    assert refusal.value.status == 400


def test_fields_are_variables_but_for_proxy() -> None:
    fields = [(b"Proxy", b"http://evil"), (b"PROXY", b"x"), (b"X-A", b"1"), (b"x-a", b"2"), (b"Accept", b"\xff")]
    assert of_fields(fields) == {"HTTP_X_A": "1, 2", "HTTP_ACCEPT": "\udcff"}


def test_env_wins_over_all_but_fields() -> None:
    env = {"SERVER_NAME": "mine", "HTTP_X": "config", "METHOD": "{http.request.method}"}
    found = variables("/a.php", env=env, headers=[(b"X", b"client")])
    assert (found["SERVER_NAME"], found["HTTP_X"], found["METHOD"]) == ("mine", "client", "GET")


@pytest.mark.parametrize(
    ("host", "name", "port"),
    [
        ("example.com", "example.com", "80"),
        ("example.com:8080", "example.com", "8080"),
        ("[::1]:8080", "::1", "8080"),
        ("[::1]", "[::1]", "80"),
    ],
)
def test_the_host_gives_name_and_port(host: str, name: str, port: str) -> None:
    found = variables("/", host=host)
    assert (found["SERVER_NAME"], found["SERVER_PORT"], found["HTTP_HOST"]) == (name, port, host)


def test_https_is_said() -> None:
    found = variables("/", scheme="https")
    assert (found["HTTPS"], found["REQUEST_SCHEME"], found["SERVER_PORT"]) == ("on", "https", "443")
    assert "HTTPS" not in variables("/")


def test_a_linked_root_is_resolved_where_that_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "release").mkdir()
    (tmp_path / "current").symlink_to("release")
    exchange, _ = make("/a.php")
    for resolves, name in ((True, "release"), (False, "current")):
        made = Variables.of(str(tmp_path / "current"), [".php"], {}, resolves_root=resolves)
        assert made(exchange, Question("GET", "/a.php", [], 0))["DOCUMENT_ROOT"] == str(tmp_path.resolve() / name)
    gone = Variables.of(str(tmp_path / "gone"), [".php"], {}, resolves_root=True)
    with pytest.raises(HandlerError):
        gone(exchange, Question("GET", "/a.php", [], 0))
