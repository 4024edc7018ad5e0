"""`php [<matcher>] { root, split, env, resolve_root_symlink, worker, … }`: FrankenPHP's handler.

It runs the PHP file that the path names; `php_server` is what a site needs around it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ..adapt.adaptation import Adaptation
from ..adapt.directive import handler
from ..adapt.readers import pair
from ..caddyfile.cursor import Cursor
from ..caddyfile.syntax import Row, duration, read_block, text, texts
from ..http.exchange import Middleware
from ..module import Context, Duration, Handler
from . import php_running
from .php_worker import Worker, read_worker


class HotReload(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Files whose changes reload the page in the browser, announced on a topic."""

    topic: str = ""
    watch: tuple[str, ...] | None = None


class Php(Handler, frozen=True, tag="php"):
    """Runs PHP files below `root`, by default the site's, in this server's own PHP, or in workers.

    A body that stalls for `request_body_timeout` (60s) ends the request; 0 lets it wait without end.
    """

    root: str = ""
    split_path: tuple[str, ...] = ()
    resolve_root_symlink: bool | None = None
    env: dict[str, str] = msgspec.field(default_factory=dict)
    workers: tuple[Worker, ...] = ()
    hot_reload: HotReload | None = None
    server_index: int = 0
    request_body_timeout: Duration | None = None
    name: str = ""

    def provision(self, context: Context) -> Middleware:
        """See `php_running`."""
        return php_running.middleware(self, context)


def read_php(cursor: Cursor, given: Mapping[str, Any]) -> Php:
    """The handler of a block, after the fields that are given; ConfigError for a name that is no subdirective."""
    fields = read_block(cursor, ROWS, given=given, unknown=UNKNOWN)
    _refuse_twins(cursor, fields.get("workers", ()))
    return Php(**fields | {"env": dict(fields.get("env", ()))})


def _refuse_twins(cursor: Cursor, workers: tuple[Worker, ...]) -> None:
    seen: set[str] = set()
    for worker in workers:
        if worker.file_name in seen:
            raise cursor.segment.error(
                'workers in a single "php" or "php_server" block must not have duplicate filenames:'
                f' "{worker.file_name}"'
            )
        if not worker.match_path:
            seen.add(worker.file_name)


def _resolve(cursor: Cursor) -> dict[str, bool]:
    word = cursor.maybe()
    if word is None:
        return {}
    if word.text not in _BOOLEANS:
        raise word.error(f'strconv.ParseBool: parsing "{word.text}": invalid syntax')
    return {"resolve_root_symlink": _BOOLEANS[word.text]}


def _hot_reload(cursor: Cursor) -> HotReload:
    rows = {"topic": Row("topic", text), "watch": Row("watch", texts, adds=True)}
    fields = read_block(cursor, rows, given={"watch": cursor.texts()}, unknown=_UNKNOWN_RELOAD)
    return HotReload(**fields | {"watch": fields["watch"] or None})


_BOOLEANS = dict.fromkeys(("1", "t", "T", "TRUE", "true", "True"), True) | dict.fromkeys(
    ("0", "f", "F", "FALSE", "false", "False"), False
)
"""What Go's `strconv.ParseBool` takes."""

_UNKNOWN_RELOAD = 'unknown "hot_reload" subdirective: {} (allowed directives are: topic, watch)'

ROWS = {
    "root": Row("root", text),
    "split": Row("split_path", texts),
    "env": Row("env", pair, adds=True),
    "resolve_root_symlink": Row("", _resolve),
    "worker": Row("workers", lambda cursor: (read_worker(cursor),), adds=True),
    "hot_reload": Row("hot_reload", _hot_reload),
    "request_body_timeout": Row("request_body_timeout", duration),
    "name": Row("name", text),
}
UNKNOWN = f'unknown "php or php_server" subdirective: {{}} (allowed directives are: {", ".join(ROWS)})'


def syntax(cursor: Cursor, adaptation: Adaptation) -> Php:
    """The handler alone."""
    cursor.finish()
    return read_php(cursor, {})


DIRECTIVE = handler("php", syntax)
