"""`php_server [<matcher>] { root, split, index, try_files, file_server off, env, worker, … }`: a PHP site.

FrankenPHP's directive: the front controller's routes, the handler `php` for PHP files, and a file server.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..adapt.adaptation import Adaptation
from ..adapt.directive import Directive
from ..adapt.emit import plain
from ..caddyfile.cursor import Cursor
from ..caddyfile.syntax import Row, parted, read_block, text, texts
from ..matchers.file import FileMatcher
from ..route import Route
from . import front_controller
from .file_server import FileServer
from .front_controller import FOUND, OFF, PATH, SCRIPTS, FrontController, in_place
from .php import Php, read_php


def syntax(cursor: Cursor, adaptation: Adaptation) -> list[object]:
    """The routes of the site."""
    match = adaptation.take_matcher(cursor)
    own, others = parted(cursor, ROWS.__contains__)
    own.finish()
    fields = read_block(own, ROWS)
    has_files = fields.pop("has_files", True)
    root, split = fields.pop("root", ""), fields.setdefault("split", SCRIPTS)
    php = read_php(others, {"root": root, "split_path": split})
    files = FileServer(root=root) if has_files else None
    controller = FrontController(
        root=root,
        default_tries=(PATH,) if has_files else (),
        location="{http.request.orig_uri.path}/",
        target=FOUND + "{http.matchers.file.remainder}",
        **fields,
    )
    scripts = {"path": plain([path for end in split for path in (f"*{end}", f"*{end}/*")])}
    routes = (
        *_worker_routes(php, files, adaptation),
        *controller.routes(adaptation),
        adaptation.route((scripts,), php),
        *([adaptation.route((), files)] if files else ()),
    )
    return [in_place(match, routes, adaptation)]


def _worker_routes(php: Php, files: FileServer | None, adaptation: Adaptation) -> Iterator[Route]:
    """Where workers have paths: the files that exist, then those paths without a look at the disk."""
    paths = [path for worker in php.workers for path in worker.match_path]
    if not paths:
        return
    if files:
        exists = FileMatcher(root=php.root, try_files=(PATH,))
        is_plain = {"file": plain(exists), "not": plain([{"path": ["*.php"]}])}
        yield adaptation.route((is_plain,), files)
    yield adaptation.route(({"path": plain(paths)},), php)


def _off(cursor: Cursor) -> bool:
    word = cursor.word()
    if word.text != OFF:
        raise word.error(f"file_server may only be turned off here, not set to '{word.text}'")
    return False


ROWS = front_controller.ROWS | {
    "root": Row("root", text),
    "split": Row("split", texts),
    "file_server": Row("has_files", _off),
}

DIRECTIVE = Directive("php_server", syntax)
