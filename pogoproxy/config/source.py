"""Where a configuration comes from: a Caddyfile, JSON or YAML; a file or standard input."""

from __future__ import annotations

import sys
from collections.abc import MutableMapping
from dataclasses import replace
from pathlib import Path

import msgspec
import yaml

from ..caddyfile.files import decode, read_text
from ..caddyfile.format import first_difference
from ..errors import ConfigError, Span
from .adapt import Adapted, Language, adapt
from .load import load, load_yaml

STANDARD_INPUT = "-"
DEFAULT_FILE = "Caddyfile"
ADAPTERS = ("caddyfile", "json", "yaml")


def read(path: str) -> str:
    """The text of a file or of standard input; ConfigError if it cannot be read or is not UTF-8."""
    return decode(sys.stdin.buffer.read(), "standard input") if path == STANDARD_INPUT else read_text(path)


def adapter_of(path: str) -> str:
    """The adapter for a file's name: by its ending, a Caddyfile where that says nothing."""
    return {".json": "json", ".yaml": "yaml", ".yml": "yaml"}.get(Path(path).suffix.lower(), "caddyfile")


def load_config(
    path: str, language: Language, adapter: str = "", sources: MutableMapping[str, str] | None = None
) -> Adapted:
    """Read and adapt a configuration; ConfigError or ConfigErrors with its mistakes.

    `sources` is given the text that was read, by the name that mistakes have for it.
    """
    adapter = adapter or adapter_of(path)
    if adapter not in ADAPTERS:
        raise ConfigError(f"unrecognized config adapter: {adapter}", hint=f"there are {', '.join(ADAPTERS)}")
    text = read(path)
    if sources is not None:
        sources[path] = text
    if adapter == "caddyfile":
        adapted = adapt(text, path, language)
        return replace(adapted, warnings=(*adapted.warnings, *unformatted(text, path)))
    file = "" if path == STANDARD_INPUT else path
    return Adapted(load(text.encode(), file) if adapter == "json" else load_yaml(text, file))


def unformatted(text: str, file: str) -> list[ConfigError]:
    """A warning if a Caddyfile is not in the usual layout, which often hides that it means something else."""
    line = first_difference(text)
    if line is None:
        return []
    message = "Caddyfile input is not formatted; run 'pogoproxy fmt --overwrite' to fix inconsistencies"
    return [ConfigError(message, Span(file, line))]


def yaml_of(json: bytes) -> str:
    """The same configuration as YAML."""
    return yaml.safe_dump(msgspec.json.decode(json), sort_keys=False, allow_unicode=True)
