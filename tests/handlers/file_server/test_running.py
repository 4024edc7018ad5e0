"""`file_server` at work: what a client can reach and what it cannot, and how files travel."""

from __future__ import annotations

import os

import pytest

from pogoproxy.errors import ConfigError, HandlerError
from pogoproxy.handlers.file_server.ranges import Multipart, Part
from tests.exchanges import answer, make


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "site"
    (folder / "dir").mkdir(parents=True)
    (folder / "file.txt").write_text("0123456789")
    (folder / "large.bin").write_bytes(os.urandom(1_000_000))
    (tmp_path / "outside.txt").write_text("secret")
    return folder


async def get(root, target, *, headers=None, method="GET", **fields):
    exchange, recorder = make(target, method=method, headers=headers)
    await answer([{"handler": "file_server", "root": str(root), **fields}], exchange)
    return recorder


async def status(root, target, **more):
    """The status of the failure."""
    with pytest.raises(HandlerError) as caught:
        await get(root, target, **more)
    return caught.value.status


@pytest.mark.parametrize(
    "target",
    [
        "/../outside.txt",
        "/dir/../../outside.txt",
        "/%2e%2e/outside.txt",
        "/..%2foutside.txt",
        "/dir/%2e%2e%2f%2e%2e%2foutside.txt",
        "//../outside.txt",
        "/%252e%252e/outside.txt",
        "/..%5coutside.txt",
    ],
)
async def test_no_spelling_leads_out_of_the_root(root, target):
    assert await status(root, target) == 404


@pytest.mark.parametrize("target", ["/file.txt%00", "/file.txt/x", "/" + "a" * 5000])
async def test_a_name_that_cannot_be_is_a_bad_request(root, target):
    assert await status(root, target) == 400


async def test_a_named_pipe_is_no_file_and_stops_nobody(root):
    os.mkfifo(root / "pipe")
    assert await status(root, "/pipe") == 404


async def test_links_are_followed(root):
    (root / "link.txt").symlink_to("../outside.txt")
    assert (await get(root, "/link.txt")).body == b"secret"


async def test_what_is_hidden_is_missing(root):
    assert await status(root, "/file.txt", hide=["*.txt"]) == 404
    assert await status(root, "/file.txt", hide=[str(root)]) == 404
    assert (await get(root, "/file.txt", hide=["/elsewhere"])).status == 200


async def test_a_large_file_comes_whole_and_in_parts(root):
    data = (root / "large.bin").read_bytes()
    whole = await get(root, "/large.bin")
    assert (whole.status, whole.length, whole.body) == (200, len(data), data)
    part = await get(root, "/large.bin", headers=[(b"Range", b"bytes=500000-899999")])
    assert (part.status, part.body) == (206, data[500_000:900_000])


async def test_the_length_of_several_parts_is_told_ahead(root):
    found = await get(root, "/large.bin", headers=[(b"Range", b"bytes=0-9,300000-600000")])
    assert found.length == len(found.body)
    head = await get(root, "/large.bin", headers=[(b"Range", b"bytes=0-9,300000-600000")], method="HEAD")
    assert (head.length, head.body) == (found.length, b"")


def test_a_multipart_body_of_a_file_without_a_type_says_none():
    assert Multipart([Part(0, 1)], 5, None, b"b").head(0) == b"--b\r\nContent-Range: bytes 0-0/5\r\n\r\n"


async def test_a_redirect_stays_on_this_site(root):
    (root / "dir" / "index.html").write_text("x")
    found = await get(root, "//dir")
    assert (found.status, dict(found.headers)[b"Location"]) == (308, b"/dir/")


async def test_a_missing_file_is_left_to_what_follows(root):
    exchange, recorder = make("/missing")
    files = {"handler": "file_server", "root": str(root), "pass_thru": True}
    await answer([files, {"handler": "static_response", "body": "next"}], exchange)
    assert recorder.body == b"next"


async def test_the_root_may_depend_on_the_request(tmp_path):
    (tmp_path / "a.example").mkdir()
    (tmp_path / "a.example" / "x").write_text("a")
    exchange, recorder = make("/x", host="a.example")
    vars = {"handler": "vars", "root": f"{tmp_path}/{{http.request.host}}"}
    await answer([vars, {"handler": "file_server"}], exchange)
    assert recorder.body == b"a"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"fs": "embedded"}, "file system 'embedded' is not supported"),
        ({"precompressed": {"lzma": {}}}, "unknown module: http.precompressed.lzma"),
    ],
)
async def test_what_cannot_run_is_refused_by_name(root, fields, message):
    with pytest.raises(ConfigError, match=message):
        await get(root, "/", **fields)
