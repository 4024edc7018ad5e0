"""Hosts as labels, whatever clients ask for."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from pogoproxy.apps.http import HttpApp
from pogoproxy.figures.hosts import host_label
from tests.exchanges import make


def http(**metrics: bool) -> HttpApp:
    route = {"match": [{"host": ["A.test", "*.wild.test", "{env.X}"]}]}
    servers: Any = {"a": {"routes": [route]}, "b": {"tls_connection_policies": [{}]}}
    return msgspec.json.decode(msgspec.json.encode({"servers": servers, "metrics": metrics}), type=HttpApp)


@pytest.mark.parametrize(("host", "label"), [("a.TEST", "a.test"), ("x.wild.test", "_other"), ("evil.test", "_other")])
def test_hosts_that_no_site_names_are_all_one(host: str, label: str) -> None:
    assert host_label(http(per_host=True))(make(host=host)[0]) == label


def test_any_host_counts_if_that_is_asked_for_or_there_is_a_certificate_for_it() -> None:
    assert host_label(http(observe_catchall_hosts=True))(make(host="evil.test")[0]) == "evil.test"
    assert host_label(http())(make(host="evil.test", tls=object())[0]) == "evil.test"
