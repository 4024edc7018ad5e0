"""Broken input of every kind: a tree or a mistake that can be shown, never another exception, never a long wait."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.caddyfile.lexer import lex
from pogoproxy.caddyfile.parse import parse
from pogoproxy.caddyfile.render import render
from pogoproxy.config.adapt import adapt
from pogoproxy.errors import ConfigError, ConfigErrors
from pogoproxy.standard import LANGUAGE

PIECES = [
    *(" ", "\n", "{", "}", " {\n", "\n}\n", "{}", '"', "`", "\\", "#", ",", ", ", ":80", "a.com", "@m", "(s)", "&(r)"),
    *("import", "import s ", "import s {\n", "{args[0]}", "{args[:]}", "{block}", "{blocks.a}", "{$X}", "{$X:", "<<E"),
    *(
        "respond",
        "handle",
        "reverse_proxy",
        "/x*",
        "*",
        "not",
        "path",
        "é",
        "\x00",
        "-1",
        "1e999",
        "{path}",
        "[::",
        "%zz",
    ),
]
"""What configs are made of, and what goes wrong in them."""


def reads_or_refuses(text: str) -> None:
    """Adapt a text; whatever is wrong with it must come out as mistakes that can be shown."""
    try:
        adapt(text, "Caddyfile", LANGUAGE).text()
    except (ConfigError, ConfigErrors) as wrong:
        assert render(wrong, {"Caddyfile": text}).startswith("Error: ")


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=40).map("".join))
def test_any_text_is_adapted_or_refused(text: str) -> None:
    reads_or_refuses(text)


def test_mutations_of_real_configs_are_adapted_or_refused(conformance: Path) -> None:
    chance = random.Random(3)
    texts = [case.read_text().partition("----------")[0] for case in sorted((conformance / "adapt").iterdir())]
    vocabulary = sorted({word for text in texts for word in words_of(text)})
    for _ in range(1000):
        reads_or_refuses(mutated(chance.choice(texts), chance, vocabulary + PIECES * 3))


def words_of(text: str) -> list[str]:
    """The words of a text, none if it is broken."""
    try:
        return [word.text for word in lex(text)]
    except ConfigError:
        return []


def mutated(text: str, chance: random.Random, words: list[str]) -> str:
    """The text with one to four lines dropped, doubled or changed in a word."""
    lines = text.split("\n")
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(lines))
        line = lines[at].split(" ")
        spot = chance.randrange(len(line))
        match chance.randrange(5):
            case 0:
                lines[at : at + 1] = []
            case 1:
                lines.insert(at, chance.choice(lines))
            case 2:
                line[spot] = chance.choice(words)
            case 3:
                line.insert(spot, chance.choice(words))
            case 4:
                del line[spot]
        if lines[at : at + 1]:
            lines[at] = " ".join(line)
        lines = lines or [""]
    return "\n".join(lines)


@pytest.mark.parametrize(
    "line",
    ["@m " + "not " * 1000 + "path /", "@m expression " + "(" * 10_000, "respond " + "{" * 10_000, "handle {\n" * 1000],
)
def test_nesting_of_any_kind_does_not_exhaust_the_stack(line: str) -> None:
    reads_or_refuses(f":80 {{\n{line}\n}}\n")


@pytest.mark.parametrize(
    "text",
    [
        "a {\n",
        "a {\n}\n",
        "}\n",
        "{\n",
        "{",
        "a,\n",
        "(s) {\n",
        "import x\n",
        "a {}\n",
        "{$X} {\n",
        "x <<E\n",
        'x "\n',
        "a b ",
        "(s) {\n}\n",
        "{args[0]}",
        "&(r) {\n",
    ],
)
def test_a_long_file_takes_linear_time(text: str) -> None:
    """Quadratic time would run into the time limit."""
    try:
        parse(text * (300_000 // len(text)), environ={})
    except ConfigError as wrong:
        assert wrong.span is not None


def test_a_word_of_megabytes_is_one_word() -> None:
    tree = parse(f":80 {{\nrespond {'a{' * 1_000_000}\n}}\n", environ={})
    assert len(tree.sites[0].body[0].words[1].text) == 2_000_000
