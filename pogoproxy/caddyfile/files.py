"""The files a config is read from, and the patterns that `import` finds them by."""

from __future__ import annotations

import os.path
from pathlib import Path

from ..errors import ConfigError

_WILDCARDS = frozenset("*?[]")


class FileMissing(ConfigError):
    """There is no such file."""


def read_text(path: str) -> str:
    """A file's text; ConfigError in one clear line if it cannot be had or is not UTF-8."""
    try:
        content = Path(path).read_bytes()
    except FileNotFoundError:
        raise FileMissing(f"{path} does not exist") from None
    except IsADirectoryError:
        raise ConfigError(f"{path} is a directory, not a config file") from None
    except OSError as wrong:
        raise ConfigError(f"cannot read {path}: {(wrong.strerror or str(wrong)).lower()}") from None
    except ValueError as wrong:  # a NUL in the path
        raise ConfigError(f"cannot read {path!r}: {wrong}") from None
    return decode(content, path)


def decode(content: bytes, name: str) -> str:
    """Bytes as UTF-8 text; ConfigError naming the first line that is not."""
    try:
        return content.decode()
    except UnicodeDecodeError as wrong:
        line = content.count(b"\n", 0, wrong.start) + 1
        raise ConfigError(f"{name} is not UTF-8 text: byte {content[wrong.start]:#04x} on line {line}") from None


def matching(pattern: str, base: str) -> list[str]:
    """The paths that an import pattern names, seen from the file `base`: one for a literal name, any number for a glob.

    A glob may have one wildcard of each kind. ConfigError for more, and for a bracket.
    """
    path = os.path.normpath(Path(base).absolute().parent / pattern)
    if path.count("*") > 1 or path.count("?") > 1 or ("[" in path and "]" in path):
        raise ConfigError(f"Glob pattern may only contain one wildcard (*), but has others: {path}")
    if "[" in path or path.endswith("\\"):
        raise ConfigError(f"Failed to use import pattern {pattern}: syntax error in pattern")
    if not is_glob(pattern):
        return [path]
    found = sorted(str(match) for match in Path("/").glob(path.lstrip("/")))
    if Path(path).name.startswith("*"):
        return [match for match in found if not Path(match).name.startswith(".")]
    return found


def is_glob(pattern: str) -> bool:
    """Whether finding no file for it is fine."""
    return not _WILDCARDS.isdisjoint(pattern)
