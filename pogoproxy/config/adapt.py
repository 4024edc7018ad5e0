"""A whole Caddyfile → Caddy's JSON: options, named routes, sites, servers, apps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from ..adapt.adaptation import Adaptation, Shared, worded
from ..adapt.directive import App, Directive, Option
from ..adapt.emit import text
from ..adapt.origin import Origin
from ..apps.http import HttpApp, Metrics, Server
from ..caddyfile.cursor import Cursor
from ..caddyfile.mistakes import Mistakes
from ..caddyfile.parse import parse
from ..caddyfile.suggest import did_you_mean
from ..caddyfile.tree import Caddyfile, Segment, Site
from ..errors import ConfigError, ConfigErrors
from ..module import Registry
from .listeners import Pairing, Ports, pairings
from .logging import logging_of
from .named_routes import read_named_routes
from .options.servers import apply
from .pki_app import pki_app
from .root import NO_APPS, Admin, Apps, Config, Persistence
from .servers import Builder
from .sites import Block, evaluate
from .tls_app import tls_app


@dataclass(frozen=True)
class Language:
    """What the adapter knows: the directives in their order, the options, and the modules."""

    directives: Mapping[str, Directive]
    order: tuple[str, ...]
    options: Mapping[str, Option]
    registry: Registry


@dataclass(frozen=True)
class Adapted:
    """A configuration, what to warn of, and where each module is used first, by module id."""

    config: Config
    warnings: tuple[ConfigError, ...] = ()
    origins: Mapping[str, Origin] = field(default_factory=dict)

    def text(self, *, pretty: bool = False) -> bytes:
        """The JSON as Caddy prints it."""
        return text(self.config, pretty=pretty)


def adapt(source: str, filename: str, language: Language, parse: Callable[[str, str], Caddyfile] = parse) -> Adapted:
    """Adapt a Caddyfile; ConfigError or ConfigErrors with all independent mistakes."""
    file = parse(source, filename)
    mistakes = Mistakes()
    shared = Shared(language.directives, list(language.order), language.registry, mistakes=mistakes.found)
    adaptation = Adaptation(shared)
    refuse_directives_as_sites(file.sites, language)
    with mistakes.gathered():
        read_options(file, adaptation, language.options)
    with mistakes.gathered():
        config = _config(file, adaptation)
    mistakes.found.sort(key=_place)
    mistakes.settle()
    return Adapted(config, (*file.warnings, *shared.warnings), shared.origins)


def _place(mistake: ConfigError) -> tuple[str, int, int]:
    span = mistake.span
    return (span.file, span.line, span.column) if span else ("", 0, 0)


def refuse_directives_as_sites(sites: Iterable[Site], language: Language) -> None:
    """ConfigError if a site's address is the name of a directive: the site block around it was forgotten."""
    for key in (key for site in sites for key in site.keys):
        if key.text in language.directives:
            raise key.error(
                f"{key.file}:{key.line}: parsed '{key.text}' as a site address, but it is a known directive;"
                " directives must appear in a site block"
            )


def read_options(file: Caddyfile, adaptation: Adaptation, known: Mapping[str, Option]) -> None:
    """Read the global options; ConfigErrors with the mistakes of all of them."""
    mistakes = Mistakes()
    for segment in file.options or ():
        with mistakes.gathered():
            _read_option(segment, adaptation, known, file.options_hint)
    mistakes.settle()


def _read_option(segment: Segment, adaptation: Adaptation, known: Mapping[str, Option], hint: str | None) -> None:
    option = known.get(segment.name)
    span = segment.words[0].span
    if option is None:
        hint = hint or did_you_mean(segment.name, known)
        raise segment.error(f"{span.file}:{span.line}: unrecognized global option: {segment.name}", hint=hint)
    try:
        cursor = Cursor(segment)
        value = option.syntax(cursor, Adaptation(adaptation.shared, origin=span))
        cursor.finish_line()
    except (ConfigError, ConfigErrors) as wrong:
        raise ConfigErrors(worded(wrong, segment.name, segment)) from None
    options = adaptation.shared.options
    if option.gathers:
        gathered = options.setdefault(option.name, [])
        assert isinstance(gathered, list)
        gathered.append(value)
    else:
        options[option.name] = value


