"""What the API does not show of a configuration: private keys, and the keys of accounts."""

from __future__ import annotations

from typing import Any

HIDDEN = "REDACTED"
_NAMES = ("mac_key", "account_key", "api_key")


def hidden(tree: Any) -> Any:
    """The tree without its secrets. Loaded again as it is, it is refused, since no key looks so."""
    if isinstance(tree, dict):
        return {name: _shown(name, value) for name, value in tree.items()}
    if isinstance(tree, list):
        return [hidden(value) for value in tree]
    return HIDDEN if isinstance(tree, str) and "PRIVATE KEY-----" in tree else tree


def _shown(name: str, value: Any) -> Any:
    return HIDDEN if name in _NAMES and isinstance(value, str) and value else hidden(value)
