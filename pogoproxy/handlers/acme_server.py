"""`acme_server [<matcher>] { ca, lifetime, resolvers, challenges, allow, deny … }`: certificates of our own CA."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from ..adapt.adaptation import Adaptation
from ..adapt.directive import Directive
from ..caddyfile.cursor import Cursor
from ..caddyfile.syntax import Row, duration, flag, read_block, rows, texts
from ..module import Duration, Handler


class RuleSet(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Names and addresses."""

    domains: tuple[str, ...] = ()
    ip_ranges: tuple[str, ...] = ()


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """For what certificates are given."""

    allow: RuleSet | None = None
    deny: RuleSet | None = None
    allow_wildcard_names: bool = False


class AcmeServer(Handler, frozen=True, tag="acme_server"):
    """Answers ACME clients."""

    ca: str = ""
    lifetime: Duration = 0
    host: str = ""
    path_prefix: str = ""
    sign_with_root: bool = False
    resolvers: tuple[str, ...] = ()
    challenges: tuple[str, ...] = ()
    policy: Policy | None = None


@dataclass(frozen=True, slots=True)
class UsedCA:
    """A certificate authority that a site uses, by its id."""

    id: str


RULES = rows(domains=texts, ip_ranges=texts)


def _rules(cursor: Cursor) -> RuleSet:
    cursor.finish()
    known = {name: Row(row.field, row.read, adds=True) for name, row in RULES.items()}
    return RuleSet(**read_block(cursor, known, unknown=f"unrecognized '{cursor.name}' subdirective: {{}}"))


def _resolvers(cursor: Cursor) -> tuple[str, ...]:
    if not cursor.remaining:
        raise cursor.error("must specify at least one resolver address")
    return cursor.texts()


ROWS = {
    **rows(
        ca=Cursor.only,
        lifetime=duration,
        resolvers=_resolvers,
        sign_with_root=flag,
        allow_wildcard_names=flag,
        allow=_rules,
        deny=_rules,
    ),
    "challenges": Row("challenges", Cursor.texts, adds=True),
}


def syntax(cursor: Cursor, adaptation: Adaptation) -> list[object]:
    """The server, and the authority that it needs."""
    match = adaptation.take_matcher(cursor) or ()
    cursor.finish()
    fields: dict[str, Any] = read_block(cursor, ROWS, unknown="unrecognized ACME server directive: {}")
    rules = {name: fields.pop(name) for name in ("allow", "deny", "allow_wildcard_names") if name in fields}
    policy = Policy(**rules) if rules else None
    results: list[object] = [adaptation.route(match, AcmeServer(**fields, policy=policy))]
    return [*results, UsedCA(fields["ca"])] if "ca" in fields else results


DIRECTIVE = Directive("acme_server", syntax)
