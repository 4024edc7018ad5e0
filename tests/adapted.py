"""What a site's directives adapt to, for tests of single directives."""

from typing import Any

import msgspec

from pogoproxy.config.adapt import adapt
from pogoproxy.errors import ConfigError, ConfigErrors
from pogoproxy.standard import LANGUAGE


def server(body: str, options: str = "") -> dict[str, Any]:
    """The one server of a site at `:80` with these directives."""
    text = adapt(f"{{\n{options}\n}}\n:80 {{\n{body}\n}}\n", "Caddyfile", LANGUAGE).text()
    found: dict[str, Any] = msgspec.json.decode(text)["apps"]["http"]["servers"]["srv0"]
    return found


def routes(body: str) -> list[dict[str, Any]]:
    """Its routes."""
    found: list[dict[str, Any]] = server(body).get("routes", [])
    return found


def handler(body: str) -> dict[str, Any]:
    """The one handler of its one route."""
    (route,) = routes(body)
    (found,) = route["handle"]
    assert isinstance(found, dict)
    return found


def mistakes(body: str) -> list[str]:
    """The first lines of what is wrong with these directives, without the prefix that names the directive."""
    try:
        server(body)
    except (ConfigError, ConfigErrors) as wrong:
        found = wrong.mistakes if isinstance(wrong, ConfigErrors) else (wrong,)
        return [mistake.message.partition("': ")[2] or mistake.message for mistake in found]
    return []


def warnings(body: str) -> list[str]:
    """What is warned of."""
    return [warning.message for warning in adapt(f":80 {{\n{body}\n}}\n", "Caddyfile", LANGUAGE).warnings]
