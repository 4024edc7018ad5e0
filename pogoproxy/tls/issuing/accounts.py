"""Accounts at ACME authorities, kept in the storage where Caddy keeps them: `acme/<issuer>/users/<e-mail>/`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ..keeping.files import FileStorage, safe

_NO_EMAIL = "default"


def issuer_key(directory: str) -> str:
    """An authority's part of keys: `acme-v02.api.letsencrypt.org-directory`."""
    parts = urlsplit(directory)
    path = parts.path.replace("/", "-").replace("\\", "-").strip("-")
    return f"{parts.netloc}-{path}" if path else parts.netloc


@dataclass(frozen=True)
class Account:
    """`location` is the account's URL, by which it signs; `key` is PEM."""

    location: str
    key: str

    def __repr__(self) -> str:
        """Without the key."""
        return f"Account({self.location})"


class Accounts:
    """Those at one authority."""

    def __init__(self, storage: FileStorage, directory: str) -> None:
        self._storage = storage
        self._prefix = f"acme/{safe(issuer_key(directory))}/users"

    def load(self, email: str) -> Account | None:
        """The account of an e-mail address, if there is one."""
        stem, fallback = self._stem(email)
        text, key = self._storage.load(f"{stem}.json"), self._storage.load(f"{stem}.key")
        if text is None or key is None:
            text = self._storage.load(f"{fallback}/registration.json")
            key = self._storage.load(f"{fallback}/private.key")
        if text is None or key is None:
            return None
        try:
            location = str(json.loads(text).get("location") or "")
        except (ValueError, AttributeError):
            return None
        return Account(location, key.decode()) if location else None

    def store(self, email: str, account: Account, registration: dict[str, Any]) -> None:
        """Keep it, the key first."""
        stem, _ = self._stem(email)
        self._storage.store(f"{stem}.key", account.key.encode())
        noted = {**registration, "location": account.location}
        self._storage.store(f"{stem}.json", json.dumps(noted, indent="\t").encode())

    def delete(self, email: str) -> None:
        """Forget it, since the authority does not know it any more."""
        stem, _ = self._stem(email)
        self._storage.delete(f"{stem}.json")
        self._storage.delete(f"{stem}.key")

    def _stem(self, email: str) -> tuple[str, str]:
        folder = f"{self._prefix}/{safe(email or _NO_EMAIL)}"
        user = (email or _NO_EMAIL).lower().partition("@")
        return f"{folder}/{safe(user[0] or user[2] or 'registration')}", folder
