"""`transport fastcgi`: a FastCGI responder such as PHP-FPM."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import msgspec

from ...adapt.adaptation import Adaptation
from ...adapt.readers import pair
from ...caddyfile.cursor import Cursor
from ...caddyfile.syntax import Row, duration, flag, read_block, text, texts
from ...module import Duration
from .transport import Transport


class FastCGITransport(Transport, frozen=True, tag="fastcgi"):
    """`root` is the folder of the scripts, the site's by default; the path ends at the first of `split_path`.

    What stands after it is PATH_INFO. `env` is added to the CGI variables. Dialing has 3s unless `dial_timeout` says
    otherwise; reading and writing wait without end.
    """

    root: str = ""
    split_path: tuple[str, ...] = ()
    resolve_root_symlink: bool = False
    env: dict[str, str] = msgspec.field(default_factory=dict)
    dial_timeout: Duration = 0
    read_timeout: Duration = 0
    write_timeout: Duration = 0
    capture_stderr: bool = False

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
}
