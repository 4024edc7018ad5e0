"""What a user reads: exact texts."""

from pathlib import Path
from textwrap import dedent

import pytest

from pogoproxy.caddyfile.parse import parse
from pogoproxy.caddyfile.render import render
from pogoproxy.errors import ConfigError, ConfigErrors, Span


def shown(text: str, **environ: str) -> str:
    """What is printed for the mistake in a text."""
    with pytest.raises(ConfigError) as caught:
        parse(text, environ=environ)
    return render(caught.value, {"Caddyfile": text})


def test_a_mistake_is_shown_in_its_line() -> None:
    assert shown(":80 {\n\thandle {\n\t\trespond hi }\n\t}\n}\n") == dedent("""\
        Error: Unexpected '}' because no matching opening brace, at Caddyfile:3
          --> Caddyfile:3:14
           |
         3 |         respond hi }
           |                    ^
           = hint: a closing brace stands on a line of its own""")


def test_an_imported_mistake_shows_the_chain_from_the_inside_out() -> None:
    text = "(a) {\n\tx {}\n}\n(b) {\n\timport a\n}\n:80 {\n\timport b\n}\n"
    assert shown(text) == dedent("""\
        Error: Unexpected '{}' at end of line, at Caddyfile:2 import chain ['Caddyfile:8 (import b)','Caddyfile:5 (import a)']
          --> Caddyfile:2:4
           |
         2 |     x {}
           |       ^^
           = imported at Caddyfile:5 (import a)
           = imported at Caddyfile:8 (import b)
           = hint: open a block with `{` and close it on a line of its own""")  # noqa: E501


def test_a_word_from_the_environment_is_shown_as_it_was_written() -> None:
    assert shown("{$SITES} {\n}\n", SITES="a.com,b.com") == dedent("""\
        Error: Site addresses cannot contain a comma ',': 'a.com,b.com' - put a space after the comma to separate site addresses, at Caddyfile:1
          --> Caddyfile:1:1
           |
         1 | {$SITES} {
           | ^^^^^^^^""")  # noqa: E501


def test_lines_after_a_value_of_several_lines_keep_their_number() -> None:
    assert "--> Caddyfile:3:3\n" in shown("a {\n{$MORE}\nb {}\n}\n", MORE="log\nlog\nlog")


def test_several_mistakes_are_parted_by_a_blank_line() -> None:
    mistakes = [ConfigError("no such thing"), ConfigError("bad", path="apps.http"), ConfigError("x", Span("gone", 9))]
    assert (
        render(ConfigErrors(mistakes))
        == "Error: no such thing\n\nError: apps.http: bad\n\nError: x, at gone:9\n  --> gone:9:1"
    )


def test_a_hundred_mistakes_are_not_all_shown() -> None:
    assert render(ConfigErrors([ConfigError("x")] * 100)).endswith("Error: x\n\nand 80 more")


def test_a_message_that_bears_its_place_in_front_gets_none_behind() -> None:
    wrong = ConfigError("C:2: unrecognized directive: x", Span("C", 2))
    assert render(wrong, {"C": ""}) == "Error: C:2: unrecognized directive: x\n  --> C:2:1"


def test_control_characters_do_not_reach_the_terminal() -> None:
    assert "\x1b" not in shown("a {\nb\x1b[31m {}\n}\n")


def test_a_caret_stands_under_wide_characters() -> None:
    assert shown("日本,日本 {\n}\n").endswith(" 1 | 日本,日本 {\n   | ^^^^^^^^^")


def test_a_very_long_line_is_cut_around_the_place() -> None:
    longest = max(len(line) for line in shown("a {\n" + "b " * 100_000 + "{}\n}\n").splitlines())
    assert longest < 200


def test_a_file_on_disk_is_read_for_its_line(tmp_path: Path) -> None:
    site = tmp_path / "site.conf"
    site.write_text("log {}\n")
    text = f":80 {{\nimport {site}\n}}\n"
    assert " 1 | log {}\n   |     ^^\n" in shown(text)


def test_a_missing_import_suggests_the_nearest_snippet() -> None:
    assert shown("(static) {\n}\n:80 {\nimport statik\n}\n").endswith("= hint: did you mean `static`?")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a\nb\xff\n", "is not UTF-8 text: byte 0xff on line 2"),
        (None, "does not exist"),
    ],
)
def test_a_file_that_is_no_text_is_one_clear_line(tmp_path: Path, content: bytes | None, message: str) -> None:
    from pogoproxy.caddyfile.files import read_text

    path = tmp_path / "Caddyfile"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        read_text(str(path))
    assert render(caught.value) == f"Error: {path} {message}"


def test_a_directory_is_no_config_file(tmp_path: Path) -> None:
    from pogoproxy.caddyfile.files import read_text

    with pytest.raises(ConfigError) as caught:
        read_text(str(tmp_path))
    assert render(caught.value) == f"Error: {tmp_path} is a directory, not a config file"
