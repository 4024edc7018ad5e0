from __future__ import annotations

from pathlib import Path

from pogoproxy.tls.keeping.demand import OnDemandGate


async def test_a_url_that_is_not_of_http_allows_nothing(tmp_path: Path):
    (tmp_path / "yes").write_text("yes")
    assert not await OnDemandGate((tmp_path / "yes").as_uri()).allows("example.com")
