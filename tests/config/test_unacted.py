"""Nothing in a config is silently ignored."""

from __future__ import annotations

import contextlib
import logging

import pytest

from pogoproxy.config.load import load
from pogoproxy.config.provision import check
from pogoproxy.errors import ConfigError, ConfigErrors

SERVER = '{"apps":{"http":{"servers":{"a":{"listen":[":80"]%s}}}}}'


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('{"apps":{"events":{}}}', "apps.events"),
        ('{"apps":{"caddy.filesystems":{"filesystems":[]}}}', "apps.caddy.filesystems"),
        ('{"admin":{"remote":{}}}', "admin.remote"),
        ('{"admin":{"config":{"load":{"module":"http"}}}}', "admin.config.load"),
        ('{"apps":{"pogo":{"worker":"./worker --fast"}}}', "apps.pogo"),
        (SERVER % ',"protocols":["h3"]', "apps.http.servers.a"),
    ],
)
async def test_what_changes_answers_or_safety_is_refused(text: str, path: str) -> None:
    with pytest.raises(ConfigErrors) as refusal:
        await check(load(text.encode()))
    assert [mistake.path for mistake in refusal.value.mistakes] == [path]
    assert "understood but not supported yet" in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('{"logging":{"sink":{}}}', "logging.sink"),
        ('{"apps":{"http":{"metrics":{"otlp":true}}}}', "apps.http.metrics.otlp"),
        ('{"apps":{"frankenphp":{"max_idle_time":"5s"}}}', "apps.frankenphp.max_idle_time"),
        (
            '{"apps":{"pki":{"certificate_authorities":{"a":{"maintenance_interval":"1m"}}}}}',
            "apps.pki.certificate_authorities.a.maintenance_interval",
        ),
        (
            '{"apps":{"tls":{"automation":{"storage_clean_interval":"1h"}}}}',
            "apps.tls.automation.storage_clean_interval",
        ),
        (SERVER % ',"keepalive_count":3', "apps.http.servers.a.keepalive_count"),
        (SERVER % ',"protocols":["h1","h3"]', "apps.http.servers.a.protocols (h3)"),
    ],
)
async def test_what_only_tunes_is_warned_of_by_name(text: str, path: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    await check(load(text.encode()))
    assert [message.rpartition("path=")[2] for message in caplog.messages] == [path]


@pytest.mark.parametrize(("port", "is_served"), [(8080, True), (8888, False)])
async def test_challenges_are_answered_where_we_listen(port: int, is_served: bool) -> None:
    issuer = f'{{"module":"acme","challenges":{{"http":{{"alternate_port":{port}}}}}}}'
    config = (
        f'{{"apps":{{"http":{{"http_port":8080}},"tls":{{"automation":{{"policies":[{{"issuers":[{issuer}]}}]}}}}}}}}'
    )
    with contextlib.nullcontext() if is_served else pytest.raises(ConfigError, match="on port 8080, not on 8888"):
        await check(load(config.encode()))
