"""The shape of the house, held to `docs/design.md`: packages import downward only, and modules stay small."""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "pogoproxy"
MODULES = sorted(PACKAGE.rglob("*.py"))

LONGEST_FUNCTION = 60
LONG_MODULE, LONGEST_MODULE = 300, 500

IMPORTERS = {
    "aiohttp": {"http", "admin"},
    "lark": {"grammars"},
    "uvicorn": {"hosting"},
    "a2wsgi": {"hosting"},
    "cel_expr_python": {"matchers"},
    "opentelemetry": {"handlers"},
    "re2": {"http"},
}
"""Who alone may import these libraries, so that each can be replaced at one seam."""


class Import(NamedTuple):
    """`name` imported by `module` at `line`; `importer` and `source` are the parts of the product at both ends."""

    module: Path
    line: int
    name: str

    @property
    def importer(self) -> str:
        return part(self.module)

    @property
    def library(self) -> str:
        return self.name.partition(".")[0]

    @property
    def source(self) -> str:
        """The part of the product that the import leads to; empty for another library, or for the package's face."""
        found = self.name.split(".")[1:2] if self.library == "pogoproxy" else []
        return found[0] if found and found[0] in layers() else ""

    def __str__(self) -> str:
        return f"{self.module.relative_to(ROOT)}:{self.line} imports {self.name}"


@cache
def layers() -> dict[str, int]:
    """Each top-level module or package with its layer, read from the table in docs/design.md."""
    rows = re.findall(r"^\| (\d) \w+ \| (.+?) \|", (ROOT / "docs" / "design.md").read_text(), re.MULTILINE)
    return {name: int(number) for number, names in rows for name in re.findall(r"`(\w+)/?`", names)}


def layer(name: str) -> int:
    """The package's own face must be as light as the base; `__main__` stands above all."""
    return {"__init__": 0, "__main__": 10}.get(name) or layers().get(name, 0)


def part(module: Path) -> str:
    """The top-level module or package of the product that a file belongs to."""
    return module.relative_to(PACKAGE).with_suffix("").parts[0]


def imports(module: Path) -> Iterator[Import]:
    """Every import in the module, wherever it stands, by its absolute name."""
    package = ("pogoproxy", *module.relative_to(PACKAGE).parts[:-1])
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            yield from (Import(module, node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            source = ".".join((*base, node.module) if node.module else base)
            yield from (Import(module, node.lineno, f"{source}.{alias.name}") for alias in node.names)


ALL_IMPORTS = [found for module in MODULES for found in imports(module)]


def listed(faults: Iterator[Import]) -> str:
    return "\n".join(map(str, faults))


def test_every_module_has_a_layer() -> None:
    assert {part(module) for module in MODULES} - layers().keys() <= {"__init__", "__main__"}


def test_imports_lead_downward() -> None:
    assert not listed(found for found in ALL_IMPORTS if layer(found.source) > layer(found.importer))


def test_engines_do_not_know_each_other() -> None:
    engines = {name for name, layer in layers().items() if layer == layers()["upstream"]}
    between = (found for found in ALL_IMPORTS if {found.importer, found.source} <= engines)
    assert not listed(found for found in between if found.importer != found.source)


def test_a_library_has_one_seam() -> None:
    assert not listed(
        found for found in ALL_IMPORTS if found.importer not in IMPORTERS.get(found.library, {found.importer})
    )


def test_the_job_client_needs_the_standard_library_alone() -> None:
    """It is imported into applications and workers, which must not pay for the server."""
    allowed = {"jobs", "errors", "__init__"}
    assert not listed(
        found
        for found in ALL_IMPORTS
        if found.importer in allowed and found.source not in allowed and found.library not in sys.stdlib_module_names
    )


def test_modules_stay_small() -> None:
    """A long module is warned of, a longer one refused: it has more than one noun in it."""
    lengths = {str(module.relative_to(ROOT)): len(module.read_text().splitlines()) for module in MODULES}
    long = {module: length for module, length in lengths.items() if length > LONG_MODULE}
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        for module, length in long.items():
            warnings.warn(f"{module} has {length} lines: split it by noun", stacklevel=1)
    assert not {module: length for module, length in long.items() if length > LONGEST_MODULE}


def test_functions_stay_small() -> None:
    functions = (
        (module, node)
        for module in MODULES
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    assert not [
        f"{module.relative_to(ROOT)}:{node.lineno} {node.name}"
        for module, node in functions
        if (node.end_lineno or node.lineno) - node.lineno >= LONGEST_FUNCTION
    ]
