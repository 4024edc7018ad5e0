"""Changes of header fields: the handler behind `header` and `request_header`, and a part of `reverse_proxy`.

[+|-|?|>]<field> [<value>|<search> [<replacement>]]
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ..adapt.fields import canonical
from ..caddyfile.cursor import Cursor
from ..http.exchange import Action, Exchange, Middleware, Step
from ..http.header_ops import Edit, compile_ops
from ..http.headers import find_all
from ..http.response_head import HeadEditor
from ..module import Context, Handler
from .response_matcher import ResponseMatcher

Fields = dict[str, tuple[str, ...]]


class Replacement(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """One replacement in a field's values, of a text or of what a regular expression finds."""

    search: str = ""
    search_regexp: str = ""
    replace: str = ""


class HeaderOps(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What to do with header fields, in the order in which it is done."""

    add: Fields = {}
    set: Fields = {}
    delete: tuple[str, ...] = ()
    replace: dict[str, tuple[Replacement, ...]] = {}

    def compiled(self) -> Edit:
        """All of it as one edit; ConfigError for a regular expression that is none."""
        return compile_ops(self.add, self.set, self.delete, self.replace)

    def names_host(self) -> bool:
        """Whether the Host field may change."""
        return "host" in {name.lower() for name in (*self.add, *self.set, *self.replace)}


class ResponseHeaderOps(HeaderOps, frozen=True):
    """The same for answers: `require` says which; `deferred` waits until the answer starts."""

    require: ResponseMatcher | None = None
    deferred: bool = False


class Headers(Handler, frozen=True, tag="headers"):
    """Changes the request's or the answer's header fields."""

    request: HeaderOps | None = None
    response: ResponseHeaderOps | None = None

    def provision(self, context: Context) -> Middleware:
        """The request's changes first, then the answer's, now or when it starts."""
        actions = []
        if self.request is not None:
            actions.append(_change_request(self.request))
        if self.response is not None:
            actions.append(_change_response(self.response))
        return Step(*actions)


def _change_request(operations: HeaderOps) -> Action:
    edit = operations.compiled()
    may_change_host = operations.names_host()

    def change(exchange: Exchange) -> None:
        if exchange.as_received is None:
            exchange.remember_received()
        edit(exchange.headers, exchange)
        if may_change_host:
            host = find_all(exchange.headers, b"host")
            exchange.host = host[-1].decode(errors="surrogateescape") if host else ""

    return change


def _change_response(operations: ResponseHeaderOps) -> Action:
    edit = operations.compiled()
    if operations.require is None and not operations.deferred:
        return lambda exchange: edit(exchange.response_headers, exchange)
    require = None if operations.require is None else operations.require.compiled()

    def change(exchange: Exchange) -> None:
        exchange.writer = HeadEditor(exchange.writer, exchange, edit, require)

    return change


class Operations:
    """Header operations while they are read, after setting the fields that are given."""

    def __init__(self, given: Mapping[str, str] | None = None) -> None:
        self.add: dict[str, tuple[str, ...]] = {}
        self.set: dict[str, tuple[str, ...]] = {name: (value,) for name, value in (given or {}).items()}
        self.delete: list[str] = []
        self.replace: dict[str, tuple[Replacement, ...]] = {}
        self.required: dict[str, None] = {}
        self.require: ResponseMatcher | None = None
        self.deferred = False

    def read(self, cursor: Cursor, field: str, *, is_response: bool) -> None:
        """One operation; the cursor stands at the field, whose text is given without a colon at its end."""
        value = cursor.maybe()
        replacement = cursor.maybe()
        text = value.text if value else ""
        if field.startswith("+"):
            name = canonical(field[1:])
            self.add[name] = (*self.add.get(name, ()), text)
        elif field.startswith("-"):
            self.delete.append(field[1:])
            self.deferred |= is_response
        elif field.startswith("?"):
            self._default(cursor, field, text, is_response=is_response)
        elif replacement:
            self.deferred |= field.startswith(">") and is_response
            name = field.lstrip("+-?>")
            change = Replacement(search_regexp=text, replace=replacement.text)
            self.replace[name] = (*self.replace.get(name, ()), change)
        else:
            self.deferred |= field.startswith(">") and is_response
            self.set[canonical(field.removeprefix(">"))] = (text,)

    def _default(self, cursor: Cursor, field: str, text: str, *, is_response: bool) -> None:
        if not is_response:
            raise cursor.error(
                f"{field}: the default header modifier ('?') can only be used on response headers;"
                " for conditional manipulation of request headers, use matchers"
            )
        self.required[field[1:]] = None
        self.set[canonical(field[1:])] = (text,)

    @property
    def is_empty(self) -> bool:
        """Whether nothing has been read."""
        return self.response() == ResponseHeaderOps()

    def request(self) -> HeaderOps:
        """The operations for a request."""
        return HeaderOps(add=self.add, set=self.set, delete=tuple(self.delete), replace=self.replace)

    def response(self) -> ResponseHeaderOps:
        """The operations for an answer."""
        require = self.require or (ResponseMatcher(headers=dict(self.required)) if self.required else None)
        return ResponseHeaderOps(
            add=self.add,
            set=self.set,
            delete=tuple(self.delete),
            replace=self.replace,
            require=require,
            deferred=self.deferred,
        )


def field_name(text: str) -> str:
    """The field without the colon that habit puts after it."""
    return text.removesuffix(":")
