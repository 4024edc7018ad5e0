"""Where a configuration comes from: a Caddyfile, JSON or YAML; a file or standard input."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec
import yaml

from ..errors import ConfigError
from .adapt import Adapted, Language, adapt
from .load import load

STANDARD_INPUT = "-"
DEFAULT_FILE = "Caddyfile"
ADAPTERS = ("caddyfile", "json", "yaml")


def read(path: str) -> str:
    """The text of a file or of standard input; ConfigError if it cannot be read or is not UTF-8."""
    try:
        data = sys.stdin.buffer.read() if path == STANDARD_INPUT else Path(path).read_bytes()
        return data.decode("utf-8")
    except OSError as wrong:
        raise ConfigError(f"reading config from file: {path}: {wrong.strerror}") from None
    except UnicodeDecodeError as wrong:
        raise ConfigError(f"reading config from file: {path}: not UTF-8 at byte {wrong.start}") from None


def adapter_of(path: str) -> str:
    """The adapter for a file's name: by its ending, a Caddyfile where that says nothing."""
    return {".json": "json", ".yaml": "yaml", ".yml": "yaml"}.get(Path(path).suffix.lower(), "caddyfile")


def load_config(path: str, language: Language, adapter: str = "") -> Adapted:
    """Read and adapt a configuration; ConfigError or ConfigErrors with its mistakes."""
    text = read(path)
    adapter = adapter or adapter_of(path)
    if adapter == "caddyfile":
        return adapt(text, DEFAULT_FILE if path == STANDARD_INPUT else path, language)
    if adapter not in ADAPTERS:
        raise ConfigError(f"unrecognized config adapter: {adapter}", hint=f"there are {', '.join(ADAPTERS)}")
    return Adapted(load(text.encode() if adapter == "json" else _json_of_yaml(text, path)))


def _json_of_yaml(text: str, path: str) -> bytes:
    try:
        value: Any = yaml.safe_load(text)
        return msgspec.json.encode({} if value is None else value)
    except (yaml.YAMLError, TypeError, RecursionError) as wrong:
        raise ConfigError(f"{path}: not a configuration in YAML: {wrong}") from None


def yaml_of(json: bytes) -> str:
    """The same configuration as YAML."""
    return yaml.safe_dump(msgspec.json.decode(json), sort_keys=False, allow_unicode=True)
