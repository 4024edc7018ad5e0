"""The page of a folder: a table or a grid, read by people and screen readers, without a script."""

from __future__ import annotations

import base64
import hashlib
import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import unquote, urlencode

from .listing import Entry
from .listing_formats import human_size, moment, readable, url

_IMAGES = (".apng", ".avif", ".gif", ".jpeg", ".jpg", ".png", ".svg", ".webp")

_STYLE = """
:root { color-scheme: light dark; --ink: #1d2433; --dim: #5b6475; --line: #e3e6ec; --paper: #fff; --tint: #f4f6fa;
  --link: #0b57d0; --folder: #d9920a }
@media (prefers-color-scheme: dark) { :root { --ink: #e7e9ef; --dim: #a2aabb; --line: #2d3442; --paper: #14181f;
  --tint: #1c222c; --link: #8ab4ff; --folder: #f0b648 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
header, main, footer { max-width: 62rem; margin: auto; padding: 0 1.25rem }
header { padding-top: 2rem }
h1 { margin: 0; font-size: 1.35rem; font-weight: 600; overflow-wrap: anywhere }
h1 a { padding: 0 .1em }
h1 span { color: var(--dim); font-weight: 400 }
a { color: var(--link); text-decoration: none; overflow-wrap: anywhere }
a:hover { text-decoration: underline }
a:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 3px }
.bar { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .25rem 1.5rem; margin: .4rem 0 1.25rem;
  color: var(--dim); font-size: .9rem }
.bar a[aria-current] { color: inherit; font-weight: 600 }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: .5rem .6rem; text-align: left; border-bottom: 1px solid var(--line) }
thead th { color: var(--dim); font-size: .85rem; font-weight: 500; border-bottom-width: 2px }
thead a { color: inherit }
th:first-child { width: 100% }
tbody th { font-weight: 400 }
tbody tr:hover { background: var(--tint) }
th:nth-child(2), td:nth-child(2) { text-align: right; white-space: nowrap }
td { color: var(--dim); white-space: nowrap }
svg { width: 1.15em; height: 1.15em; margin-right: .6em; vertical-align: -.2em; fill: var(--dim); flex: none }
.folder svg { fill: var(--folder) }
.to { color: var(--dim) }
ul { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: .9rem; margin: 0; padding: 0;
  list-style: none }
li { display: flex; flex-direction: column; gap: .3rem; padding: .8rem; background: var(--tint); border-radius: .6rem }
li img { width: 100%; height: 7rem; object-fit: contain }
li svg { width: 100%; height: 3.5rem; margin: 1.75rem 0 }
li small { color: var(--dim) }
svg[hidden] { display: none }
footer { padding-top: 1.25rem; padding-bottom: 2rem; color: var(--dim); font-size: .85rem }
@media (max-width: 34rem) { th:nth-child(3), td:nth-child(3) { display: none } }
"""

_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

CONTENT_POLICY = (
    f"default-src 'none'; img-src 'self'; style-src 'sha256-{_STYLE_HASH}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""What the page may load: its own style and the folder's pictures, whatever the names of files might smuggle in."""

_SHAPES = {
    "folder": "M2 5a2 2 0 0 1 2-2h5l2 2h9a2 2 0 0 1 2 2v11a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2z",
    "file": "M6 2h8l5 5v13a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2zm7 1.5V8h4.5z",
}
_COLUMNS = (("Name", "namedirfirst"), ("Size", "size"), ("Modified (UTC)", "time"))


@dataclass(frozen=True, slots=True)
class View:
    """What the page shows: `path` is the folder's URI as it was asked for, the rest how it was asked for."""

    path: str
    sort: str
    order: str
    layout: str

    def link(self, **changes: str) -> str:
        """The same folder, seen in another way."""
        shown = {"sort": self.sort, "order": self.order, "layout": self.layout} | changes
        return escape("?" + urlencode({key: value for key, value in shown.items() if value}))


def page(view: View, entries: Sequence[Entry]) -> bytes:
    """The whole page in UTF-8."""
    name = readable(unquote(view.path, errors="surrogateescape"))
    body = _grid(entries) if view.layout == "grid" else _table(view, entries)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(name)}</title>
