"""What a client or an upstream sends cannot become a header, a request line or markup of ours."""

from __future__ import annotations

import pytest

from .conftest import request, status

EVIL = "%0d%0aX-Evil:%20yes%0d%0a%0d%0a<script>"


def fields(answer: bytes) -> list[bytes]:
    """The names of an answer's fields in lower case."""
    return [line.partition(b":")[0].lower() for line in answer.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]]


@pytest.mark.parametrize(
    "directives",
    [
        'header X-Value "{query.q}"\nrespond ok',
        'header >X-Value "{query.q}"\nrespond ok',
        "header X-{query.q} value\nrespond ok",
        'header +Set-Cookie "a={query.q}"\nrespond ok',
        "redir {query.q}",
        "redir * /x?{query}",
        "redir https://{query.q}/x 301",
        'respond "{query.q}" 200',
        "vars v {query.q}\nheader X-Value {vars.v}\nrespond ok",
        'map {query.q} {m} {\ndefault "{query.q}"\n}\nheader X-Value {m}\nrespond ok',
        'error "{query.q}" 400\nhandle_errors {\nheader X-Value {err.message}\nrespond no\n}',
        "rewrite {query.q}\nheader X-Value {uri}\nrespond ok",
        "method {query.q}\nheader X-Value {method}\nrespond ok",
        "request_header X-Value {query.q}\nheader X-Value {header.X-Value}\nrespond ok",
        "uri replace /x {query.q}\nheader X-Value {uri}\nredir {uri}",
    ],
)
async def test_no_placeholder_can_bring_a_field_of_its_own(site, directives):
    async with site(directives) as running:
        answer = await running.ask(request(f"/x?q={EVIL}"))
    assert answer
    assert b"x-evil" not in fields(answer)


@pytest.mark.parametrize(
    "directives",
    [
        "rewrite {query.q}",
        "rewrite /x?{query.q}",
        "uri replace /x {query.q}",
        "uri path_regexp x {query.q}",
        "uri query a {query.q}",
        "request_header X-Value {query.q}",
        "request_header X-{query.q} value",
        "request_header Host {query.q}",
    ],
)
async def test_an_upstream_gets_one_request_whatever_placeholders_bring(site, origin, directives):
    seen: list[bytes] = []

    async def script(client):
        seen.append(await client.head())
        client.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    async with origin(script) as upstream, site(f"{directives}\nreverse_proxy {upstream.dial}") as running:
        await running.ask(request("/x?q=/a%20HTTP/1.1%0d%0aX-Evil:%20yes%0d%0a%0d%0aGET%20/b"))
    for head in seen:
        assert b"x-evil" not in fields(head)
        assert head.count(b"HTTP/1.1") == 1 or head.split(b"\r\n")[0].count(b" ") == 2


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("GET%20/evil%20HTTP/1.1%0d%0aX-Evil:%20yes%0d%0a%0d%0aPUT", None),
        *(("A%20B", None), ("(x)", None), ("", b"GET /x?q= HTTP/1.1"), ("patch", b"PATCH /x?q=patch HTTP/1.1")),
    ],
)
async def test_a_method_from_a_placeholder_is_a_method_or_refused(site, origin, method, expected):
    seen: list[bytes] = []

    async def script(client):
        seen.append(await client.head())
        client.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    async with origin(script) as upstream, site(f"method {{query.q}}\nreverse_proxy {upstream.dial}") as running:
        answer = await running.ask(request(f"/x?q={method}"))
    assert status(answer) == (200 if expected else 400)
    assert [head.split(b"\r\n")[0] for head in seen] == ([expected] if expected else [])


@pytest.mark.parametrize(
    "line",
    [b"X-Up: a\x00b", b"X-Up: a\rX-Evil: yes", b"X Up: v", b"X-Up : v", b": v", b"X-Up: a\r\n folded", b"\x00: v"],
)
async def test_a_broken_field_of_an_upstream_is_no_field_of_ours(site, origin, line):
    async def script(client):
        await client.head()
        client.send(b"HTTP/1.1 200 OK\r\n" + line + b"\r\nContent-Length: 2\r\n\r\nok")

    async with origin(script) as upstream, site(f"reverse_proxy {upstream.dial}") as running:
        answer = await running.ask(request("/"))
    assert b"x-evil" not in fields(answer)
    head = answer.partition(b"\r\n\r\n")[0]
    assert not any(byte in head.replace(b"\r\n", b"") for byte in b"\r\n\x00")


async def test_a_page_that_redirects_escapes_where_it_leads(site):
    async with site("redir https://example.com{uri} html") as running:
        answer = await running.ask(request("/x?%22%3E%3Cscript%3Ealert(1)"))
    assert b"<script>alert" not in answer


async def test_texts_are_text_to_browsers(site):
    async with site('respond "{query.q}"') as running:
        answer = await running.ask(request("/?q=%3Cscript%3E"))
    assert b"Content-Type: text/plain; charset=utf-8" in answer
