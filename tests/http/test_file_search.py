"""Looking for files: what a client's text may and may not do."""

from __future__ import annotations

import pytest

from pogoproxy.errors import HandlerError
from pogoproxy.http.file_search import FileSearch
from tests.exchanges import make

PATH = "{http.request.uri.path}"


def found(root, target, *patterns, policy="", splits=()):
    match = FileSearch(str(root), patterns, policy, splits).search(make(target)[0])
    return None if match is None else (match.relative, match.remainder)


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "si[t]e"
    (folder / "dir").mkdir(parents=True)
    (folder / "a.txt").write_text("a")
    (folder / "b.txt").write_text("longer")
    (tmp_path / "outside").write_text("x")
    return folder


def test_files_are_below_the_root(root):
    assert found(root, "/a.txt", PATH) == ("/a.txt", "")
    for target in ("/../outside", "/%2e%2e/outside", "/a.txt%00", "/" + "x" * 5000, "/a.txt/x"):
        assert found(root, target, PATH) is None


def test_globs_are_the_configurations_and_never_the_clients(root):
    assert found(root, "/", "/*.txt") == ("/a.txt", "")
    assert found(root, "/*", PATH + "*") is None
    assert found(root, "/[ab].txt", PATH) is None


def test_a_slash_at_the_end_is_for_folders(root):
    assert found(root, "/dir", PATH, PATH + "/") == ("/dir/", "")
    assert found(root, "/a.txt", PATH + "/") is None


def test_policies_choose(root):
    assert found(root, "/", "/a.txt", "/b.txt", policy="largest_size") == ("/b.txt", "")
    assert found(root, "/", "/b.txt", "/a.txt", policy="smallest_size") == ("/a.txt", "")


def test_a_status_ends_the_search(root):
    with pytest.raises(HandlerError) as caught:
        found(root, "/", "/none", "=418")
    assert caught.value.status == 418


def test_a_path_is_split(root):
    assert found(root, "/a.TXT.not/x", PATH, splits=(".txt",)) is None
    assert found(root, "/a.txt/x/y", PATH, splits=(".txt",)) == ("/a.txt", "/x/y")
