"""`pogoproxy list-modules`."""

from __future__ import annotations

import argparse
import json

from .. import __version__

NAME = "list-modules"
HELP = "Print the ids of all modules of this build"
PACKAGE = "pogoproxy"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """As Caddy's; every module is a standard one."""
    parser.add_argument("--packages", action="store_true", help="print the package of each module")
    parser.add_argument("--versions", action="store_true", help="print the version of each module")
    parser.add_argument("-s", "--skip-standard", action="store_true", help="leave out the standard modules")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """One id a line, sorted, then how many there are."""
    modules = [] if args.skip_standard else module_ids()
    version = f"v{__version__}"
    if args.json:
        named = [
            {"module_name": name, "module_type": "standard", "version": version, "package_url": PACKAGE}
            for name in modules
        ]
        print(json.dumps(named, indent=2))
        return 0
    for name in modules:
        print(" ".join([name, *([version] if args.versions else []), *([PACKAGE] if args.packages else [])]))
    print(f"\n  Standard modules: {len(modules)}")
    return 0


def module_ids() -> list[str]:
    """The dotted ids of all modules, matchers too, sorted."""
    from ..standard import REGISTRY

    return sorted([*REGISTRY.modules, *(matcher.module_id() for matcher in REGISTRY.matchers.values())])
