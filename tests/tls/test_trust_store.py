from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from pogoproxy.errors import RuntimeFault
from pogoproxy.tls.trust_store import TrustStore, find_store, trust, untrust


def test_a_root_is_installed_and_removed_again(tmp_path: Path):
    ran: list[Sequence[str]] = []
    store = TrustStore(tmp_path, ("update",))
    path = trust("PEM", store, ran.append)
    assert path.read_text() == "PEM"
    assert path.stat().st_mode & 0o777 == 0o644
    assert untrust("PEM", store, ran.append)
    assert not untrust("PEM", store, ran.append)
    assert ran == [("update",), ("update",)]
    assert list(tmp_path.iterdir()) == []


def test_a_system_without_a_store_says_so(tmp_path: Path):
    with pytest.raises(RuntimeFault, match="by hand"):
        find_store([TrustStore(tmp_path / "none", ())])


def test_a_command_that_fails_says_so(tmp_path: Path):
    with pytest.raises(RuntimeFault, match="no-such-command"):
        trust("PEM", TrustStore(tmp_path, ("no-such-command",)))
