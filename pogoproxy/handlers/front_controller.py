"""How `php_fastcgi` and `php_server` lead requests to PHP files.

A folder's URI gets a slash at its end, what is no file goes to the index file, and the PHP files to whoever runs them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..adapt.adaptation import Adaptation
from ..adapt.directive import Together
from ..adapt.emit import plain
from ..caddyfile.cursor import Cursor
from ..caddyfile.syntax import Row, texts
from ..matchers.file import FileMatcher
from ..route import MatcherSet, Route
from .respond import StaticResponse
from .rewrite import Rewrite
from .subroute import Subroute

PATH = "{http.request.uri.path}"
FOUND = "{http.matchers.file.relative}"
OFF = "off"
SCRIPTS = (".php",)
"""Where a path is split by default, and what PHP files end in."""


@dataclass(frozen=True, kw_only=True)
class FrontController:
    """`index` may be `off`. `tries` are the user's; without any, the `default_tries` and the index files.

    `location` and `target` are where the client is sent to and what the URI becomes.
    """

    index: str = "index.php"
    tries: tuple[str, ...] = ()
    default_tries: tuple[str, ...] = (PATH,)
    split: tuple[str, ...] = SCRIPTS
    root: str = ""
    location: str
    target: str = FOUND

    def routes(self, adaptation: Adaptation) -> Iterator[Route]:
        """The routes before the one to PHP."""
        if self.index == OFF:
            return
        in_folder = f"{PATH}/{self.index}"
        tries = self.tries or (*self.default_tries, in_folder, self.index)
        if in_folder in tries:
            redirect = StaticResponse(status_code=308, headers={"Location": (self.location,)})
            yield adaptation.route((self._folders(in_folder),), redirect)
        # The last one need not be looked for if it is PHP: the responder will say that it is missing.
        falls_back = not self.tries or self.tries[-1].endswith(".php")
        policy = "first_exist_fallback" if falls_back else ""
        files = FileMatcher(root=self.root, try_files=tries, try_policy=policy, split_path=self.split)
        yield adaptation.route(({"file": plain(files)},), Rewrite(uri=self.target))

    def _folders(self, index: str) -> MatcherSet:
        has_index = FileMatcher(root=self.root, try_files=(index,))
        return {"file": plain(has_index), "not": plain([{"path": ["*/"]}])}


def in_place(match: tuple[MatcherSet, ...] | None, routes: tuple[Route, ...], adaptation: Adaptation) -> object:
    """The routes where the directive stands: in a subroute for the user's matcher, else unwrapped, in a row."""
    if match:
        return adaptation.route(match, Subroute(routes=routes))
    return Together(routes)


def _index(cursor: Cursor) -> str:
    return cursor.only()


ROWS = {"index": Row("index", _index), "try_files": Row("tries", texts)}
