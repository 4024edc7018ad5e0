"""Changes of header fields: add, set, delete, replace, in this order (Caddy's `headers` handler).

Values may hold placeholders; those that are unknown stay as they are. A changed list keeps the order of the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from .exchange import Exchange
from .headers import TOKEN, HeaderList, find
from .placeholders import Template, has_placeholders, template
from .regexp import compile_regexp, substitute

Edit = Callable[[HeaderList, Exchange], None]
"""Changes a header list in place."""


class Change(Protocol):
    """One replacement in a field's values: `search` is a text, `search_regexp` in its place an expression."""

    @property
    def search(self) -> str: ...

    @property
    def search_regexp(self) -> str: ...

    @property
    def replace(self) -> str: ...


def compile_ops(
    add: Mapping[str, Sequence[str]],
    set_: Mapping[str, Sequence[str]],
    delete: Sequence[str],
    replace: Mapping[str, Sequence[Change]],
) -> Edit:
    """All operations as one edit; ConfigError for an expression that is none."""
    edits: list[Edit] = []
    if "*" in delete:
        # Deleting everything after adding would make no sense, so it comes first.
        edits.append(lambda headers, _: headers.clear())
    edits += [_add(_field(name), [_value(value) for value in values]) for name, values in add.items()]
    edits += _sets([(_field(name), [_value(value) for value in values]) for name, values in set_.items()])
    edits += [_delete(_known(name)) for name in delete if name != "*"]
    edits += [_replace(_known(name), change) for name, changes in replace.items() for change in changes]
    if len(edits) == 1:
        return edits[0]

    def apply(headers: HeaderList, exchange: Exchange) -> None:
        for edit in edits:
            edit(headers, exchange)

    return apply


def _known(text: str) -> Template:
    return template(text, keep_unknown=True)


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogateescape")


_Name = bytes | Callable[[Exchange], bytes]
_Value = bytes | Template
"""What is the same for all requests is worked out once."""


def _field(text: str) -> _Name:
    """A field's name, empty if it would be none."""
    fill = _known(text)
    return (lambda exchange: _checked(_bytes(fill(exchange)))) if has_placeholders(text) else _checked(_bytes(text))


def _checked(name: bytes) -> bytes:
    # Placeholders bring in anything.
    return name if TOKEN.fullmatch(name) else b""


def _value(text: str) -> _Value:
    return _known(text) if "{" in text or "\\" in text else _bytes(text)


def _name_for(name: _Name, exchange: Exchange) -> bytes:
    return name if isinstance(name, bytes) else name(exchange)


def _value_for(value: _Value, exchange: Exchange) -> bytes:
    return value if isinstance(value, bytes) else _bytes(value(exchange))


def _add(name: _Name, values: list[_Value]) -> Edit:
    def edit(headers: HeaderList, exchange: Exchange) -> None:
        if field := _name_for(name, exchange):
            headers += [(field, _value_for(value, exchange)) for value in values]

    return edit


def _sets(fields: list[tuple[_Name, list[_Value]]]) -> list[Edit]:
    """Several values of one `set` become one field, as in Caddy."""
    constants = [_constant(name, values) for name, values in fields]
    pairs = [pair for pair in constants if pair is not None]
    if 1 < len(pairs) == len(fields) == len({name.lower() for name, _ in pairs}):
        return [_set_all(pairs)]
    return [
        _set(name, values) if pair is None else _set_always(*pair)
        for pair, (name, values) in zip(constants, fields, strict=True)
    ]


def _constant(name: _Name, values: list[_Value]) -> tuple[bytes, bytes] | None:
    """The field, if it is the same for all requests."""
    fixed = [value for value in values if isinstance(value, bytes)]
    return (name, b",".join(fixed)) if isinstance(name, bytes) and name and len(fixed) == len(values) else None


def _set_all(pairs: HeaderList) -> Edit:
    """Fields with different names, all at once if none of them is there yet."""
    lowered = frozenset(name.lower() for name, _ in pairs)

    def edit(headers: HeaderList, _: Exchange) -> None:
        if lowered.isdisjoint([name.lower() for name, _ in headers]):
            headers += pairs
            return
        for pair in pairs:
            _put(headers, pair, pair[0].lower())

    return edit


def _set_always(name: bytes, value: bytes) -> Edit:
    pair, lowered, size = (name, value), name.lower(), len(name)

    def edit(headers: HeaderList, _: Exchange) -> None:
        # `find`, written out here and below: its call would be a third of what this costs.
        for other, _value in headers:
            if len(other) == size and other.lower() == lowered:
                return _put(headers, pair, lowered)
        return headers.append(pair)

    return edit


def _set(name: _Name, values: list[_Value]) -> Edit:
    if name and isinstance(name, bytes) and len(values) == 1 and not isinstance(values[0], bytes):
        return _set_filled(name, values[0])

    def edit(headers: HeaderList, exchange: Exchange) -> None:
        if field := _name_for(name, exchange):
            _put(headers, (field, b",".join([_value_for(value, exchange) for value in values])), field.lower())

    return edit


def _set_filled(name: bytes, fill: Template) -> Edit:
    lowered, size = name.lower(), len(name)

    def edit(headers: HeaderList, exchange: Exchange) -> None:
        pair = (name, fill(exchange).encode("utf-8", "surrogateescape"))
        for other, _value in headers:
            if len(other) == size and other.lower() == lowered:
                return _put(headers, pair, lowered)
        return headers.append(pair)

    return edit


def _put(headers: HeaderList, pair: tuple[bytes, bytes], lowered: bytes) -> None:
    """In the place of the first field of that name, or at the end."""
    if find(headers, lowered) is None:
        headers.append(pair)
        return
    at = next(at for at, (name, _) in enumerate(headers) if name.lower() == lowered)
    headers[at:] = [pair, *(other for other in headers[at + 1 :] if other[0].lower() != lowered)]


def _delete(name: Template) -> Edit:
    """`*suffix`, `prefix*` and `*part*` delete all such fields."""

    def edit(headers: HeaderList, exchange: Exchange) -> None:
        test = _name_test(_bytes(name(exchange)).lower())
        headers[:] = [pair for pair in headers if not test(pair[0].lower())]

    return edit


def _name_test(pattern: bytes) -> Callable[[bytes], bool]:
    starts, ends = pattern.startswith(b"*"), pattern.endswith(b"*")
    if starts and ends:
        return lambda name: pattern[1:-1] in name
    if starts:
        return lambda name: name.endswith(pattern[1:])
    if ends:
        return lambda name: name.startswith(pattern[:-1])
    return lambda name: name == pattern


def _replace(name: Template, change: Change) -> Edit:
    changed = swap(change)

    def edit(headers: HeaderList, exchange: Exchange) -> None:
        lowered = _bytes(name(exchange)).lower()
        for at, (field, value) in enumerate(headers):
            if lowered in (b"*", field.lower()):
                headers[at] = (field, _bytes(changed(value.decode(errors="surrogateescape"), exchange)))

    return edit


def swap(change: Change) -> Callable[[str, Exchange], str]:
    """The replacement as a function of a text; ConfigError for an expression that is none."""
    put = _known(change.replace)
    if not change.search_regexp:
        find = _known(change.search)
        return lambda text, exchange: text.replace(find(exchange), put(exchange))
    expression = compile_regexp(change.search_regexp)
    return lambda text, exchange: substitute(expression, put(exchange), text)
