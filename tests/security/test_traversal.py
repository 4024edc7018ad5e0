"""No spelling of a path leads out of the folder of a site, or around a matcher that protects a part of it."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.http.path_pattern import match_path
from pogoproxy.http.site_path import below
from tests.exchanges import make

from .conftest import request, status

SECRET = b"outside the site"

DOTS = ("..", "%2e%2e", "%2E.", ".%2e", "%252e%252e", "..%00", "%c0%ae%c0%ae", "%uff0e%uff0e", "．．", ".. ", "..;")
SLASHES = ("/", "%2f", "%2F", "%5c", "\\", "//", "%252f", "%c0%af", "/./")


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "site"
    (folder / "sub").mkdir(parents=True)
    (folder / "index.html").write_text("inside")
    (tmp_path / "secret.txt").write_bytes(SECRET)
    return folder


@pytest.mark.parametrize("dots", DOTS)
async def test_no_encoding_of_dots_and_slashes_leads_out_of_the_root(site, root, dots):
    async with site(f"root {root}\nfile_server browse") as running:
        for slash, start, depth in itertools.product(SLASHES, ("/", "/sub", "/sub/", "//"), (1, 2, 3)):
            target = start + slash + (dots + slash) * depth + "secret.txt"
            answer = await running.ask(request(target.encode("utf-8").decode("latin-1")))
            assert SECRET not in answer, target
            assert b"secret.txt" not in answer.partition(b"\r\n\r\n")[2] or status(answer) != 200, target


@pytest.mark.parametrize("directive", ["try_files {path} /index.html", "try_files {query.f} /index.html"])
async def test_try_files_stays_below_the_root(site, root, directive):
    async with site(f"root {root}\n{directive}\nfile_server") as running:
        for target in (
            "/../secret.txt",
            "/%2e%2e/secret.txt",
            "/?f=../secret.txt",
            "/?f=/..%2f..%2fsecret.txt",
            "/?f=*",
        ):
            assert SECRET not in await running.ask(request(target))


async def test_a_glob_of_the_client_is_no_glob(site, root):
    (root / "sub" / "private.txt").write_text("private")
    async with site(f"root {root}\n@found file {{query.f}}*.html\nrespond @found {{file_match.relative}}") as running:
        assert b"index.html" in await running.ask(request("/?f=/index"))
        answer = await running.ask(request("/?f=/*/*"))
        assert b"sub" not in answer


@given(st.text(alphabet="./\\ab%\x00 ~\u2025", max_size=40))
def test_a_path_below_the_root_is_below_it(path):
    found = below("/srv/site", path)
    assert found == "/srv/site" or found.startswith("/srv/site/")
    assert "/../" not in found + "/"


@given(
    st.lists(
        st.sampled_from(["/", "//", "/./", "/x/../", "/%2e/", "/x/%2E%2e/", "%2f", "/X/.%2e/"]), min_size=1, max_size=4
    )
)
def test_no_detour_gets_around_a_protected_prefix(detours):
    """However the client comes to `/admin/x`, it comes there for the matcher, too."""
    target = "/" + "".join(detours) + "admin/x"
    exchange, _ = make(target)
    reaches = below("/", exchange.path).startswith("/admin/")
    assert match_path(["/admin/*"])(exchange) or not reaches


async def test_links_are_followed_as_documented(site, root, tmp_path):
    (root / "link").symlink_to(tmp_path / "secret.txt")
    (root / "circle").symlink_to(root / "circle")
    async with site(f"root {root}\nfile_server") as running:
        assert SECRET in await running.ask(request("/link"))
        assert status(await running.ask(request("/circle"))) in (400, 404)


ODD = (
    "/index.html%00",
    "/%00",
    "/index.html%00.jpg",
    "/" + "a" * 300,
    "/" + "a/" * 2000,
    "/index.html/",
    "/index.html/x",
)


@pytest.mark.parametrize("target", ODD)
async def test_odd_names_are_refused_without_a_crash(site, root, target, caplog):
    async with site(f"root {root}\nfile_server") as running:
        answer = await running.ask(request(target))
    assert status(answer) in (308, 400, 404)
    assert "crashed" not in caplog.text


async def test_a_folder_is_no_file(site, root):
    async with site(f"root {root}\nfile_server") as running:
        assert status(await running.ask(request("/sub/"))) == 404
        assert status(await running.ask(request("/sub"))) == 404


HOSTS = ("//evil.example/%2e%2e/sub", "/\\evil.example/../sub", "///evil.example/../sub", "/%5cevil.example/../sub")


@pytest.mark.parametrize("target", HOSTS)
async def test_no_redirect_leads_to_another_host(site, root, target):
    (root / "sub" / "index.html").write_text("inside")
    async with site(f"root {root}\nfile_server") as running:
        answer = await running.ask(request(target))
    places = [line[10:] for line in answer.split(b"\r\n") if line.lower().startswith(b"location: ")]
    assert all(place.startswith(b"/") and place[1:2] not in (b"/", b"\\") for place in places)