def _config(file: Caddyfile, adaptation: Adaptation) -> Config:
    ports = _ports(adaptation)
    routes = read_named_routes(file.routes, adaptation)
    blocks = [_evaluated(site, adaptation) for site in file.sites]
    paired = pairings(blocks, ports, adaptation.option("default_bind", list) or [])
    if adaptation.shared.mistakes:
        return Config()  # it is refused anyway, and what is missing in it would only look like more mistakes
    servers = _servers(paired, Builder(adaptation, ports, routes))
    servers = apply(servers, adaptation.option("servers", list) or [])
    apps = _apps(servers, adaptation, pki=pki_app(paired, adaptation), tls=tls_app(paired, ports, adaptation))
    return Config(
        admin=_admin(adaptation),
        logging=logging_of(paired, adaptation),
        storage=adaptation.option("storage", msgspec.Raw) or msgspec.UNSET,
        apps=apps if apps != NO_APPS else NO_APPS,  # the default is left out of the JSON by its identity
    )


def _servers(paired: Iterable[Pairing], builder: Builder) -> dict[str, Server]:
    servers: dict[str, Server] = {}
    mistakes = Mistakes()
    for number, pairing in enumerate(paired):
        with mistakes.gathered():
            servers[f"srv{number}"] = builder.build(pairing)
    mistakes.settle()
    return servers


def _evaluated(site: Site, adaptation: Adaptation) -> Block:
    before = len(adaptation.shared.mistakes)
    block = evaluate(site, adaptation)
    if not site.braced:
        hint_at_second_site(adaptation.shared.mistakes[before:])
    return block


def hint_at_second_site(mistakes: Iterable[ConfigError]) -> None:
    """Where a site has no braces, an unknown directive at its top may be the address of another."""
    for mistake in mistakes:
        is_nested = mistake.message.startswith("parsing caddyfile tokens for ")
        if ": unrecognized directive: " in mistake.message and not is_nested:
            mistake.message += (
                "\nDid you mean to define a second site? If so, you must use curly braces around each site to separate"
                " their configurations."
            )


def _ports(adaptation: Adaptation) -> Ports:
    defaults = Ports()
    http, https = adaptation.option("http_port", int), adaptation.option("https_port", int)
    return Ports(defaults.http if http is None else str(http), defaults.https if https is None else str(https))


def _admin(adaptation: Adaptation) -> Admin | None:
    admin = adaptation.option("admin", Admin)
    if adaptation.option("persist_config", bool) is False:
        return msgspec.structs.replace(admin or Admin(), config=Persistence(persist=False))
    return admin


def _apps(servers: dict[str, Server], adaptation: Adaptation, **others: object) -> Apps:
    apps: dict[str, Any] = {
        value.name: value.config for value in adaptation.shared.options.values() if isinstance(value, App)
    }
    if servers:
        metrics, servers = _hoisted(adaptation.option("metrics", Metrics), servers)
        apps["http"] = HttpApp(
            http_port=adaptation.option("http_port", int) or 0,
            https_port=adaptation.option("https_port", int) or 0,
            grace_period=adaptation.option("grace_period", int) or 0,
            fronts=adaptation.option("fronts", int) or 0,
            shutdown_delay=adaptation.option("shutdown_delay", int) or 0,
            servers=servers,
            metrics=metrics,
        )
    return Apps(**apps, **others)  # type: ignore[arg-type]


def _hoisted(metrics: Metrics | None, servers: dict[str, Server]) -> tuple[Metrics | None, dict[str, Server]]:
    """The metrics of the servers, an old option, taken up; what else was set globally is lost by that, as in Caddy."""
    for server in servers.values():
        if server.metrics:
            metrics = Metrics(per_host=server.metrics.per_host or bool(metrics and metrics.per_host))
    return metrics, {name: msgspec.structs.replace(server, metrics=None) for name, server in servers.items()}
