"""PHP's own programs as the supervisor starts them: `php` for the workers of pools, `php-fpm` for pages.

Both run `jobs/php/prepend.php` first, which gives every PHP process the functions of Pogo without an extension.
"""

from __future__ import annotations

import os
import pwd
import re
import signal
import socket
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from . import jobs
from .apps.frankenphp import AUTO, FrankenPHPApp
from .config.provision import php_handlers
from .config.root import Config
from .errors import RuntimeFault
from .supervisor.cpus import available_cpus
from .supervisor.plan import Launch, Role

PREPENDED = Path(jobs.__file__).parent / "php" / "prepend.php"

READY = "ready to handle connections"
"""What php-fpm writes when it serves."""

_FOLDERS = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin")
"""Looked at beside PATH: Debian has php-fpm in one that users do not have in theirs."""

_VERSION = re.compile(r"-?(\d+)\.?(\d*)")


def worker_command(script: str, folder: Path, options: FrankenPHPApp) -> tuple[str, ...]:
    """How a pool's worker runs `script`, which is below `folder`; RuntimeFault if there is no PHP, or no such file."""
    path = (folder / script).resolve()
    if not path.is_file():
        raise RuntimeFault(f"worker {script}: no such file: {path}")
    settings = {
        "display_errors": "stderr",  # where the supervisor takes it for the log, and for why a worker died
        "log_errors": "0",
        "html_errors": "0",
        **options.php_ini,
        "auto_prepend_file": str(PREPENDED),
    }
    return (program("php"), *_definitions(settings), str(path))


def fpm_role(config: Config, number: int, file: Path, listener: socket.socket, broker: str) -> Role:
    """php-fpm for a generation's sites, configured by a file that is written here; RuntimeFault if there is none.

    It takes `listener` as if it had bound it, so that connections wait in its backlog while it is replaced.
    """
    listener.setblocking(True)  # its processes end when there is nothing to accept
    fpm = Fpm(config.apps.frankenphp or FrankenPHPApp(), script_ends(config), file)
    launch = Launch(
        command=fpm.command(),
        fds=(listener.fileno(),),
        environment=fpm.environment(listener.fileno()) | {"POGO_SOCKET": broker},
        directory=str(Path.cwd()),
        ready_line=READY,
        routine="] NOTICE: ",
    )
    return Role("php-fpm", (launch,), number, stop_signal=signal.SIGQUIT)


class Fpm:
    """php-fpm in the foreground, from a configuration that it writes to the file `config` in the run directory.

    `ends` are the names' ends that it runs as PHP, whatever it is asked for.
    """

    def __init__(self, options: FrankenPHPApp, ends: Iterable[str], config: Path) -> None:
        self._options = options
        self._ends = sorted(ends)
        self._config = config

    def command(self) -> tuple[str, ...]:
        """The command, its configuration written; RuntimeFault if there is no php-fpm."""
        found = program("php-fpm")
        self._config.write_text(self.text())
        as_root = ("--allow-to-run-as-root",) if os.geteuid() == 0 else ()
        settings = _definitions(self._options.php_ini)
        return (found, "--nodaemonize", *as_root, "--fpm-config", str(self._config), *settings)

    def environment(self, listener: int) -> dict[str, str]:
        """How it is handed the listening socket: as one that an earlier php-fpm, whose place it takes, has left it."""
        return {"FPM_SOCKETS": f"{self._socket_name}={listener}"}

    @property
    def _socket_name(self) -> str:
        # Not the path that is bound: php-fpm removes the file of its socket when it ends.
        return f"{self._config}.sock"

    def text(self) -> str:
        """The configuration."""
        other = self._options.php_ini.get("auto_prepend_file")
        prepended = _chained(self._config, other) if other else PREPENDED
        lines = [
            "[global]",
            "error_log = /proc/self/fd/2",
            "log_level = notice",
            "daemonize = no",
            "[php]",
            f'listen = "{self._socket_name}"',
            *([f"user = {pwd.getpwuid(0).pw_name}"] if os.geteuid() == 0 else []),
            *self._processes(),
            "clear_env = no",
            "catch_workers_output = yes",
            "decorate_workers_output = no",
            f"security.limit_extensions = {' '.join(self._ends)}",
            f'php_admin_value[auto_prepend_file] = "{prepended}"',
        ]
        return "\n".join(lines) + "\n"

    def _processes(self) -> list[str]:
        """As many processes as FrankenPHP has threads: so many always, up to so many under load."""
        options = self._options
        count = options.num_threads or 2 * available_cpus()
        most = 2 * count if options.max_threads == AUTO else max(options.max_threads, count)
        lines = [f"pm.max_children = {most}", f"pm.max_requests = {options.max_requests}"]
        if most == count:
            return ["pm = static", *lines]
        idle = [f"pm.start_servers = {count}", "pm.min_spare_servers = 1", f"pm.max_spare_servers = {count}"]
        return ["pm = dynamic", *lines, *idle]


def _chained(config: Path, other: str) -> Path:
    """A file that runs ours and then the one that the user has prepended."""
    chained = config.with_suffix(".php")
    quoted = (str(file).replace("\\", r"\\").replace("'", r"\'") for file in (PREPENDED, Path(other).resolve()))
    chained.write_text("<?php\n" + "".join(f"require '{file}';\n" for file in quoted))
    return chained


def script_ends(config: Config) -> set[str]:
    """What the names of PHP files end in, over all sites."""
    ends = {".php"}
    for found in php_handlers(config):
        split = found.get("split_path") or found.get("transport", {}).get("split_path") or ()
        ends.update(end for end in split if end)
    return ends


def _definitions(settings: Mapping[str, str]) -> Iterator[str]:
    for name, value in settings.items():
        yield from ("-d", f"{name}={value}")


def program(name: str) -> str:
    """The path of `php` or `php-fpm`, without a version in its name or else the latest; RuntimeFault."""
    folders = [*os.environ.get("PATH", "").split(os.pathsep), *_FOLDERS]
    found = [file for folder in folders if folder for file in _files(Path(folder)) if _is_named(file, name)]
    if not found:
        raise RuntimeFault(f"{name} is needed and not installed: looked for {name} and {name}8.x in PATH and /usr/sbin")
    return str(max(found, key=lambda file: _version(file.name.removeprefix(name))))


def _files(folder: Path) -> list[Path]:
    """What is there; nothing of a folder that is missing or another user's."""
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _is_named(file: Path, name: str) -> bool:
    rest = file.name.removeprefix(name)
    is_named = file.name.startswith(name) and (not rest or _VERSION.fullmatch(rest) is not None)
    return is_named and os.access(file, os.X_OK)


def _version(suffix: str) -> tuple[float, ...]:
    """A plain name is what the administrator chose, hence above all versions. Alpine writes `83` for 8.3."""
    match = _VERSION.fullmatch(suffix)
    if match is None:
        return (float("inf"),)
    major, minor = match.groups()
    return (float(major[0]), float(minor or major[1:] or 0))
