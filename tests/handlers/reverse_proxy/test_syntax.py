"""The directive `reverse_proxy`: what its subdirectives come to, and how mistakes are worded."""

from typing import Any

import pytest

from tests.adapted import handler, mistakes, warnings


def proxy(block: str, upstreams: str = "app:80") -> dict[str, Any]:
    """The handler without what every one of these has."""
    found = handler(f"reverse_proxy {upstreams} {{\n{block}\n}}")
    assert found.pop("handler") == "reverse_proxy"
    found.pop("upstreams", None)
    return found


@pytest.mark.parametrize(
    ("block", "found"),
    [
        ("to b:81", {}),
        ("flush_interval -1", {"flush_interval": -1}),
        ("flush_interval 1ms", {"flush_interval": 1_000_000}),
        (
            "request_buffers 4KiB\nresponse_buffers unlimited",
            {"request_buffers": 4096, "response_buffers": -1},
        ),
        ("verbose_logs", {"verbose_logs": True}),
        ("method POST\nrewrite /x", {"rewrite": {"method": "POST", "uri": "/x"}}),
        ("lb_retries 0", {"load_balancing": {}}),
        ("lb_policy random", {"load_balancing": {"selection_policy": {"policy": "random"}}}),
        (
            "lb_policy cookie lb secret {\nfallback first\nmax_age 1h\n}",
            {
                "load_balancing": {
                    "selection_policy": {
                        "policy": "cookie",
                        "name": "lb",
                        "secret": "secret",
                        "max_age": 3_600_000_000_000,
                        "fallback": {"policy": "first"},
                    }
                }
            },
        ),
        ("health_status 2xx", {"health_checks": {"active": {"expect_status": 2}}}),
        (
            "unhealthy_status 5xx 429\nmax_fails 2",
            {"health_checks": {"passive": {"max_fails": 2, "unhealthy_status": [5, 429]}}},
        ),
        (
            "header_up Host {upstream_hostport}",
            {"headers": {"request": {"set": {"Host": ["{http.reverse_proxy.upstream.hostport}"]}}}},
        ),
        ("header_down -Server", {"headers": {"response": {"delete": ["Server"]}}}),
        ("transport http", {}),
        ("transport http {\ntls\n}", {"transport": {"protocol": "http", "tls": {}}}),
        ("transport http {\ncompression off\n}", {"transport": {"protocol": "http", "compression": False}}),
        ("transport http {\nkeepalive off\n}", {"transport": {"protocol": "http", "keep_alive": {"enabled": False}}}),
        ("transport fastcgi", {"transport": {"protocol": "fastcgi"}}),
        ("transport fastcgi {\nenv A b\n}", {"transport": {"protocol": "fastcgi", "env": {"A": "b"}}}),
        ("dynamic a app 80", {"dynamic_upstreams": {"source": "a", "name": "app", "port": "80"}}),
        (
            "dynamic multi {\nsrv x\na y\n}",
            {
                "dynamic_upstreams": {
                    "source": "multi",
                    "sources": [{"name": "x", "source": "srv"}, {"name": "y", "source": "a"}],
                }
            },
        ),
    ],
)
def test_a_subdirective_sets_its_field(block: str, found: dict[str, Any]) -> None:
    assert proxy(block) == found


def test_the_scheme_of_the_upstreams_shapes_the_transport() -> None:
    assert proxy("", "https://a https://b:444") == {"transport": {"protocol": "http", "tls": {}}}
    assert proxy("", "h2c://a") == {"transport": {"protocol": "http", "versions": ["h2c", "2"]}}
    assert proxy("", "http://a") == {}


def test_handlers_of_responses_that_have_no_matcher_come_last() -> None:
    found = proxy("replace_status 201\n@e status 5xx\nreplace_status @e 502\nhandle_response @e {\nabort\n}")
    assert [entry.get("match") for entry in found["handle_response"]] == [
        {"status_code": [5]},
        {"status_code": [5]},
        None,
    ]


def test_a_response_matcher_may_follow_the_routes_that_use_it() -> None:
    found = proxy("handle_response @e {\nabort\n}\n@e status 500")
    assert found["handle_response"][0]["match"] == {"status_code": [500]}


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ("lb_polcy random", "unrecognized subdirective lb_polcy"),
        ("lb_policy rand", "getting module named 'http.reverse_proxy.selection_policies.rand': module not registered"),
        ("lb_policy random 2", "wrong argument count or unexpected line ending after '2'"),
        ("lb_policy first\nlb_policy random", "load balancing selection policy already specified"),
        ("lb_policy weighted_round_robin 1 -1", "invalid weight value '-1': weight should be non-negative"),
        ("lb_retries many", 'strconv.Atoi: parsing "many": invalid syntax'),
        ("health_upstream x:80\nhealth_port 80", "the 'health_port' subdirective is ignored"),
        ("header_up ?X y", "?X: the default header modifier ('?') can only be used on response headers"),
        ("header_up", "wrong argument count or unexpected line ending after 'header_up'"),
        ("transport http\ntransport http", "transport already specified"),
        ("transport http {\nversions\n}", "wrong argument count or unexpected line ending after 'versions'"),
        ("transport http {\nproxy_protocol v3\n}", "invalid proxy protocol version 'v3'"),
        ("dynamic a {\nversions ipv5\n}", "unsupported version: 'ipv5'"),
        ("replace_status @x 200", "no named response matcher defined with name 'x'"),
        ("replace_status x 200", "must use a named response matcher, starting with '@'"),
        ("replace_status 200 {\n}", "cannot define routes for 'replace_status', use 'handle_response' instead."),
        ("handle_response a b {\n}", "only a single response matcher name is allowed, but got: [a b]"),
        ("to", "wrong argument count or unexpected line ending after 'to'"),
        ("verbose_logs {\n}", "unexpected token '{', expecting argument"),
        ("verbose_logs\nverbose_logs", "verbose_logs already specified"),
    ],
)
def test_a_mistake_is_worded(block: str, message: str) -> None:
    (found,) = mistakes(f"reverse_proxy app {{\n{block}\n}}")
    assert message in found


def test_a_transport_without_tls_cannot_speak_to_https_upstreams() -> None:
    (found,) = mistakes("reverse_proxy https://a {\ntransport fastcgi\n}")
    assert found == "upstreams are configured for HTTPS but transport module does not support TLS"
    (found,) = mistakes("reverse_proxy http://a {\ntransport http {\ntls\n}\n}")
    assert found == "upstream address scheme is HTTP but transport is configured for HTTP+TLS (HTTPS)"


def test_a_header_that_every_proxy_sends_is_warned_of() -> None:
    fields = "header_up X-Forwarded-For {remote_host}\nheader_up X-Real-IP {remote_host}"
    (found,) = warnings(f"reverse_proxy app {{\n{fields}\n}}")
    assert found == "header_up X-Forwarded-For is not needed: every proxy sends it so"
