"""`php` at work: requests become FastCGI requests to the php-fpm that the supervisor keeps up."""

from __future__ import annotations

import logging
import os.path
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ..http.body import Body
from ..http.buffered import read_ahead
from ..http.exchange import Exchange, Middleware, Predicate
from ..http.path_pattern import match_path
from ..module import Context
from ..upstream.app_jobs import note_jobs
from ..upstream.app_targets import PHP, AppSource, AppTargets
from ..upstream.fastcgi.leash import VARIABLE, Leash
from ..upstream.fastcgi.leg import FastCGILeg
from ..upstream.fastcgi.variables import Question, Variables
from ..upstream.leg import Request
from ..upstream.relay import pass_on
from .front_controller import SCRIPTS
from .php_worker import Worker

if TYPE_CHECKING:
    from .php import Php

log = logging.getLogger(__name__)

_AHEAD = 16 << 20
"""Bytes of a body whose length the client does not tell, which PHP must know before it starts. More get 411."""

_HINTS = ("hot_reload", "request_body_timeout", "name")
_WORKER_HINTS = ("name", "num", "max_threads", "watch", "max_consecutive_failures")
"""Nothing of a worker lives on from request to request here, so there is no number of it to start or to watch."""


@dataclass(frozen=True, slots=True)
class PhpSettings:
    """What is the same for all sites: scripts that are workers in FrankenPHP, and how long a request waits for PHP.

    Here workers are booted for each request, and told so. Zero seconds are without end.
    """

    workers: tuple[Worker, ...] = ()
    longest_wait: float = 0.0


@dataclass(frozen=True, slots=True)
class Pages:
    """Answers by PHP."""

    source: AppSource
    leg: FastCGILeg
    leash: Leash

    async def __call__(self, exchange: Exchange) -> None:
        """Answer; NoUpstream while there is no php-fpm, UpstreamTimeout if none of its processes is free in time."""
        body = exchange.body
        if body.length is None:
            body = await read_ahead(body, _AHEAD)
        targets = self.source.available(exchange) or await self.source.wait(exchange)
        target = targets[0]
        self.leash.open(Path(target.address.path).parent)
        number, told = self.leash.request()
        target.active += 1
        try:
            async with self.leash.held(number):
                answer = await self.leg.ask(target, self._request(exchange, body, told))
                self.leash.begun(number)
                note_jobs(answer.status, answer.headers, exchange)
                try:
                    await pass_on(exchange, answer, answer.headers)
                finally:
                    answer.close()
        finally:
            target.active -= 1

    def _request(self, exchange: Exchange, body: Body, told: str) -> Request:
        length = -1 if body.length is None else body.length
        question = Question(exchange.method, exchange.uri, exchange.headers, length)
        head = self.leg.head_of(exchange, question, {VARIABLE: told})
        return Request(exchange.method, head, body, exchange.writer.inform)


@dataclass(frozen=True, slots=True)
class Scripts:
    """The variables of a request, led to a worker's script where one serves its path or is what it asks for.

    The workers' files are absolute.
    """

    variables: Variables
    by_file: Mapping[str, Worker]
    by_path: Sequence[tuple[Predicate, Worker]] = ()

    def __call__(self, exchange: Exchange, question: Question) -> Mapping[str, str]:
        found = self.variables(exchange, question)
        worker = next((one for matches, one in self.by_path if matches(exchange)), None)
        worker = worker or self.by_file.get(found["SCRIPT_FILENAME"])
        if worker is None:
            return found
        file, root = worker.file_name, found["DOCUMENT_ROOT"]
        name = file.removeprefix(root) if file.startswith(f"{root}/") else found["SCRIPT_NAME"]
        return {**found, **worker.env, "SCRIPT_FILENAME": file, "SCRIPT_NAME": name, "FRANKENPHP_WORKER": "1"}


def middleware(config: Php, context: Context) -> Middleware:
    """The pages; ConfigError for a path that cannot be split."""
    settings = context.service(PhpSettings)
    workers = [_placed(worker) for worker in (*settings.workers, *config.workers)]
    _warn_of_hints(config, workers)
    made = Variables.of(
        config.root,
        config.split_path or SCRIPTS,
        config.env,
        resolves_root=config.resolve_root_symlink is not False,
    )
    by_file = {worker.file_name: worker for worker in workers}
    by_path = [(match_path(worker.match_path), worker) for worker in workers if worker.match_path]
    leg = FastCGILeg(Scripts(made, by_file, by_path), logs_stderr=False)  # php-fpm logs it itself
    context.stack.callback(leg.close)
    leash = Leash(settings.longest_wait)
    context.stack.callback(leash.close)
    pages = Pages(AppSource(context.service(AppTargets), PHP), leg, leash)
    return lambda _: pages


def _placed(worker: Worker) -> Worker:
    # A link is another script to PHP, so that none is followed.
    return msgspec.structs.replace(worker, file_name=os.path.abspath(worker.file_name))  # noqa: PTH100


def _warn_of_hints(config: Php, workers: Sequence[Worker]) -> None:
    for name in _HINTS:
        if getattr(config, name):
            log.warning("php option has no effect option=%s", name)
    for name in _WORKER_HINTS:
        if any(getattr(worker, name) for worker in workers):
            log.warning("php worker option has no effect option=%s", name)
