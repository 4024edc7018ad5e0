"""What a user installs: the wheel and the sdist are whole, and an application's import of them is light."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SHIPPED = ["pyproject.toml", "README.md", "LICENSE", "pogoproxy", "grammar"]
BUILD = "import sys; from setuptools import build_meta; getattr(build_meta, f'build_{sys.argv[1]}')(sys.argv[2])"
DATA = {"pogoproxy/py.typed", "pogoproxy/grammar/caddyfile.lark"}


def built(kind: str, source: Path, target: Path) -> Path:
    """Run the build backend in `source`, as an installer does, with the setuptools at hand."""
    subprocess.run([sys.executable, "-W", "ignore", "-c", BUILD, kind, target], cwd=source, check=True)
    (found,) = target.glob({"sdist": "*.tar.gz", "wheel": "*.whl"}[kind])
    return found


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, so that nothing left over from an earlier build in the checkout can slip in."""
    source = tmp_path_factory.mktemp("source")
    for name in SHIPPED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, source / name)
    return built("sdist", source, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the sdist, so that it proves the sdist whole."""
    unpacked = tmp_path_factory.mktemp("unpacked")
    subprocess.run(["tar", "-xf", sdist, "-C", unpacked], check=True)
    (source,) = unpacked.iterdir()
    return built("wheel", source, tmp_path_factory.mktemp("wheel"))


def test_the_package_list_is_the_tree() -> None:
    """The list is written out, so a new package that is missing there would be missing from the wheel."""
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    folders = {module.parent.relative_to(ROOT) for module in (ROOT / "pogoproxy").rglob("*.py")}
    assert listed == sorted(listed)
    assert set(listed) == {".".join(folder.parts) for folder in folders} | {"pogoproxy.grammar"}


def test_the_wheel_holds_every_module_and_its_data(wheel: Path) -> None:
    modules = {str(module.relative_to(ROOT)) for module in (ROOT / "pogoproxy").rglob("*.py")}
    data = DATA | {str(script.relative_to(ROOT)) for script in (ROOT / "pogoproxy").rglob("*.php")}
    assert modules | data <= set(zipfile.ZipFile(wheel).namelist())


def test_an_installed_wheel_adapts_a_caddyfile(wheel: Path, tmp_path: Path) -> None:
    """The console script finds its code and its grammar in the wheel alone; only its libraries are borrowed."""
    venv, config = tmp_path / "venv", tmp_path / "Caddyfile"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    python = venv / "bin" / "python"
    install = ["install", "--quiet", "--no-deps", "--no-index", "--disable-pip-version-check", wheel]
    subprocess.run([sys.executable, "-m", "pip", "--python", python, *install], check=True)
    (site_packages,) = venv.glob("lib/python*/site-packages")
    libraries = {sysconfig.get_path("purelib"), str(Path(pytest.__file__).parent.parent)}
    (site_packages / "libraries.pth").write_text("\n".join(libraries))
    config.write_text("example.com\nrespond hello\n")
    command = [venv / "bin" / "pogoproxy", "adapt", "--config", config]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert '"body":"hello"' in result.stdout


def test_an_application_does_not_pay_for_the_server() -> None:
    server_libraries = {"aiohttp", "lark", "msgspec", "uvloop", "httptools", "uvicorn", "yaml"}
    script = f"import sys, pogoproxy; print(*sorted({server_libraries} & set(sys.modules)))"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    result = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert result.stdout.split() == []


@pytest.mark.parametrize("module", ["pogoproxy.cli.run", "pogoproxy.front"])
def test_the_keeper_alone_loads_what_makes_certificates(module: str) -> None:
    """It takes 8 MB of memory, and that in each front."""
    libraries = {"cryptography", "acme", "josepy", "requests", "OpenSSL", "opentelemetry"}
    script = f"import sys, {module}; print(*sorted({libraries} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.split() == []
