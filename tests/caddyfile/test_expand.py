"""Snippets and imports: what they bring in, and what keeps them from bringing in too much."""

from pathlib import Path

import pytest

from pogoproxy.caddyfile.expand import MAX_CHAIN
from pogoproxy.caddyfile.files import FileMissing
from pogoproxy.caddyfile.parse import parse
from pogoproxy.caddyfile.tree import Caddyfile
from pogoproxy.errors import ConfigError

from .test_parse import shape


def tree(text: str, **files: str) -> Caddyfile:
    """The tree of a text that may import these files, named without their dots."""

    def read(path: str) -> str:
        name = Path(path).name.replace(".", "_")
        if name not in files:
            raise FileMissing(path)
        return files[name]

    return parse(text, environ={}, read=read)


def body(snippet: str, site: str, **files: str) -> list[object]:
    """What becomes of a site's lines where the snippet `s` has these."""
    expanded = tree(f"(s) {{\n{snippet}\n}}\n:80 {{\n{site}\n}}\n", **files)
    return shape(expanded)[0][1]  # type: ignore[index, no-any-return]


def mistake(text: str, **files: str) -> str:
    with pytest.raises(ConfigError) as caught:
        tree(text, **files)
    assert caught.value.span is not None
    return f"{caught.value.span.line} {caught.value.message}"


@pytest.mark.parametrize(
    ("snippet", "site", "expected"),
    [
        ("a\nb", "import s", ["a", "b"]),
        ("a", "x\nimport s\ny", ["x", "a", "y"]),
        ("a", "x {\nimport s\n}", [("x", ["a"])]),
        ("", "import s\nb", ["b"]),
        ("a {args[0]}-{args[1]}", "import s 1 2", ["a 1-2"]),
        ('a {args[0]}', 'import s "1 2"', ["a 1 2"]),
        ("a {args[:]} b", "import s 1 2 3", ["a 1 2 3 b"]),
        ("a {args[1:]}\na {args[:1]}\na {args[1:2]}", "import s 1 2 3", ["a 2 3", "a 1", "a 2"]),
        ("a {args[:]}", "import s", ["a"]),
        ("a {args.0}", "import s 1", ["a 1"]),
        ("a {args[9]} {args[x]} {args[2:1]} x{args[:]} {args[-1]}", "import s 1",
         ["a {args[9]} {args[x]} {args[2:1]} x{args[:]} {args[-1]}"]),
        (r"a \{args[0]\} {path}", "import s 1", ["a {args[0]} {path}"]),
        ("a {\n{block}\n}", "import s {\nb {\nc\n}\nd\n}", [("a", [("b", ["c"]), "d"])]),
        ("a {\n{block}\n}", "import s", [("a", [])]),
        ("a\n{blocks.x}\n{blocks.y}\n{blocks.z}", "import s {\nx b c\ny {\nd\n}\n}", ["a", "b c", "d"]),
        ("a {args[0]} {\n{block}\n}", "import s 1 {\nimport s 2 {\nb\n}\n}", [("a 1", [("a 2", ["b"])])]),
    ],
)  # fmt: skip
def test_a_snippet_is_put_in_place(snippet: str, site: str, expected: list[object]) -> None:
    assert body(snippet, site) == expected


def test_a_snippet_may_bring_in_whole_sites() -> None:
    assert shape(tree("(s) {\n{args[0]} {\nlog\n}\n}\nimport s :80\nimport s :81\n")) == [
        ([":80"], ["log"]),
        ([":81"], ["log"]),
    ]


def test_a_snippet_may_hold_a_key_of_a_site() -> None:
    assert shape(tree("(s) {\n:81\n}\n:80,\nimport s\n{\nlog\n}\n")) == [([":80", ":81"], ["log"])]


def test_a_file_is_imported_with_its_snippets() -> None:
    files = {"f_conf": "(s) {\nlog {args[0]}\n}\n"}
    assert shape(tree("import f.conf\n:80 {\nimport s x\n}\n", **files)) == [([":80"], ["log x"])]


def test_arguments_of_a_file_do_not_reach_into_the_snippets_it_defines() -> None:
    files = {"f_conf": "(s) {\nlog {args[0]}\n}\n:80 {\nimport s {args[0]}2\n}\n"}
    assert shape(tree("import f.conf 1\n", **files)) == [([":80"], ["log 12"])]


def test_a_glob_takes_files_in_order_and_leaves_hidden_ones(tmp_path: Path) -> None:
    for name in ("b.conf", "a.conf", ".hidden.conf"):
        (tmp_path / name).write_text(f"log {name}\n")
    expanded = parse(f":80 {{\nimport {tmp_path}/*\n}}\n")
    assert shape(expanded) == [([":80"], ["log a.conf", "log b.conf"])]


