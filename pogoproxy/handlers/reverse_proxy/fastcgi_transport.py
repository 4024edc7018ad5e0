"""`transport fastcgi`: a FastCGI responder such as PHP-FPM."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import msgspec

from ...adapt.adaptation import Adaptation
from ...adapt.readers import number, pair
from ...caddyfile.cursor import Cursor
from ...caddyfile.syntax import Row, duration, flag, read_block, text, texts
from ...module import Context, Duration
from ...units import seconds
from ...upstream.dial import Dialer
from ...upstream.fastcgi.leg import FastCGILeg
from ...upstream.fastcgi.variables import Variables
from ...upstream.leg import Deadlines, Leg
from .transport import Transport


class FastCGITransport(Transport, frozen=True, tag="fastcgi"):
    """`root` is the folder of the scripts, the site's by default; the path ends at the first of `split_path`.

    What stands after it is PATH_INFO. `env` is added to the CGI variables. Dialing has 3s unless `dial_timeout` says
    otherwise; reading and writing wait without end. Of each responder, `max_idle_conns_per_host` connections are kept
    between requests (none, as in Caddy, since each occupies one of its processes).
    """

    REQUEST_BUFFER: ClassVar[int] = 4096  # as in Caddy: short bodies of unknown length get one

    root: str = ""
    split_path: tuple[str, ...] = ()
    resolve_root_symlink: bool = False
    env: dict[str, str] = msgspec.field(default_factory=dict)
    dial_timeout: Duration = 0
    read_timeout: Duration = 0
    write_timeout: Duration = 0
    capture_stderr: bool = False
    max_idle_conns_per_host: int = 0

    def provision(self, context: Context) -> Leg:
        """The leg, to be closed by whoever asked for it; ConfigError for what makes no sense."""
        read = seconds(self.read_timeout) or None
        return FastCGILeg(
            Variables.of(self.root, self.split_path, self.env, resolves_root=self.resolve_root_symlink),
            Dialer(seconds(self.dial_timeout) or Dialer().seconds),
            Deadlines(read, read, seconds(self.write_timeout) or None),
            kept=self.max_idle_conns_per_host,
            logs_stderr=self.capture_stderr,
        )

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> Self:
        """`fastcgi { root, split, env, resolve_root_symlink, dial_timeout, … }`."""
        cursor.finish()
        return cls.of(read_block(cursor, ROWS))

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> Self:
        """The transport of the fields that `ROWS` read, in which `env` is pairs."""
        return cls(**{**fields, "env": dict(fields.get("env", ()))})


ROWS = {
    "root": Row("root", text),
    "split": Row("split_path", texts),
    "env": Row("env", pair, adds=True),
    "resolve_root_symlink": Row("resolve_root_symlink", flag),
    "dial_timeout": Row("dial_timeout", duration),
    "read_timeout": Row("read_timeout", duration),
    "write_timeout": Row("write_timeout", duration),
    "capture_stderr": Row("capture_stderr", flag),
    "keepalive_idle_conns": Row("max_idle_conns_per_host", number),
}
