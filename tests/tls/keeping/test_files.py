from __future__ import annotations

import stat
from pathlib import Path

import pytest

from pogoproxy.errors import RuntimeFault
from pogoproxy.tls.keeping.files import FileStorage, safe


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Example.COM", "example.com"),
        ("*.example.com", "wildcard_.example.com"),
        ("::1", "--1"),
        ("../../etc/passwd", "etcpasswd"),
        ("a b+c", "a_b_plus_c"),
        ("acme-v02.api.letsencrypt.org-directory", "acme-v02.api.letsencrypt.org-directory"),
        ("someone@example.com", "someone@example.com"),
    ],
)
def test_names_become_keys_as_caddy_writes_them(name: str, key: str):
    assert safe(name) == key


def test_a_blob_is_for_this_user_alone(tmp_path: Path):
    storage = FileStorage(tmp_path / "data")
    storage.store("certificates/local/a/a.key", b"secret")
    assert storage.load("certificates/local/a/a.key") == b"secret"
    assert stat.S_IMODE(storage.path("certificates/local/a/a.key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


def test_a_blob_is_replaced_as_a_whole(tmp_path: Path):
    storage = FileStorage(tmp_path)
    storage.store("a", b"old" * 1000)
    storage.store("a", b"new")
    assert storage.load("a") == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_missing_blob_is_none(tmp_path: Path):
    assert FileStorage(tmp_path).load("a/b") is None


def test_a_storage_that_cannot_be_written_is_a_fault(tmp_path: Path):
    (tmp_path / "data").write_text("a file where a folder should be")
    with pytest.raises(RuntimeFault, match="storage"):
        FileStorage(tmp_path / "data").store("a/b", b"")
