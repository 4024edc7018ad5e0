"""Upstream addresses: every form that Caddy takes, and what it refuses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.caddyfile.tree import Word
from pogoproxy.errors import ConfigError
from pogoproxy.handlers.reverse_proxy.address import Address, Upstreams


def upstreams(*texts: str) -> Upstreams:
    return Upstreams.of(map(Word, texts))


@pytest.mark.parametrize(
    ("text", "scheme", "dials"),
    [
        ("localhost", "", ["localhost:80"]),
        ("localhost:8080", "", ["localhost:8080"]),
        (":8080", "", [":8080"]),
        ("127.0.0.1", "", ["127.0.0.1:80"]),
        ("[::1]:8080", "", ["[::1]:8080"]),
        ("::1", "", ["[::1]:80"]),
        ("[::1]", "", ["[::1]:80"]),
        ("tcp4/localhost:80", "", ["tcp4/localhost:80"]),
        ("localhost:8001-8003", "", ["localhost:8001", "localhost:8002", "localhost:8003"]),
        ("tcp4/localhost:8001-8002", "", ["localhost:8001", "localhost:8002"]),
        ("unix//run/app.sock", "", ["unix//run/app.sock"]),
        ("unix+h2c//run/app.sock", "h2c", ["unix//run/app.sock"]),
        ("fd/3", "", ["fd/3"]),
        ("{env.UPSTREAM}", "", ["{env.UPSTREAM}"]),
        ("{env.HOST}:8080", "", ["{env.HOST}:8080"]),
        ("localhost:{env.PORT}", "", ["localhost:{env.PORT}"]),
        ("localhost:80{env.PORT}", "", ["localhost:80{env.PORT}"]),
        ("http://localhost", "http", ["localhost:80"]),
        ("HTTP://localhost", "http", ["localhost:80"]),
        ("https://example.com", "https", ["example.com:443"]),
        ("https://[::1]:8443", "https", ["[::1]:8443"]),
        ("https://[::1]", "https", ["[::1]:443"]),
        ("h2c://localhost:9000", "h2c", ["localhost:9000"]),
        ("https://[fe80::1%25eth0]", "https", ["[fe80::1%eth0]:443"]),
        ("http://localhost:", "http", ["localhost:80"]),
        ("http://localhost:8001-8002", "http", ["localhost:8001", "localhost:8002"]),
    ],
)
def test_an_address_says_what_to_dial_and_how_to_speak(text: str, scheme: str, dials: list[str]) -> None:
    found = upstreams(text)
    assert (found.scheme, list(found.dials)) == (scheme, dials)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["http://localhost/api"], "for now, URLs for proxy upstreams only support scheme, host, and port components"),
        (["http://localhost?x=1"], "for now, URLs for proxy upstreams only support scheme, host, and port components"),
        (["http://localhost:443"], "upstream address has conflicting scheme (http://) and port (:443, the HTTPS port)"),
        (["https://localhost:80"], "upstream address has conflicting scheme (https://) and port (:80, the HTTP port)"),
        (["h2c://localhost:443"], "upstream address has conflicting scheme (h2c://) and port (:443, the HTTPS port)"),
        (["wss://localhost"], "the scheme wss:// is only supported in browsers; use https:// instead"),
        (["ftp://localhost"], "unsupported URL scheme ftp://"),
        (["http://{env.HOST}"], "due to parsing difficulties, placeholders are not allowed"),
        (["http://localhost:x"], 'invalid port "x"'),
        (["http://local host"], "invalid character in host name"),
        (["http://[localhost]"], "parsing upstream URL"),
        (["localhost:99999"], "invalid start port"),
        (["localhost:9-8"], "end port must not be less than start port"),
        (["https://a", "http://b"], "expecting 'https://' but got 'http://'"),
    ],
)
def test_what_is_no_address_is_refused_by_name(texts: list[str], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        upstreams(*texts)
    assert caught.value.message.startswith(f"parsing upstream '{texts[-1]}': ")
    assert message in caught.value.message


def test_a_scheme_may_follow_an_address_without_one() -> None:
    assert upstreams("a:443", "https://b").scheme == "https"


@given(st.text(alphabet="az09:/[]{}.-+ %?#@é"))
def test_any_text_is_an_address_or_a_mistake(text: str) -> None:
    try:
        address = Address.parse(text)
        dials = address.dials()
    except ValueError:
        return
    assert all(dials)
