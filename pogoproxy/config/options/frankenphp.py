"""`frankenphp { num_threads, max_threads, worker, php_ini, max_wait_time, max_idle_time, max_requests }`."""

from __future__ import annotations

from ...adapt.adaptation import Adaptation
from ...adapt.directive import App, Option
from ...adapt.readers import pair
from ...apps.frankenphp import AUTO, FrankenPHPApp
from ...caddyfile.cursor import Cursor
from ...caddyfile.syntax import Row, duration, read_block
from ...handlers.php_worker import Worker, count, read_worker


def _threads(cursor: Cursor) -> int:
    word = cursor.peek()
    if word is None or word.text != "auto":
        return count(cursor)
    cursor.word()
    return AUTO


def _ini(cursor: Cursor) -> tuple[tuple[str, str], ...]:
    if cursor.remaining:
        return pair(cursor)
    return tuple(entry for line in cursor.block() for entry in _ini_line(line))


def _ini_line(line: Cursor) -> tuple[tuple[str, str], ...]:
    entry = (line.name, line.text())
    line.finish_line()
    return (entry,)


def _worker(cursor: Cursor) -> tuple[Worker]:
    worker = read_worker(cursor)
    if worker.match_path:
        raise cursor.segment.error(
            f'"match" can only be used in a php_server worker block, not in a global one: "{worker.file_name}"'
        )
    return (worker,)


ROWS = {
    "num_threads": Row("num_threads", count),
    "max_threads": Row("max_threads", _threads),
    "php_ini": Row("php_ini", _ini, adds=True),
    "worker": Row("workers", _worker, adds=True),
    "max_wait_time": Row("max_wait_time", duration),
    "max_idle_time": Row("max_idle_time", duration),
    "max_requests": Row("max_requests", count),
}
UNKNOWN = f'unknown "frankenphp" subdirective: {{}} (allowed directives are: {", ".join(ROWS)})'


def _frankenphp(cursor: Cursor, adaptation: Adaptation) -> App:
    cursor.finish()
    fields = read_block(cursor, ROWS, unknown=UNKNOWN)
    app = FrankenPHPApp(**fields | {"php_ini": dict(sorted(fields.get("php_ini", ())))})
    _check(cursor, app)
    return App("frankenphp", app)


def _check(cursor: Cursor, app: FrankenPHPApp) -> None:
    if 0 < app.max_threads < app.num_threads:
        raise cursor.segment.error('"max_threads" must be greater than or equal to "num_threads"')
    seen: set[str] = set()
    for worker in app.workers:
        if worker.file_name in seen:
            raise cursor.segment.error(f'global workers must not have duplicate filenames: "{worker.file_name}"')
        seen.add(worker.file_name)


OPTIONS = (Option("frankenphp", _frankenphp),)