def test_a_glob_without_files_is_only_a_warning(tmp_path: Path) -> None:
    expanded = parse(f":80 {{\nimport {tmp_path}/*.conf\n}}\n")
    assert [warning.message for warning in expanded.warnings] == [
        f"No files matching import glob pattern {tmp_path}/*.conf"
    ]


def test_a_file_is_found_beside_the_file_that_imports_it(tmp_path: Path) -> None:
    (tmp_path / "sites").mkdir()
    (tmp_path / "sites" / "a.conf").write_text("import b.conf\n")
    (tmp_path / "sites" / "b.conf").write_text("log b\n")
    main = tmp_path / "Caddyfile"
    expanded = parse(":80 {\nimport sites/a.conf\n}\n", str(main))
    log = expanded.sites[0].body[0].words[0]
    assert log.file == str(tmp_path / "sites" / "b.conf")
    assert log.imports == (f"{main}:2 (import)", f"{tmp_path / 'sites' / 'a.conf'}:1 (import)")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (":80 {\nimport\n}\n", "2 wrong argument count or unexpected line ending after 'import'"),
        (':80 {\nimport ""\n}\n', "2 Import requires a non-empty filepath"),
        (":80 {\nimport nope\n}\n", "2 File to import not found: nope"),
        ("(s) {\n}\n(s) {\n}\n", "3 redeclaration of previously declared snippet s"),
        ("(s) {\nimport s\n}\n:80 {\nimport s\n}\n", "2 a cycle of imports exists between Caddyfile:s and Caddyfile:s"),
        (
            "(s) {\nimport t\n}\n(t) {\nimport s\n}\n:80 {\nimport s\n}\n",
            "5 a cycle of imports exists between Caddyfile:t and Caddyfile:s",
        ),
        ("(s) {\n{block}\n}\n:80 {\nimport s {\n{\na\n}\n}\n}\n", "6 anonymous blocks are not supported"),
        ("(s) {\n}\nimport s {\nk { v\n}\n}\n", "4 Unexpected next token after '{' on same line"),
        ("(s) {\n}\nimport s {\nk v\n} x\n", "5 Unexpected next token after '}' on same line"),
        ("(s) {\n}\n:80 {\nimport s {\n", "4 unexpected EOF"),
        (":80 {\nimport [a\n}\n", "2 Failed to use import pattern [a: syntax error in pattern"),
        (":80 {\nimport x\0y\n}\n", "2 File to import not found: x\0y"),
    ],
)
def test_a_mistaken_import_is_worded_and_placed(text: str, message: str) -> None:
    assert mistake(text) == message


@pytest.mark.parametrize("pattern", ["*/*", "??", "[ab]"])
def test_a_glob_may_have_one_wildcard(pattern: str) -> None:
    assert "Glob pattern may only contain one wildcard (*), but has others: " in mistake(
        f":80 {{\nimport {pattern}\n}}\n"
    )


def test_a_folder_cannot_be_imported(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a directory"):
        parse(f"import {tmp_path}\n")


def test_an_argument_that_does_not_exist_is_warned_of() -> None:
    expanded = tree("(s) {\nlog {args[1]}\n}\n:80 {\nimport s 1\n}\n")
    assert [warning.message for warning in expanded.warnings] == [
        "Placeholder {args[1]} index is out of bounds, only 1 argument(s) exist"
    ]


def laughs(lines: str, joke: str) -> str:
    """Sixty snippets, each of which imports the next by these lines, and the last of which is the joke."""
    snippets = "".join(f"(s{n}) {{\n{lines.replace('NEXT', f's{n + 1}')}\n}}\n" for n in range(60))
    return f"{snippets}(s60) {{\n{joke}\n}}\n:80 {{\nimport s0 ha\n}}\n"


@pytest.mark.parametrize("joke", ["ha {args[0]}", ""])
def test_a_billion_laughs_end_after_so_many_imports(joke: str) -> None:
    assert mistake(laughs("import NEXT 1\nimport NEXT 2", joke)).endswith(
        "there are more than 50,000 imports, counting those within imports"
    )


def test_a_billion_laughs_of_many_words_end_earlier() -> None:
    text = laughs("import NEXT {args[:]} {args[:]}", "x {args[:]}")
    assert "500,000 words or 16,000,000 characters" in mistake(text)


def test_a_billion_laughs_of_one_word_end_as_well() -> None:
    text = laughs("import NEXT {args[0]}{args[0]}", "x {args[0]}")
    assert "500,000 words or 16,000,000 characters" in mistake(text)


def test_imports_nest_only_so_deep() -> None:
    snippets = "".join(f"(s{n}) {{\nimport s{n + 1}\n}}\n" for n in range(MAX_CHAIN + 2))
    assert mistake(f"{snippets}:80 {{\nimport s0\n}}\n").endswith(f"imports are nested more than {MAX_CHAIN} deep")