<style>{_STYLE}</style>
</head>
<body>
<header>
<nav aria-label="Folders"><h1>{"".join(_crumbs(view.path))}</h1></nav>
<div class="bar"><span>{_summary(entries)}</span><span>{" · ".join(_layouts(view))}</span></div>
</header>
<main>
{body}
</main>
<footer>pogoproxy</footer>
<svg hidden>{"".join(_symbols())}</svg>
</body>
</html>
""".encode(errors="replace")


def _crumbs(path: str) -> Iterator[str]:
    """The way from the root; each folder but the last is a link."""
    names = path.strip("/").split("/") if path.strip("/") else []
    yield f'<a href="{"../" * len(names) or "./"}" aria-label="root">/</a>'
    for number, name in enumerate(names, 1):
        text = escape(readable(unquote(name, errors="surrogateescape")))
        if number == len(names):
            yield f'<span aria-current="page">{text}</span>'
        else:
            yield f'<a href="{"../" * (len(names) - number)}">{text}</a><span>/</span>'


def _summary(entries: Sequence[Entry]) -> str:
    files = [entry for entry in entries if not entry.is_folder]
    folders = len(entries) - len(files)
    size = human_size(sum(entry.size for entry in files))
    return f"{_counted(folders, 'folder')}, {_counted(len(files), 'file')}, {size}"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _layouts(view: View) -> Iterator[str]:
    for layout in ("list", "grid"):
        current = ' aria-current="true"' if layout == (view.layout or "list") else ""
        yield f'<a href="{view.link(layout=layout)}"{current}>{layout.capitalize()}</a>'


def _table(view: View, entries: Sequence[Entry]) -> str:
    heads = "".join(_column(view, title, sort) for title, sort in _COLUMNS)
    return f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{''.join(map(_row, entries))}</tbody>\n</table>"


def _column(view: View, title: str, sort: str) -> str:
    """The head of a column; its link sorts by it, the other way round where that is the order already."""
    is_sorted = view.sort == sort or (view.sort, sort) == ("name", "namedirfirst")
    is_descending = view.order == "desc"
    order = "desc" if is_sorted and not is_descending else "asc"
    state = f' aria-sort="{"descending" if is_descending else "ascending"}"' if is_sorted else ""
    arrow = (" ↓" if is_descending else " ↑") if is_sorted else ""
    return f'<th scope="col"{state}><a href="{view.link(sort=sort, order=order)}">{title}{arrow}</a></th>'


def _row(entry: Entry) -> str:
    size = "—" if entry.is_folder else human_size(entry.size)
    return (
        f'<tr class="{_kind(entry)}"><th scope="row">{_icon(entry)}{_link(entry)}{_target(entry)}</th>'
        f"<td>{size}</td><td>{_time(entry)}</td></tr>\n"
    )


def _grid(entries: Sequence[Entry]) -> str:
    return f"<ul>\n{''.join(map(_card, entries))}</ul>"


def _card(entry: Entry) -> str:
    is_image = posixpath.splitext(entry.name)[1].lower() in _IMAGES
    shown = f'<img src="{escape(url(entry))}" alt="" loading="lazy">' if is_image else _icon(entry)
    size = "" if entry.is_folder else f"<small>{human_size(entry.size)}</small>"
    return f'<li class="{_kind(entry)}">{shown}{_link(entry)}{size}</li>\n'


def _kind(entry: Entry) -> str:
    return "folder" if entry.is_folder else "file"


def _icon(entry: Entry) -> str:
    return f'<svg aria-hidden="true"><use href="#{_kind(entry)}"/></svg>'


def _symbols() -> Iterator[str]:
    for name, shape in _SHAPES.items():
        yield f'<symbol id="{name}" viewBox="0 0 24 24"><path d="{shape}"/></symbol>'


def _link(entry: Entry) -> str:
    return f'<a href="{escape(url(entry))}">{escape(readable(entry.name))}</a>'


def _target(entry: Entry) -> str:
    return f' <span class="to">→ {escape(readable(entry.target))}</span>' if entry.target else ""


def _time(entry: Entry) -> str:
    at = moment(entry.modified // 1_000_000_000)
    return f'<time datetime="{at:%Y-%m-%dT%H:%M:%SZ}">{at:%Y-%m-%d %H:%M}</time>'
