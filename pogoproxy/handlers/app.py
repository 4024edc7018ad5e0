"""`app <module:callable> { workers, interface, timeout, chdir, env }`: an ASGI or WSGI application in our workers."""

from __future__ import annotations

from typing import Any

import msgspec

from ..adapt.adaptation import Adaptation
from ..adapt.directive import handler
from ..adapt.readers import integer_of
from ..caddyfile.cursor import Cursor
from ..caddyfile.syntax import Row, duration, read_block, text
from ..http.exchange import Middleware
from ..module import Context, Duration, Handler
from ..upstream.app_jobs import note_jobs
from ..upstream.app_targets import AppSource, AppTargets, app_key
from ..upstream.leg import Leg
from ..upstream.proxy import Edits, Proxy, Retry
from ..upstream.select import least_conn

INTERFACES = ("auto", "asgi", "wsgi")


class Application(Handler, frozen=True, tag="app"):
    """`app` is `module:callable`; `workers` 0 is one for each available CPU; `chdir` is where it is imported from.

    `timeout` is what a request may take, its jobs included; 0 is no limit.
    """

    app: str = ""
    workers: int = 0
    interface: str = ""
    timeout: Duration = 0
    chdir: str = ""
    env: dict[str, str] = msgspec.field(default_factory=dict)

    def provision(self, context: Context) -> Middleware:
        """A proxy to the workers that the supervisor keeps up, the least loaded first."""
        workers = AppSource(context.service(AppTargets), app_key(self))
        # A worker that is being replaced may have closed its socket before the front hears of it.
        proxy = Proxy(workers, least_conn(), Leg(), Retry(retries=2), edits=Edits(down=(note_jobs,)))
        return lambda _: proxy


def _workers(cursor: Cursor) -> int:
    word = cursor.word()
    number = integer_of(word)
    if number < 1:
        raise word.error(f"workers must be at least 1, got {number}")
    return number


def _interface(cursor: Cursor) -> str:
    word = cursor.word()
    if word.text not in INTERFACES:
        raise word.error(f"interface must be one of {', '.join(INTERFACES)}; got '{word.text}'")
    return word.text


def _env(cursor: Cursor) -> tuple[tuple[str, str], ...]:
    return ((cursor.text(), cursor.text()),)


ROWS = {
    "workers": Row("workers", _workers),
    "interface": Row("interface", _interface),
    "timeout": Row("timeout", duration),
    "chdir": Row("chdir", text),
    "env": Row("env", _env, adds=True),
}


def syntax(cursor: Cursor, adaptation: Adaptation) -> Application:
    """The application and its workers."""
    app = cursor.word()
    if ":" not in app.text:
        raise app.error(f"'{app.text}' names no callable", hint=f"write it as `{app.text}:application`")
    cursor.finish()
    fields: dict[str, Any] = read_block(cursor, ROWS)
    fields["env"] = dict(fields.get("env", ()))
    return Application(app=app.text, **fields)


DIRECTIVE = handler("app", syntax)
