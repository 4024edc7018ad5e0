from __future__ import annotations

import pytest

from pogoproxy.tls.automation import KEY_TYPES
from pogoproxy.tls.issuing import keys


@pytest.mark.parametrize("name", KEY_TYPES)
def test_every_type_that_may_be_configured_can_be_made(name: str) -> None:
    assert "PRIVATE KEY" in keys.to_pem(keys.make(name))
