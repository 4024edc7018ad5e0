"""Files of variables, as Caddy reads them."""

import pytest

from pogoproxy.caddyfile.envfile import parse_envfile
from pogoproxy.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("", {}),
        ("# nothing\n\nA=1\n", {"A": "1"}),
        ("export A=1\nB=\n", {"A": "1", "B": ""}),
        ("A=b=c # why\n", {"A": "b=c"}),
        ("A='b c'\nD=\"e\"\n", {"A": "b c", "D": "e"}),
        ('A="b\nc"\nD=e\n', {"A": "b\nc", "D": "e"}),
        ("A='never closed\nB=1", {"A": "never closed\nB=1"}),
    ],
)
def test_lines_are_variables(text: str, variables: dict[str, str]) -> None:
    assert parse_envfile(text, ".env") == variables


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("A", "can't parse line 1; line should be in KEY=VALUE format"),
        ("\n=b", "missing or empty key on line 2"),
        ("A B=c", "invalid key on line 1: contains whitespace: A B"),
        ("A= b", "invalid value on line 1: whitespace before value: ' b'"),
    ],
)
def test_a_line_that_is_none_is_refused(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_envfile(text, ".env")
    assert caught.value.message == message
